import { spawnSync } from "node:child_process";

/** What a program said, and how it ended. */
export interface Executed {
  status: number | null;
  stdout: string;
  stderr: string;
  /** Both streams, for messages. */
  output: string;
}

/** Runs a program to its end, without a shell. */
export function execute(
  program: string,
  programArguments: string[],
  options: {
    cwd?: string;
    input?: string;
    environment?: Record<string, string>;
    timeoutSeconds?: number;
  } = {},
): Executed {
  const { status, stdout, stderr, error } = spawnSync(program, programArguments, {
    cwd: options.cwd,
    input: options.input ?? "",
    env: { ...process.env, ...options.environment },
    encoding: "utf8",
    timeout: (options.timeoutSeconds ?? 60) * 1000,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error) throw new Error(`${program} could not be run: ${error.message}`, { cause: error });
  return { status, stdout, stderr, output: `${stdout}${stderr}` };
}
