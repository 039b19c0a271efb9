import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { EngineEvent, Operation, Result } from "../../../lab/engine/events";
import type { PulumiEngine } from "../../../lab/engine/pulumiEngine";
import type { Lab, LabHost } from "../../../lab/hosts/lab";
import { pluginsDirectory } from "../../../lab/plugins/directory";
import { report } from "../../../lab/polling";
import { boundaryLimitVariable, boundaryVariable } from "../../../lab/providers/command/boundary";
import type { StackSettings } from "../../../lab/stack";
import { firewallLayout } from "../../../templates/firewall/firewallLayout";
import { killTree } from "../../support/processes";
import { errorsOf, type TestedStack } from "./lifecycle";

const millisecondsBetweenLooks = 50;
/** After the end of one operation, the program and the engine need less than that to begin the next one. */
const quietMilliseconds = 700;
/** The engine says nothing of the end of components. */
const isCustom = /^(command|docker|tls):/;
/** Killed at one bundle at a time, a run takes longer in all; at all that have come to their boundary, it takes fewer runs. */
const singly = process.env.HA_MONITORING_KILL_SINGLY === "1";
const limit = singly ? "1" : undefined;
/** Answers that are withheld do not keep others from beginning; singly, no other bundle may pass its boundary meanwhile. */
const parallel = singly ? 1 : 32;

/** What the state calls an operation that has begun and not ended. */
const pending: Partial<Record<Operation, string>> = {
  create: "creating",
  update: "updating",
  delete: "deleting",
};

/**
 * Runs `up` or `destroy` again and again. Each time the engine is killed when the commands of some bundles have succeeded on their hosts for
 * the first time, nothing of them is recorded, and nothing else runs. Each next run is a plain one. The last one ends by itself.
 *
 * @returns names of the bundles at whose boundary the engine was killed.
 */
export async function killedAtBoundaries(
  stack: TestedStack,
  operation: "up" | "destroy",
  settings: StackSettings,
): Promise<string[]> {
  const directory = join(stack.directory, `boundaries-${performance.now()}`);
  mkdirSync(directory, { recursive: true });
  for (let runs = 1; ; runs += 1) {
    const before = readdirSync(directory);
    const { killedAt, result } = await killedRun(stack, operation, settings, directory);
    const passed = readdirSync(directory).filter((name) => !before.includes(name));
    if (killedAt === undefined) {
      expect(errorsOf(result)).toEqual([]);
      expect(passed).toEqual([]);
      report(`${operation}: ${before.length} bundles in ${runs} runs`);
      return before.sort();
    }
    report(`${operation} ${runs}, ${result.seconds.toFixed(1)} s: killed at ${passed.join(", ")}`);
    expect(errorsOf(result).filter((message) => !/ was killed/.test(message))).toEqual([]);
    expect(killedAt.map((each) => each.split(" ").at(-1)).sort()).toEqual(passed.sort());
    const unrecorded = pendingOperations(stack.directory);
    expect(killedAt.filter((each) => !unrecorded.includes(each))).toEqual([]);
    // A killed engine leaves the lock of its state.
    expect((await stack.engine(settings).command(["cancel", "--yes"])).status).toBe(0);
  }
}

/** Runs an operation; where it is killed, with the operations that were not recorded, as in `creating NAME`. */
async function killedRun(
  stack: TestedStack,
  operation: "up" | "destroy",
  settings: StackSettings,
  directory: string,
): Promise<{ killedAt?: string[]; result: Result }> {
  const before = readdirSync(directory);
  const running = new Map<string, string>();
  let [processId, lastEvent] = [0, performance.now()];
  let killedAt: string[] | undefined;
  const engine: PulumiEngine = stack.engine(settings, {
    // Only the lab's plugin withholds answers.
    plugins: pluginsDirectory,
    parallel,
    environment: {
      [boundaryVariable]: directory,
      ...(limit === undefined ? {} : { [boundaryLimitVariable]: limit }),
    },
    onProcess: (id) => (processId = id),
    onEvent: ({ kind, operation: begun, type, name }: EngineEvent) => {
      lastEvent = performance.now();
      if (!isCustom.test(type)) return;
      if (kind === "start") running.set(`${type} ${name}`, `${pending[begun]} ${name}`);
      else running.delete(`${type} ${name}`);
    },
  });
  const timer = setInterval(() => {
    const withheld = readdirSync(directory).filter((name) => !before.includes(name));
    const isQuiet = performance.now() - lastEvent > quietMilliseconds;
    const isWithheld = (each: string) => withheld.some((name) => each === `command:remote:Command ${name}`);
    // The engine may be slow to tell of a bundle whose commands have succeeded already.
    const isTold = withheld.every((name) => running.has(`command:remote:Command ${name}`));
    if (killedAt || running.size === 0 || !isQuiet || !isTold || ![...running.keys()].every(isWithheld))
      return;
    killedAt = [...running.values()];
    killTree(processId);
  }, millisecondsBetweenLooks);
  try {
    const result = await engine[operation]();
    return { killedAt, result };
  } finally {
    clearInterval(timer);
  }
}

/** The operations of which the state says that they have begun and not ended, as in `creating NAME`. */
function pendingOperations(stateDirectory: string): string[] {
  const stacks = join(stateDirectory, "backend", ".pulumi", "stacks", "ha-monitoring");
  const [file = ""] = readdirSync(stacks).filter((name) => name.endsWith(".json"));
  const { checkpoint } = JSON.parse(readFileSync(join(stacks, file), "utf8")) as {
    checkpoint: { latest: { pending_operations?: { type: string; resource: { urn: string } }[] } };
  };
  const operations = checkpoint.latest.pending_operations ?? [];
  return operations.map(({ type, resource }) => `${type} ${resource.urn.split("::").at(-1)}`);
}

/** What a run can leave behind on a host: one line each. */
export async function leftovers(lab: Lab, host: LabHost): Promise<string[]> {
  const { stdout } = await lab.exec(
    host,
    `find / -xdev \\( -name .ha-monitoring-staged -o -path '*ha-monitoring*.part' \\)
    find /var/lib/ha-monitoring/work /var/lib/ha-monitoring/unfinished -mindepth 1 2>/dev/null
    ls ${firewallLayout.runtimeDirectory}/trial 2>/dev/null
    cmp /etc/ha-monitoring/firewall/rules.nft /etc/ha-monitoring/firewall/confirmed.nft
    systemctl list-units --plain --no-legend 'ha-monitoring-firewall-deadman.*'
    systemctl list-units --plain --no-legend --failed
    flock --nonblock /run/ha-monitoring.lock true || echo "the lock is held"`,
  );
  return stdout.split("\n").filter(Boolean);
}
