import { fork } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { noChanges, type Engine, type EngineEvent, type Result } from "./events";
import type { RunnerMessage, RunnerRequest } from "./runner";

export type { Changes, Engine, EngineError, EngineEvent, Operation, Result, Step } from "./events";
export type { PropertyDiff } from "./diff";
export { renderChanges, renderPreview } from "./render";

/** What the embedded engine runs, and with what. */
export interface EngineOptions {
  /** Path of the program's entry file, its `index.ts`. */
  program: string;
  project: string;
  stack: string;
  /** Configuration values by key; a key without a namespace (`docker:host`) is the project's. */
  config: Record<string, string>;
  /** Keys of the values that are secret. */
  secretConfig?: string[];
  /** The JSON file that keeps the stack's state; it is made, mode 0600, where there is none. */
  stateFile: string;
  /** Operations at the same time; default 8. */
  parallel?: number;
  /** Told of every step as it happens. */
  onEvent?: (event: EngineEvent) => void;
  /** Told of what the program prints, line by line. */
  onOutput?: (line: string) => void;
  /** The directory in which the program runs; default: the program's. */
  workDirectory?: string;
  /** Variables for the program beyond those of this process. */
  environment?: Record<string, string>;
  /** What the engine takes for the present time; default: the machine's clock. For tests. */
  now?: Date;
  /** Aborted, begins no further step and finishes those that run. */
  signal?: AbortSignal;
  /** Told the id of the process that does the work. */
  onProcess?: (processId: number) => void;
}

/**
 * Runs Pulumi programs without the Pulumi CLI. For the lab and the tests only: it knows few resource types, keeps secrets in the clear in
 * its state file, and is not meant for anything that matters. Every operation has a process of its own, so several stacks can be worked
 * on at the same time. Errors are in the result; nothing is thrown for them.
 */
export class EmbeddedEngine implements Engine {
  readonly description = "embedded engine (lab and tests only)";

  constructor(private readonly options: EngineOptions) {}

  /** Makes everything as the program says. */
  up(): Promise<Result> {
    return this.run("up");
  }

  /** Says what `up` would do; touches nothing. */
  preview(): Promise<Result> {
    return this.run("preview");
  }

  /** Deletes everything that the state knows. Like the real engine it does not run the program. */
  destroy(): Promise<Result> {
    return this.run("destroy");
  }

  private run(operation: RunnerRequest["operation"]): Promise<Result> {
    const { options } = this;
    const program = resolve(options.program);
    const workDirectory = resolve(options.workDirectory ?? dirname(program));
    const request: RunnerRequest = {
      ...{
        operation,
        program,
        workDirectory,
        project: options.project,
        stack: options.stack,
        config: options.config,
      },
      secretConfig: options.secretConfig ?? [],
      stateFile: resolve(options.stateFile),
      parallel: options.parallel ?? 8,
      clockAhead: options.now ? options.now.getTime() - Date.now() : 0,
    };
    const child = fork(join(__dirname, "runner.ts"), [], {
      cwd: workDirectory,
      execArgv: [...preloadedSdk(program), "--import", pathToFileURL(require.resolve("tsx")).href],
      env: { ...process.env, ...options.environment },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    if (child.pid !== undefined) options.onProcess?.(child.pid);
    const lastLines: string[] = [];
    const onLine = (line: string) => {
      lastLines.push(line);
      if (lastLines.length > 20) lastLines.shift();
      options.onOutput?.(line);
    };
    if (child.stdout) eachLine(child.stdout, onLine);
    if (child.stderr) eachLine(child.stderr, onLine);
    const stop = () => child.kill("SIGTERM");
    options.signal?.addEventListener("abort", stop, { once: true });
    return new Promise((settle) => {
      let result: Result | undefined;
      let problem = "";
      child.on("message", (message: RunnerMessage) => {
        if (message.kind === "event") options.onEvent?.(message.event);
        else result = message.result;
      });
      child.on("error", (error) => (problem = error.message));
      child.on("close", (status, signal) => {
        options.signal?.removeEventListener("abort", stop);
        settle(result ?? cutOff(problem || `ended by ${signal ?? `status ${status}`}`, lastLines));
      });
      child.send(request, (error) => error && (problem = error.message));
    });
  }
}

// The SDK is most of what a run loads, and loads in half the time before tsx looks at every file.
function preloadedSdk(program: string): string[] {
  try {
    return ["--require", createRequire(program).resolve("@pulumi/pulumi")];
  } catch {
    // The runner says so in its own words.
    return [];
  }
}

function cutOff(how: string, lastLines: string[]): Result {
  const printed = lastLines.length > 0 ? `; it had printed:\n${lastLines.join("\n")}` : "";
  const message = `the engine's process was ${how} before it was done; its state file has every step that was finished${printed}`;
  return {
    changes: noChanges(),
    outputs: {},
    secretOutputs: [],
    steps: [],
    errors: [{ message }],
    seconds: 0,
  };
}

function eachLine(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (data: string) => {
    const lines = `${rest}${data}`.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
  stream.on("end", () => {
    if (rest !== "") onLine(rest);
  });
}
