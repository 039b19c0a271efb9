import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Result } from "../../lab/engine/events";
import { PulumiEngine, type PulumiEngineOptions } from "../../lab/engine/pulumiEngine";
import type { PropertyDiff } from "../../lab/properties/diff";
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

/** A directory for the tests of one file. */
export function makeDirectory(): string {
  return mkdtempSync(join(tmpdir(), "ha-monitoring-engine-"));
}

/** What one test has for itself. */
export interface Scene {
  directory: string;
  /** A shell command that writes a word into the scene's journal. */
  note: (word: string) => string;
  /** The words in the journal, in order. */
  written: () => string[];
}

/** A scene below a directory. */
export function makeScene(parent: string): Scene {
  const directory = mkdtempSync(join(parent, "scene-"));
  const journal = join(directory, "journal");
  return {
    directory,
    note: (word) => `echo ${word} >> ${journal}`,
    written: () => (existsSync(journal) ? readFileSync(journal, "utf8").trim().split("\n") : []),
  };
}

/** Connection settings for a test's sshd, as configuration value. */
export function connectionTo(
  server: SshServer,
  changes: Record<string, unknown> = {},
): Record<string, unknown> {
  const { port, user, privateKey, hostKey } = server;
  return { host: "127.0.0.1", port, user, privateKey, hostKey, dialErrorLimit: 1, ...changes };
}

/** Configuration of programs/commands.ts. */
export function commandConfig(server: SshServer, commands: CommandDescription[]): Record<string, string> {
  return { connection: JSON.stringify(connectionTo(server)), commands: JSON.stringify(commands) };
}

/** A stack of some commands on a test's sshd. */
export function commandEngine(
  server: SshServer,
  scene: Scene,
  commands: CommandDescription[],
  changes: Partial<PulumiEngineOptions> = {},
): PulumiEngine {
  return new PulumiEngine({
    ...{ program: programPath("commands"), project: "engine-test", stack: "test" },
    ...{ config: commandConfig(server, commands), secretConfig: ["connection"] },
    stateDirectory: join(scene.directory, "pulumi"),
    ...changes,
  });
}

/** What a run did to which resource, sorted: `update Command a`, and `failed ...` for what did not end well. */
export function operations(result: Result): string[] {
  return result.steps
    .map(({ operation, type, name, error }) => {
      const failed = error === undefined ? "" : "failed ";
      return `${failed}${operation} ${type.split(":").at(-1)} ${name}`;
    })
    .sort();
}

/** What a run changed or would change of one resource. */
export function diffOf(result: Result, name: string): PropertyDiff[] {
  const step = result.steps.find(
    ({ operation, ...each }) => each.name === name && (operation === "update" || operation === "replace"),
  );
  return (step?.diff ?? []).toSorted((left, right) => (left.path < right.path ? -1 : 1));
}
