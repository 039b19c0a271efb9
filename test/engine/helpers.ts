import { join } from "node:path";
import type { EngineEvent, EngineOptions } from "../../lab/engine/run";
import { EmbeddedEngine } from "../../lab/engine/run";
import type { SshServer } from "./sshServer";

/** A command of programs/commands.ts. */
export interface CommandDescription {
  name: string;
  [input: string]: unknown;
}

/** Path of a test program. */
export function programPath(name: string): string {
  return join(__dirname, "programs", `${name}.ts`);
}

/** Connection settings for a test's sshd, as configuration value. */
export function connectionTo(
  server: SshServer,
  changes: Record<string, unknown> = {},
): Record<string, unknown> {
  const { port, user, privateKey, hostKey } = server;
  return { host: "127.0.0.1", port, user, privateKey, hostKey, dialErrorLimit: 1, ...changes };
}

/** The embedded engine for some commands on a test's sshd. */
export function commandEngine(
  server: SshServer,
  commands: CommandDescription[],
  changes: Partial<EngineOptions> = {},
): EmbeddedEngine {
  return new EmbeddedEngine({
    program: programPath("commands"),
    project: "engine-test",
    stack: "test",
    config: { connection: JSON.stringify(connectionTo(server)), commands: JSON.stringify(commands) },
    secretConfig: ["connection"],
    stateFile: join(server.directory, "state.json"),
    ...changes,
  });
}

/** What happened to commands: `create a`, in order of ending. */
export function log(events: EngineEvent[]): string[] {
  return events
    .filter(({ kind, type }) => kind !== "start" && kind !== "same" && type === "command:remote:Command")
    .map(({ kind, operation, name }) => `${kind === "failed" ? "failed " : ""}${operation} ${name}`);
}
