import { accessSync, constants, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import {
  LocalWorkspace,
  PulumiCommand,
  type EngineEvent as CliEvent,
  type Stack,
} from "@pulumi/pulumi/automation";
import { CliEventReader } from "./pulumiEvents";
import { makeProjectDirectory } from "./pulumiProject";
import { countChanges, type Engine, type EngineEvent, type Result } from "./events";
import { containsSecret, displayValue, mapValues, namesOfSecrets, type PropertyMap } from "./values";

/** What the real engine runs, and with what; in the words of the embedded engine. */
export interface PulumiEngineOptions {
  program: string;
  project: string;
  stack: string;
  config: Record<string, string>;
  secretConfig?: string[];
  /** Directory for the CLI's state (a file backend) and its project directory. */
  stateDirectory: string;
  /** Operations at the same time; default 8. */
  parallel?: number;
  onEvent?: (event: EngineEvent) => void;
  /** Told of what the CLI prints. */
  onOutput?: (text: string) => void;
  /** Variables for the CLI and the program beyond those of this process. */
  environment?: Record<string, string>;
  signal?: AbortSignal;
  /** The CLI; default: the one that `findPulumi` finds. */
  pulumi?: string;
}

/** The Pulumi CLI on PATH; undefined if there is none. What npm puts into node_modules/.bin is only a downloader and does not count. */
export function findPulumi(path: string = process.env["PATH"] ?? ""): string | undefined {
  return findBesidePulumi("pulumi", path);
}

/** The CLI or one of its plugins on PATH, as in `pulumi-resource-tls`. */
export function findBesidePulumi(
  program: string,
  path: string = process.env["PATH"] ?? "",
): string | undefined {
  const candidates = path
    .split(delimiter)
    .filter((directory) => directory !== "" && !/node_modules[/\\]\.bin[/\\]?$/.test(directory))
    .map((directory) => join(directory, program));
  return candidates.find(isExecutable);
}

/**
 * The same operations through the real Pulumi CLI and its plugins, by way of the Automation API. State is in a file backend, encrypted with
 * a passphrase that everybody knows: for the lab and the tests only.
 */
export class PulumiEngine implements Engine {
  readonly description: string;
  private readonly pulumi: string;

  /** @throws if there is no CLI. */
  constructor(private readonly options: PulumiEngineOptions) {
    const found = options.pulumi ?? findPulumi();
    if (!found) throw new Error("there is no pulumi CLI on PATH; install it, or use the embedded engine");
    this.pulumi = resolve(found);
    this.description = `pulumi CLI (${this.pulumi})`;
  }

  up(): Promise<Result> {
    return this.run(false, (stack, settings) => stack.up({ ...settings, ...this.limits() }));
  }

  preview(): Promise<Result> {
    return this.run(true, (stack, settings) => stack.preview({ ...settings, ...this.limits() }));
  }

  destroy(): Promise<Result> {
    return this.run(false, (stack, settings) => stack.destroy({ ...settings, ...this.limits() }));
  }

  private limits() {
    return { parallel: this.options.parallel ?? 8, continueOnError: true };
  }

  private async run(
    preview: boolean,
    operation: (stack: Stack, settings: OperationSettings) => Promise<unknown>,
  ): Promise<Result> {
    const begun = performance.now();
    const reader = new CliEventReader(preview, (event) => this.options.onEvent?.(event));
    let stack: Stack | undefined;
    try {
      stack = await this.openStack();
      await operation(stack, {
        color: "never",
        onEvent: (event) => reader.read(event),
        ...(this.options.onOutput ? { onOutput: this.options.onOutput } : {}),
        ...(this.options.signal ? { signal: this.options.signal } : {}),
      });
    } catch (error) {
      reader.failed(error as Error);
    }
    return {
      changes: countChanges(reader.steps),
      ...(preview && reader.outputs ? foreseen(reader.outputs) : await deployed(stack, reader.outputs)),
      steps: reader.steps,
      errors: reader.errors,
      seconds: (performance.now() - begun) / 1000,
    };
  }

  private async openStack(): Promise<Stack> {
    const { options } = this;
    const directory = resolve(options.stateDirectory);
    const workDir = join(directory, "project");
    mkdirSync(join(directory, "backend"), { recursive: true, mode: 0o700 });
    makeProjectDirectory(workDir, resolve(options.program), options.project);
    const stack = await LocalWorkspace.createOrSelectStack(
      { stackName: options.stack, workDir },
      {
        pulumiCommand: await PulumiCommand.get({ root: this.commandRoot(directory), skipVersionCheck: true }),
        secretsProvider: "passphrase",
        envVars: {
          PULUMI_BACKEND_URL: `file://${join(directory, "backend")}`,
          PULUMI_CONFIG_PASSPHRASE: "lab",
          PULUMI_SKIP_UPDATE_CHECK: "true",
          // Plugins are looked up beside the CLI, and the program wants this Node.js.
          PATH: [dirname(process.execPath), dirname(this.pulumi), process.env["PATH"] ?? ""].join(delimiter),
          ...options.environment,
        },
      },
    );
    await stack.setAllConfigJson(JSON.stringify(this.configuration()));
    return stack;
  }

  // In the form of `pulumi config --json`. A value that Pulumi.yaml declares as object or array must not be a text to the CLI.
  private configuration(): Record<string, { value: string; secret: boolean; objectValue?: object }> {
    const { config, secretConfig = [] } = this.options;
    return Object.fromEntries(
      Object.entries(config).map(([key, value]) => {
        const secret = secretConfig.includes(key);
        const objectValue = secret ? undefined : readObject(value);
        return [key, { value, secret, ...(objectValue ? { objectValue } : {}) }];
      }),
    );
  }

  // The Automation API wants a directory with bin/pulumi in it, wherever the CLI is.
  private commandRoot(directory: string): string {
    const root = join(directory, "cli");
    rmSync(root, { recursive: true, force: true });
    mkdirSync(join(root, "bin"), { recursive: true });
    symlinkSync(this.pulumi, join(root, "bin", "pulumi"));
    return root;
  }
}

function readObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

type Outputs = Pick<Result, "outputs" | "secretOutputs">;

function foreseen(outputs: PropertyMap): Outputs {
  return { outputs: mapValues(outputs, displayValue), secretOutputs: namesOfSecrets(outputs) };
}

async function deployed(stack: Stack | undefined, told: PropertyMap | undefined): Promise<Outputs> {
  const outputs = (await stack?.outputs()) ?? {};
  return {
    outputs: mapValues(outputs, ({ value }) => value as unknown),
    // The Automation API overlooks what is secret within an output.
    secretOutputs: Object.keys(outputs).filter(
      (name) => outputs[name]?.secret === true || containsSecret(told?.[name]),
    ),
  };
}

interface OperationSettings {
  color: "never";
  onEvent: (event: CliEvent) => void;
  onOutput?: (text: string) => void;
  signal?: AbortSignal;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
