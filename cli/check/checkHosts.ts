/** Runs the checks of bundles on what was rendered, without any host. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { lt, valid } from "semver";
import type { ProgramCall } from "../../templates/host/bundleChecks";
import { bundleDirectives } from "../../templates/host/hostBundle";
import { Mask } from "./mask";
import type { Programs, Ran } from "./programs";
import { StandIns } from "./standIns";
import { filesOfHost, Tree, type AppliedBundle, type TreeFile } from "./tree";

/** What became of one check. */
export interface CheckOutcome {
  host: string;
  program: string;
  /** The files that were judged, by their paths on the host. */
  files: string[];
  /** Set when the program was not there, or could not judge: why. */
  missing?: string;
  /** Set when the program refused the files: its words. */
  refused?: string[];
}

/**
 * Runs the check of every bundle that another machine can make, each on the host's files in a directory of its own.
 *
 * @param hosts bundles of each host, with placeholders in their texts.
 */
export async function checkHosts(
  hosts: ReadonlyMap<string, readonly AppliedBundle[]>,
  programs: Programs,
): Promise<CheckOutcome[]> {
  const standIns = await StandIns.make();
  const waiting = [...hosts].map(([host, bundles], position) => ({ host, bundles, position }));
  const outcomes: CheckOutcome[][] = [];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      outcomes[next.position] = await checkHost(next.host, next.bundles, programs, standIns);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return outcomes.flat();
}

async function checkHost(
  host: string,
  bundles: readonly AppliedBundle[],
  programs: Programs,
  standIns: StandIns,
): Promise<CheckOutcome[]> {
  const calls = bundles.flatMap(({ bundle }) =>
    (bundle.checks ?? []).flatMap((check) => (typeof check === "string" ? [] : (check.elsewhere ?? []))),
  );
  if (calls.length === 0) return [];
  const files = filesOfHost(bundles, standIns);
  const mask = new Mask(files.values(), bundles.flatMap(({ bundle }) => bundleDirectives(bundle)).join("\n"));
  const outcomes: CheckOutcome[] = [];
  for (const call of calls) {
    const found = await makeCheck(call, { files, mask, standIns, programs });
    outcomes.push({ host, program: call.program, files: filesOf(call), ...found });
  }
  return outcomes;
}

/** A host's files as programs read them, and the mask for the output of these programs. */
interface Shown {
  files: ReadonlyMap<string, TreeFile>;
  mask: Mask;
  standIns: StandIns;
  programs: Programs;
}

/** Makes one check; returns what is to be said of it. */
async function makeCheck(
  call: ProgramCall,
  { files, mask, standIns, programs }: Shown,
): Promise<Pick<CheckOutcome, "missing" | "refused">> {
  const root = mkdtempSync(join(tmpdir(), "ha-monitoring-check-"));
  // The user of an image reads it, too.
  chmodSync(root, 0o755);
  const options = { root, network: call.network ?? false };
  try {
    const tree = new Tree(root, files, call.mounts ?? {});
    const words = call.words.map((word) => {
      if (typeof word === "string") return word;
      return "file" in word ? tree.place(word.file) : tree.add(standIns.fill(word.text));
    });
    const ran = await programs.run(call.program, words, options);
    if ("missing" in ran) return ran;
    const said = refusal(ran, call.ignores ?? []);
    if (said === undefined) return {};
    const refused = mask.hide(tree.asOnHost(said)).map((line) => standIns.reveal(line));
    const older = call.version && olderThan(call.version, await programs.version(call.program, options));
    return older
      ? {
          missing: `it is ${older} here and refuses what ${call.version} of the hosts may take (${refused.at(-1)})`,
        }
      : { refused };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** The version that was found, when it is older than the host's. */
function olderThan(wanted: string, found: string | undefined): string | undefined {
  return found !== undefined && valid(wanted) !== null && lt(found, wanted) ? found : undefined;
}

/** What a program said against the files; undefined when it has nothing against them. */
function refusal({ status, said }: Exclude<Ran, { missing: string }>, ignores: string[]): string | undefined {
  if (status === 0) return undefined;
  const patterns = ignores.map((each) => new RegExp(each));
  const lines = said.split("\n").filter((line) => line.trim() !== "");
  const against = lines.filter((line) => !patterns.some((pattern) => pattern.test(line)));
  if (against.length === 0 && lines.length > 0) return undefined;
  return against.length > 0 ? against.join("\n") : `it ended with status ${status}`;
}

function filesOf({ words, reads = [] }: ProgramCall): string[] {
  const named = words.flatMap((word) => {
    if (typeof word === "string") return [];
    return "file" in word ? word.file : word.of;
  });
  return [...named, ...reads];
}
