import { spawn } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import {
  containsSecret,
  displayValue,
  mapValues,
  namesOfSecrets,
  type PropertyMap,
} from "../properties/values";
import { pulumiEnvironment, pulumiInstallation } from "./cli";
import { EventLog } from "./eventLog";
import { CliEventReader } from "./eventReader";
import { countChanges, type EngineEvent, type Result } from "./events";
import { makeProjectDirectory } from "./project";
import { writeConfiguration } from "./stackConfiguration";

/** What Pulumi runs, and with what. */
export interface PulumiEngineOptions {
  /** Path of the program's entry file, its `index.ts`. */
  program: string;
  project: string;
  stack: string;
  /** Configuration values by key; a key without a namespace is the project's. */
  config: Record<string, string>;
  /** Keys of the values that are secret. */
  secretConfig?: string[];
  /** Directory for the CLI's state (a file backend), its project directory and its own settings. */
  stateDirectory: string;
  /** Operations at the same time; default 8. */
  parallel?: number;
  onEvent?: (event: EngineEvent) => void;
  /** Gets what operations of the CLI print, line by line. */
  onOutput?: (line: string) => void;
  /** Variables for the CLI, its plugins and the program. */
  environment?: Record<string, string>;
  /** Aborted, has the CLI interrupted as Ctrl-C does: it begins nothing more and finishes what runs. */
  signal?: AbortSignal;
  /** Gets the id of the CLI's process. */
  onProcess?: (processId: number) => void;
  /** Makes a folder with plugins that are used before those on PATH. */
  plugins?: () => Promise<string>;
  /** Further arguments of every operation, as in `--target`. */
  flags?: string[];
}

type Operation = "up" | "preview" | "refresh" | "destroy";

/** How a command of the CLI ended. */
export interface CommandOutcome {
  /** Undefined if a signal ended it. */
  status: number | undefined;
  stdout: string;
  stderr: string;
}

/**
 * One stack, worked on with the commands that a user types: `pulumi up`, `preview`, `refresh`, `destroy`. State is in a file backend,
 * encrypted with a passphrase that everybody knows: for the lab and the tests only.
 */
export class PulumiEngine {
  private readonly directory: string;

  constructor(private readonly options: PulumiEngineOptions) {
    this.directory = resolve(options.stateDirectory);
  }

  /** Makes everything as the program says. */
  up(): Promise<Result> {
    return this.operate("up", ["--yes", "--skip-preview", "--continue-on-error"]);
  }

  /** Says what `up` would do; touches nothing. */
  preview(): Promise<Result> {
    return this.operate("preview", ["--diff"]);
  }

  /** Compares the state with what there is, and writes the differences into the state. */
  refresh(): Promise<Result> {
    return this.operate("refresh", ["--yes", "--skip-preview", "--run-program"]);
  }

  /** Deletes everything that the state knows. */
  destroy(): Promise<Result> {
    return this.operate("destroy", ["--yes", "--skip-preview", "--continue-on-error"]);
  }

  /** Where the CLI keeps its state: `.pulumi/stacks/PROJECT/STACK.json`, locks, history. */
  get backend(): string {
    return join(this.directory, "backend");
  }

  /** Any command of the CLI on this stack, without standard input. */
  async command(args: string[], stdin = ""): Promise<CommandOutcome> {
    await this.prepareStack();
    return this.pulumi([...args, "--stack", this.options.stack], { stdin });
  }

  private async operate(operation: Operation, flags: string[]): Promise<Result> {
    const begun = performance.now();
    const preview = operation === "preview";
    const reader = new CliEventReader(operation, (event) => this.options.onEvent?.(event));
    const log = join(this.directory, `events-${process.pid}-${Math.round(begun)}.json`);
    let text = "";
    let isKilled = false;
    try {
      await this.prepareStack();
      await this.configure();
      const parallel = ["--parallel", String(this.options.parallel ?? 8)];
      const args = [operation, ...flags, ...parallel, "--event-log", log, "--stack", this.options.stack];
      const events = new EventLog(log, (event) => reader.read(event));
      const outcome = await this.pulumi([...args, ...(this.options.flags ?? [])], {
        isOperation: true,
      }).finally(() => events.close());
      text = outcome.stdout;
      isKilled = outcome.status === undefined;
      if (outcome.status !== 0) reader.failed(describeEnd(operation, outcome));
    } catch (error) {
      reader.failed((error as Error).message);
    } finally {
      rmSync(log, { force: true });
    }
    return {
      changes: countChanges(reader.steps),
      ...(preview ? foreseen(reader.outputs ?? {}) : await this.outputs(isKilled ? {} : reader.outputs)),
      ...{ steps: reader.steps, errors: reader.errors, text },
      seconds: (performance.now() - begun) / 1000,
    };
  }

