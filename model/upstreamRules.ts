import { placeholder } from "./known";
import { problemAt, under, type Problem } from "./problem";
import type { Section } from "./upstreamFields";

/** Rules by the struct that a mapping is read into; paths are relative to the mapping. */
export type SectionRules = Readonly<Record<string, (section: Section) => Problem[]>>;

/** The problems of all mappings that have rules. */
export function ruleProblems(rules: SectionRules, sections: readonly Section[]): Problem[] {
  return sections.flatMap((section) => under(section.path, rules[section.struct]?.(section) ?? []));
}

/** Whether a field has a value that counts: upstream takes an empty text for none. */
export function isGiven(value: unknown, ...others: unknown[]): boolean {
  return value !== undefined && value !== null && value !== "" && !others.includes(value);
}

/** One of several fields is needed. What comes from elsewhere, such as the global section, is among `alternatives`. */
export function needsOneOf(
  value: Readonly<Record<string, unknown>>,
  names: readonly string[],
  ...alternatives: unknown[]
): Problem[] {
  if (names.some((name) => isGiven(value[name])) || alternatives.some((each) => isGiven(each))) return [];
  return problemAt([], `${listed(names, "or")} is needed, and was not given`);
}

/** A field is needed. */
export function needs(
  value: Readonly<Record<string, unknown>>,
  name: string,
  ...alternatives: unknown[]
): Problem[] {
  return needsOneOf(value, [name], ...alternatives).map(({ says }) => ({
    path: [name],
    says: says.replace(name, "this"),
  }));
}

/** Several fields of which upstream takes one at most. An Output may be empty once its value is known. */
export function atMostOne(value: Readonly<Record<string, unknown>>, ...names: string[]): Problem[] {
  const given = names.filter((name) => isGiven(value[name], placeholder));
  return problemAt(
    [given[1] ?? ""],
    given.length > 1 ? `${given[0]} is given, too; leave one of them out` : undefined,
  );
}

/** A text that must be one of some. */
export function oneOfTexts(value: unknown, name: string, texts: readonly string[]): Problem[] {
  const isOther = typeof value === "string" && value !== placeholder && !texts.includes(value);
  return problemAt(
    [name],
    isOther
      ? `this must be ${listed(
          texts.map((each) => `"${each}"`),
          "or",
        )}`
      : undefined,
  );
}

/** Names in a sentence. */
export function listed(names: readonly string[], word: "and" | "or"): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} ${word} ${names.at(-1)}`;
}
