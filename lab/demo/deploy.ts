import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { EngineEvent, Result } from "../engine/events";
import { PulumiEngine, type PulumiEngineOptions } from "../engine/pulumiEngine";
import { run } from "../hosts/command";
import { offerSoftware } from "../hosts/defaults";
import type { LabHost } from "../hosts/inventory";
import type { Lab } from "../hosts/lab";
import { configuredHost, projectDirectory, secretConfig, stackConfig, type StackSettings } from "../stack";

/** What is deployed in a lab, and how. */
export interface LabStackOptions {
  /** Name of the stack; default: demo. */
  stack?: string;
  /** Hosts that become monitors; default: monitor-a and monitor-b. */
  monitors?: string[];
  /** Hosts that become targets; default: target-a and target-b. */
  targets?: string[];
  /** Further configuration of the program, by key, once the hosts run. */
  settings?: (monitors: LabHost[]) => StackSettings;
  onEvent?: (event: EngineEvent) => void;
  /** Wraps each step that takes long; default: just runs it. */
  step?: <T>(label: string, run: () => Promise<T>) => Promise<T>;
}

/** How the engine of a lab's stack is run and watched. */
export type EngineOptions = Pick<
  PulumiEngineOptions,
  "environment" | "onEvent" | "onProcess" | "parallel" | "plugins"
>;

/** A stack of the lab: its hosts run, and its engine is ready to deploy onto them. */
export interface LabStack {
  monitors: LabHost[];
  targets: LabHost[];
  engine: PulumiEngine;
}

/** Boots the hosts of a stack, puts releases into their reach, and makes the engine that runs the unmodified program. */
export async function prepareStack(lab: Lab, options: LabStackOptions = {}): Promise<LabStack> {
  const step = options.step ?? ((_, run) => run());
  const names = options.monitors ?? ["monitor-a", "monitor-b"];
  const targetNames = options.targets ?? ["target-a", "target-b"];
  const [monitors, targets] = await step(`hosts ${[...names, ...targetNames].join(", ")}`, () =>
    Promise.all([
      lab.up(names.map((name) => ({ name }))),
      lab.up(targetNames.map((name) => ({ name, flavor: "bare" as const }))),
    ]),
  );
  const { settings } = await step("upstream's releases", () => offerSoftware(lab, monitors));
  const config = stackConfig(lab, monitors, {
    targets: targets.map(configuredHost),
    ...settings,
    ...options.settings?.(monitors),
  });
  const identity = await hostsIdentity([...monitors, ...targets]);
  const engine = makeEngine(lab, options.stack ?? "demo", config, identity, { onEvent: options.onEvent });
  return { monitors, targets, engine };
}

/** Names these very installations: a host that was made anew knows nothing of what was deployed on the one before it. */
async function hostsIdentity(hosts: LabHost[]): Promise<string> {
  // Not the machine id, which systemd takes from this machine's firmware: all hosts would share it.
  const { stdout } = await run("docker", [
    "inspect",
    "--format",
    "{{.Id}}",
    ...hosts.map(({ container }) => container),
  ]);
  return createHash("sha256").update(stdout).digest("hex").slice(0, 12);
}

/**
 * The engine for a stack of a lab.
 *
 * @param identity names the folder of its state in the lab's.
 */
export function makeEngine(
  lab: Lab,
  stack: string,
  config: Record<string, string>,
  identity: string,
  options: EngineOptions = {},
): PulumiEngine {
  const stateDirectory = join(lab.stateDirectory, "stacks", identity);
  mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
  return new PulumiEngine({
    program: join(projectDirectory, "index.ts"),
    project: "ha-monitoring",
    stack,
    config,
    secretConfig,
    stateDirectory,
    ...options,
  });
}

/**
 * The result, if all went well.
 *
 * @throws with every error of the run.
 */
export function deployed(result: Result): Result {
  if (result.errors.length === 0) return result;
  throw new Error(
    result.errors
      .map(({ message, urn }) => (urn ? `${urn.split("::").pop()}: ${message}` : message))
      .join("\n"),
  );
}
