/**
 * What programs import as `@pulumi/pulumi`, as far as a program that only registers resources needs it. Nothing waits: a resource is there
 * when its constructor returns. The real SDK takes milliseconds for each resource, which is too long for thousands of them.
 */
import * as outputs from "./output";
import { ComponentResource, CustomResource, ProviderResource, Resource } from "./resources";

/** What a program is told about the stack that it describes. */
export interface StackDescription {
  project: string;
  stack: string;
  /** Values by full key, objects as JSON. */
  config: Record<string, string>;
  secretKeys: string[];
}

let stack: StackDescription = { project: "project", stack: "stack", config: {}, secretKeys: [] };

/** Sets the stack that programs describe. */
export function describeStack(description: StackDescription): void {
  stack = description;
}

/** An error that needs no stack trace. */
export class RunError extends Error {
  static isInstance(error: unknown): boolean {
    return error instanceof RunError;
  }
}

/** An error of one resource. */
export class ResourceError extends RunError {
  constructor(
    message: string,
    readonly resource: unknown,
    readonly hideStack = false,
  ) {
    super(message);
  }
}

/** The configuration of a project. */
export class Config {
  readonly name: string;

  constructor(name?: string) {
    this.name = name ?? stack.project;
  }

  get(key: string): string | undefined {
    return stack.config[`${this.name}:${key}`];
  }

  require(key: string): string {
    return this.get(key) ?? this.#missing(key);
  }

  requireSecret(key: string): outputs.Output {
    return outputs.secret(this.require(key));
  }

  #missing(key: string): never {
    throw new RunError(`configuration value ${this.name}:${key} is missing`);
  }
}

type Options = Record<string, unknown>;

const members: Record<string, unknown> = {
  __esModule: true,
  ...{ Config, ResourceError, RunError },
  ...{ ComponentResource, CustomResource, ProviderResource, Resource },
  Output: outputs.Output,
  output: outputs.output,
  all: outputs.all,
  secret: outputs.secret,
  unsecret: outputs.unsecret,
  interpolate: outputs.interpolate,
  concat: outputs.concat,
  jsonStringify: outputs.jsonStringify,
  getProject: () => stack.project,
  getStack: () => stack.stack,
  mergeOptions,
  log: { debug: () => undefined, info: () => undefined, warn: tell, error: tell },
  runtime: undefined,
};

/** What programs import as `@pulumi/pulumi/runtime`. */
export const runtime = refusing("@pulumi/pulumi/runtime", {
  __esModule: true,
  allConfig: () => stack.config,
  isConfigSecret: (key: string) => stack.secretKeys.includes(key),
  isDryRun: () => true,
  // Packages say at once how to make their providers in other circumstances than these.
  registerResourcePackage: () => undefined,
  registerResourceModule: () => undefined,
});
members["runtime"] = runtime;

/** What programs import as `@pulumi/pulumi`. */
export const pulumi = refusing("@pulumi/pulumi", members);

function tell(message: string): void {
  process.stderr.write(`${message}\n`);
}

/** Both options, and both lists of one that is a list. */
function mergeOptions(one: Options = {}, other: Options = {}): Options {
  const merged = { ...one, ...other };
  for (const [key, value] of Object.entries(other)) {
    const before = one[key];
    if (Array.isArray(before) && Array.isArray(value))
      merged[key] = [...(before as unknown[]), ...(value as unknown[])];
  }
  return merged;
}

// What is not here would otherwise be `undefined`, and fail somewhere else.
function refusing(module: string, exported: Record<string, unknown>): Record<string, unknown> {
  return new Proxy(exported, {
    get: (target, name) => {
      if (typeof name === "symbol" || name in target || name === "default" || name === "then") {
        return Reflect.get(target, name) as unknown;
      }
      throw new Error(`${module}: ${name} is not known to ha-monitoring render`);
    },
  });
}
