import { spawn } from "node:child_process";

/** How a program ended. */
export interface CommandResult {
  stdout: string;
  stderr: string;
  status: number;
}

export interface CommandOptions {
  stdin?: string | Buffer;
  /** Return a status other than 0 instead of throwing. */
  allowFailure?: boolean;
  environment?: NodeJS.ProcessEnv;
}

/**
 * Runs a program of this machine without a shell and waits for its end.
 *
 * @throws if it cannot be started or, unless `allowFailure`, ends with another status than 0.
 */
export function run(program: string, args: string[], options: CommandOptions = {}): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: { ...process.env, ...options.environment } });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.on("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "ENOENT" ? new Error(`${program}: command not found; install it`) : error),
    );
    child.on("close", (code) => {
      const result = { stdout: text(stdout), stderr: text(stderr), status: code ?? 255 };
      if (result.status === 0 || options.allowFailure) return resolve(result);
      reject(new Error(describeFailure([program, ...args], result)));
    });
    // A program that ends without reading its input closes the pipe; its status says more than EPIPE.
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.stdin ?? "");
  });
}

/** Runs `source | target` without a shell. */
export function pipe(source: string[], target: string[]): Promise<void> {
  const [sourceProgram = "", ...sourceArgs] = source;
  const [targetProgram = "", ...targetArgs] = target;
  const writer = spawn(sourceProgram, sourceArgs, { stdio: ["ignore", "pipe", "pipe"] });
  const reader = spawn(targetProgram, targetArgs, { stdio: ["pipe", "ignore", "pipe"] });
  reader.stdin.on("error", () => undefined);
  writer.stdout.pipe(reader.stdin);
  const ends = ([child, line]: [typeof writer | typeof reader, string[]]) =>
    new Promise<void>((resolve, reject) => {
      const stderr: Buffer[] = [];
      child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
      child.on("error", reject);
      child.on("close", (code) => {
        if (code === 0) return resolve();
        reject(new Error(describeFailure(line, { stdout: "", stderr: text(stderr), status: code ?? 255 })));
      });
    });
  return Promise.all([ends([writer, source]), ends([reader, target])]).then(() => undefined);
}

/** One message for a failed program: what ran, how it ended, and the end of what it said. */
export function describeFailure(line: string[], result: CommandResult, linesShown = 15): string {
  const tail = (output: string) => output.trim().split("\n").slice(-linesShown).join("\n");
  // Docker's builder tells on standard output what a step of the build said, and on standard error that it failed.
  const output = [result.stdout, result.stderr].map(tail).filter(Boolean).join("\n");
  return `${line.join(" ")} ended with status ${result.status}: ${output || "no output"}`;
}

function text(chunks: Buffer[]): string {
  return Buffer.concat(chunks).toString("utf8");
}
