import { parse } from "semver";
import { formatPath, type Problem } from "./problem";
import { findingsOf, type FieldTable, type Secret } from "./upstreamFields";
import { ruleProblems, type SectionRules } from "./upstreamRules";

/** What is wrong with a configuration by the program's own fields. */
export interface UpstreamFindings {
  problems: Problem[];
  /** What another version may take, and secrets in the clear. */
  warnings: Problem[];
}

/** No findings. */
export const nothingFound: UpstreamFindings = { problems: [], warnings: [] };

/** Where a program comes from whose configuration is checked. */
export interface CheckedProgram {
  table: FieldTable;
  /** Its version; undefined when it is not known, as that of an image or a package. */
  version: string | undefined;
  rules: SectionRules;
  /** What to do with a secret in the clear. */
  secretFix: (secret: Secret) => string;
}

/**
 * Checks a configuration against the fields of its program. Only for the version of the table is a finding a mistake: others may know more
 * fields, or fewer, so there it is a warning, and the program on the host has the last word.
 *
 * @param known problems that are found already: what stands at the same path is not said again.
 */
export function upstreamFindings(
  { table, version, rules, secretFix }: CheckedProgram,
  root: string,
  config: unknown,
  known: readonly Problem[] = [],
): UpstreamFindings {
  const { problems, sections, secrets } = findingsOf(table, root, config);
  const seen = new Set(known.map(({ path }) => formatPath(path)));
  const wrong = [...problems, ...ruleProblems(rules, sections)].filter(
    ({ path }) => !seen.has(formatPath(path)),
  );
  const clear = secrets.map((secret) => ({
    path: secret.path,
    says: `the secret stands in the clear in the program, in diffs and in the state; ${secretFix(secret)}`,
  }));
  if (isSameMinor(version, table.version)) return { problems: wrong, warnings: clear };
  const unsure = wrong.map(({ path, says }) => ({
    path,
    says: `${table.program} ${table.version} would refuse this: ${says}. ${version === undefined ? "The version that runs is not known here" : `${version} may take it`}`,
  }));
  return { problems: [], warnings: [...unsure, ...clear] };
}

/** Releases of one minor version know the same fields. */
function isSameMinor(version: string | undefined, other: string): boolean {
  const [one, two] = [parse(version), parse(other)];
  return one !== null && one.major === two?.major && one.minor === two.minor;
}
