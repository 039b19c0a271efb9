import { Output, output } from "./output";

/** One resource as a program registered it. */
export interface Registered {
  type: string;
  name: string;
  /** Inputs with everything in them known. */
  inputs: Record<string, unknown>;
  /** Names of the inputs that are secret. */
  secrets: string[];
}

/** What a resource will be told about itself; what it leaves out is asked for by `missing`. */
export interface Answers {
  given: (resource: Registered) => Record<string, unknown>;
  missing: (resource: Registered, property: string) => unknown;
}

/** Everything that a program registered. */
export const registered: Registered[] = [];

let answers: Answers = { given: () => ({}), missing: () => undefined };

/** Sets what resources are told. */
export function answerResources(by: Answers): void {
  answers = by;
}

interface ResourceOptions {
  parent?: Resource;
}

/** What Pulumi's resources have in common. */
export class Resource {
  readonly __pulumiResource = true;
  readonly __pulumiType: string;
  readonly urn: Output;

  constructor(type: string, name: string) {
    this.__pulumiType = type;
    this.urn = output(`urn of ${type} ${name}`);
  }

  static isInstance(value: unknown): boolean {
    return value instanceof Resource;
  }
}

/** A component is there for its children. */
export class ComponentResource extends Resource {
  constructor(type: string, name: string, _args?: unknown, _opts?: ResourceOptions) {
    super(type, name);
  }

  registerOutputs(): void {
    // Children say everything.
  }
}

/** A resource that a provider would make. */
export class CustomResource extends Resource {
  constructor(type: string, name: string, inputs: Record<string, unknown> = {}, _opts?: ResourceOptions) {
    super(type, name);
    const resource: Registered = { type, name, inputs: {}, secrets: [] };
    let isWhole = true;
    for (const [key, input] of Object.entries(inputs)) {
      if (input === undefined) continue;
      const read = Output.read(output(input));
      // What failed has been reported where it did.
      if (read === undefined) isWhole = false;
      if (read?.value === undefined) continue;
      resource.inputs[key] = read.value;
      if (read.secret) resource.secrets.push(key);
    }
    if (isWhole) registered.push(resource);
    const given = answers.given(resource);
    for (const property of new Set(["id", ...Object.keys(inputs), ...Object.keys(given)])) {
      Object.defineProperty(this, property, {
        configurable: true,
        enumerable: true,
        get: () => propertyOf(resource, given, property),
      });
    }
  }
}

function propertyOf(resource: Registered, given: Record<string, unknown>, property: string): Output {
  const value = given[property] ?? resource.inputs[property] ?? answers.missing(resource, property);
  const known = output(value);
  return resource.secrets.includes(property) ? Output.withSecret(known, true) : known;
}

/** A provider with a configuration of its own. */
export class ProviderResource extends CustomResource {
  constructor(pkg: string, name: string, inputs: Record<string, unknown> = {}, opts?: ResourceOptions) {
    super(`pulumi:providers:${pkg}`, name, inputs, opts);
  }
}
