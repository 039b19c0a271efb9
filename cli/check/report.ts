import type { CheckOutcome } from "./checkHosts";

/** What the checks found, in lines for people. */
export interface CheckReport {
  /** Files that were refused, with the words of the program. */
  errors: string[];
  /** What was checked, and what was not and why. */
  remarks: string[];
}

/** Sums up checks: each refusal once for all hosts that have it, programs in the order of their names. */
export function reportChecks(outcomes: readonly CheckOutcome[]): CheckReport {
  const checked = outcomes.filter(({ missing }) => missing === undefined);
  const missing = outcomes.filter((outcome) => outcome.missing !== undefined);
  const passed = counts(checked.filter(({ refused }) => refused === undefined));
  return {
    errors: refusals(outcomes),
    remarks: [
      ...(passed.length > 0
        ? [`checked: ${passed.map(([program, files]) => `${program} (${files})`).join(", ")}`]
        : []),
      ...counts(missing, (each) => each.missing as string).map(
        ([program, files, why]) => `not checked: ${program} (${files}): ${why}`,
      ),
    ],
  };
}

function refusals(outcomes: readonly CheckOutcome[]): string[] {
  const hosts = new Map<string, string[]>();
  for (const { host, program, files, refused } of outcomes) {
    if (refused === undefined) continue;
    const text = [`${files[0]}: ${program} refuses it`, ...refused.map((line) => `  ${line}`)].join("\n");
    hosts.set(text, [...(hosts.get(text) ?? []), host]);
  }
  return [...hosts].map(([text, names]) => `${names.join(", ")}: ${text}`);
}

/** Numbers of files by program, and by what else tells outcomes apart. */
function counts(
  outcomes: readonly CheckOutcome[],
  apart: (outcome: CheckOutcome) => string = () => "",
): [program: string, files: string, apart: string][] {
  const groups = new Map<string, { program: string; count: number; why: string }>();
  for (const outcome of outcomes) {
    const why = apart(outcome);
    const key = `${outcome.program} ${why}`;
    const count = (groups.get(key)?.count ?? 0) + outcome.files.length;
    groups.set(key, { program: outcome.program, count, why });
  }
  return [...groups.values()]
    .sort((one, other) => (one.program < other.program ? -1 : 1))
    .map(({ program, count, why }) => [program, count === 1 ? "1 file" : `${count} files`, why]);
}