  private async prepareStack(): Promise<void> {
    const { program, project, stack } = this.options;
    mkdirSync(this.backend, { recursive: true, mode: 0o700 });
    makeProjectDirectory(this.projectDirectory, resolve(program), project);
    if (existsSync(join(this.backend, ".pulumi", "stacks", project, `${stack}.json`))) return;
    const created = await this.pulumi(["stack", "init", stack]);
    if (created.status !== 0) throw new Error(describeEnd("stack init", created));
  }

  private async configure(): Promise<void> {
    const { stack, config, secretConfig = [], project } = this.options;
    const missing = writeConfiguration(
      join(this.projectDirectory, `Pulumi.${stack}.yaml`),
      join(this.directory, `${stack}.secrets.json`),
      project,
      { values: config, secretKeys: secretConfig },
    );
    for (const [key, value] of missing) {
      // The CLI takes one end of line away.
      const stdin = `${value}\n`;
      const set = await this.pulumi(["config", "set", "--secret", key, "--stack", stack], { stdin });
      if (set.status !== 0) throw new Error(describeEnd("config set", set));
    }
  }

  /** What the stack's outputs are; the CLI is asked only for those that have something secret in them. */
  private async outputs(told: PropertyMap | undefined): Promise<Pick<Result, "outputs" | "secretOutputs">> {
    const secretOutputs = namesOfSecrets(told ?? {});
    if (told && secretOutputs.length === 0 && !containsSecret(told)) return { outputs: told, secretOutputs };
    const args = ["stack", "output", "--json", "--show-secrets", "--stack", this.options.stack];
    const shown = await this.pulumi(args);
    const outputs = shown.status === 0 ? (JSON.parse(shown.stdout) as Record<string, unknown>) : {};
    return { outputs, secretOutputs };
  }

  private get projectDirectory(): string {
    return join(this.directory, "project");
  }

  private async pulumi(
    args: string[],
    { stdin = "", isOperation = false }: { stdin?: string; isOperation?: boolean } = {},
  ): Promise<CommandOutcome> {
    const { options } = this;
    const { cli } = await pulumiInstallation();
    const environment = await pulumiEnvironment(this.directory, await options.plugins?.());
    const child = spawn(cli, [...args, "--non-interactive"], {
      cwd: this.projectDirectory,
      env: { ...process.env, ...environment, ...options.environment },
    });
    if (isOperation && child.pid !== undefined) options.onProcess?.(child.pid);
    const interrupt = () => child.kill("SIGINT");
    if (isOperation) options.signal?.addEventListener("abort", interrupt, { once: true });
    const printed = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      createInterface({ input: child[name] }).on("line", (line) => {
        printed[name] += `${line}\n`;
        if (isOperation) options.onOutput?.(line);
      });
    }
    child.stdin.on("error", () => undefined);
    child.stdin.end(stdin);
    return new Promise((settle, reject) => {
      child.on("error", reject);
      child.on("close", (status) => {
        options.signal?.removeEventListener("abort", interrupt);
        settle({ status: status ?? undefined, ...printed });
      });
    });
  }
}

function foreseen(outputs: PropertyMap): Pick<Result, "outputs" | "secretOutputs"> {
  return { outputs: mapValues(outputs, displayValue), secretOutputs: namesOfSecrets(outputs) };
}

function describeEnd(operation: string, { status, stdout, stderr }: CommandOutcome): string {
  const how = status === undefined ? "was killed" : `ended with status ${status}`;
  const said = stderr.trim() || stdout.trim().split("\n").slice(-20).join("\n");
  return `pulumi ${operation} ${how}${said && `: ${said}`}`;
}
