import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeEngine, type EngineOptions } from "../../../lab/demo/deploy";
import type { EngineEvent, Result } from "../../../lab/engine/events";
import type { PulumiEngine } from "../../../lab/engine/pulumiEngine";
import { Lab, type LabHost } from "../../../lab/hosts/lab";
import { stackConfig, type StackSettings } from "../../../lab/stack";

/** A lab of its own in a temporary directory. */
export function temporaryLab(): Lab {
  return new Lab({ stateDirectory: mkdtempSync(join(tmpdir(), "ha-monitoring-lifecycle-")) });
}

/** Removes the lab with everything in it. */
export async function discardLab(lab: Lab): Promise<void> {
  await lab.down();
  rmSync(lab.stateDirectory, { recursive: true, force: true });
}

/** What one run of an engine did, with everything it told on the way, in that order. */
export interface Run extends Result {
  events: EngineEvent[];
}

/** A monitor as the program's configuration has it, reached as root with the lab's key. */
export function monitor(host: LabHost, connection: object = {}): object {
  return { name: host.name, address: host.address, connection: { hostKey: host.hostKey, ...connection } };
}

/** One stack of the unmodified program on hosts of a lab, whose configuration may differ from run to run. */
export class TestedStack {
  constructor(
    private readonly lab: Lab,
    private readonly name: string,
  ) {}

  up(settings: StackSettings): Promise<Run> {
    return this.run(settings, (engine) => engine.up());
  }

  preview(settings: StackSettings): Promise<Run> {
    return this.run(settings, (engine) => engine.preview());
  }

  destroy(settings: StackSettings): Promise<Run> {
    return this.run(settings, (engine) => engine.destroy());
  }

  refresh(settings: StackSettings): Promise<Run> {
    return this.run(settings, (engine) => engine.refresh());
  }

  /** Where the engine keeps this stack's state. */
  get directory(): string {
    return join(this.lab.stateDirectory, "stacks", this.name);
  }

  /** An engine for what has no method here. */
  engine(settings: StackSettings, options: EngineOptions = {}): PulumiEngine {
    return makeEngine(this.lab, this.name, stackConfig(this.lab, [], settings), this.name, options);
  }

  private async run(
    settings: StackSettings,
    operation: (engine: PulumiEngine) => Promise<Result>,
  ): Promise<Run> {
    const events: EngineEvent[] = [];
    const engine = this.engine(settings, { onEvent: (event) => events.push(event) });
    return { ...(await operation(engine)), events };
  }
}

/** The errors of a run: `resource: message`, or the message alone. */
export function errorsOf({ errors }: Result): string[] {
  return errors.map(({ message, urn }) => (urn ? `${urn.split("::").pop()}: ${message}` : message));
}

/** What a run did to commands and Docker's things, in order: `start update monitoring-monitor-a-alertmanager-config`. */
export function workOf({ events }: Run): string[] {
  return events
    .filter(({ kind, type }) => kind !== "same" && /^(command|docker):/.test(type))
    .map(({ kind, operation, name }) => `${kind} ${operation} ${name}`);
}

/** The changes that a preview's text shows, without the lines around them: each resource with its name, then what of it changes. */
export function shownChanges({ text }: Result): string[] {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.flatMap((line, index) => {
    // At the end are the counts.
    if (!/^[-+~]{1,2} /.test(line) || /^[-+~]{1,2} \d+ to /.test(line)) return [];
    if (!/: \(\w+\)$/.test(line)) return [line];
    const urn = lines.slice(index).find((each) => each.startsWith("[urn=")) ?? "";
    return [`${line} ${/::([^:\]]*)\]$/.exec(urn)?.[1]}`];
  });
}

/** What the sshd of a host told of connections and logins since it booted, one line each. */
export async function sshLog(lab: Lab, host: { name: string }): Promise<string[]> {
  const { stdout } = await lab.exec(
    host,
    "journalctl --sync; journalctl --unit ssh.service --output cat --no-pager",
  );
  return stdout.split("\n").filter((line) => /^(Connection from|Accepted publickey)/.test(line));
}
