import { parseDuration } from "./durations";
import { placeholder } from "./known";
import { unknownSetting } from "./nearest";
import { problemAt, type Path, type Problem } from "./problem";
import { urlProblem, webUrlProblem } from "./urls";

/** What one version of a program reads, made by `npm run upstream-fields` from the structs of the program itself. */
export interface FieldTable {
  readonly program: string;
  readonly version: string;
  /** Kind of each configuration file, by a name of ours. */
  readonly roots: Readonly<Record<string, string>>;
  /**
   * Kind of each field by its name, by the name of the struct. Under "+" are structs whose fields are its own, too, and under "*" is the kind
   * of fields with any other name; "*_ending" stands for all names with this ending. A kind is one of `scalars`, the name of a struct, `[]` or `{}` and the kind of what is in the list or
   * mapping, or several with "|" between them.
   */
  readonly structs: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** A mapping that the program reads into a struct, given to rules of its own. */
export interface Section {
  struct: string;
  value: Readonly<Record<string, unknown>>;
  path: Path;
}

/** What is found in a configuration by the fields that its program knows. */
export interface Findings {
  problems: Problem[];
  /** Every mapping that is read into a struct. Structs whose fields are another's own, too, have the same mapping. */
  sections: Section[];
  /** Fields with a secret in the clear. */
  secrets: Secret[];
}

/** A field with a secret that is written in the configuration. */
export interface Secret {
  path: Path;
  /** The field beside it that takes a file instead, if there is one. */
  fileField: string | undefined;
}

/**
 * Finds fields that the program does not know and values of another kind than it reads. Values are not quoted: they may be secret. Placeholders
 * of values that are known later pass.
 *
 * @param root name of the configuration file in the table.
 */
export function findingsOf(table: FieldTable, root: string, value: unknown): Findings {
  const findings: Findings = { problems: [], sections: [], secrets: [] };
  visit({ table, findings }, table.roots[root] as string, value, []);
  return findings;
}

interface Visit {
  table: FieldTable;
  findings: Findings;
}

function visit(at: Visit, kinds: string, value: unknown, path: Path): void {
  // A field without a value has its default.
  if (value === undefined || value === null || isLater(value) || kinds === "anything") return;
  const all = kinds.split("|");
  const kind = all.find((each) => hasShape(each, value));
  if (kind === undefined)
    at.findings.problems.push({ path, says: `${describe(value)} was given; ${needed(all)}` });
  else if (Array.isArray(value)) visitList(at, kind.slice(2), value, path);
  else if (typeof value !== "object")
    at.findings.problems.push(...problemAt(path, scalars[kind]?.(value as Scalar)));
  else if (kind.startsWith("{}"))
    Object.entries(value).forEach(([name, each]) => visit(at, kind.slice(2), each, [...path, name]));
  else visitStruct(at, kind, value as Record<string, unknown>, path);
}

// Lists of these take an empty entry and go on without it. Others refuse it, or the program panics once it reads the entry.
const mayBeEmpty = new Set([
  ...["common.InhibitRule", "config.Receiver", "config.TimeInterval", "config.MuteTimeInterval"],
  ...["timeinterval.TimeInterval", "timeinterval.yamlTimeRange"],
]);

function visitList(at: Visit, kind: string, list: unknown[], path: Path): void {
  const needsEntry = Object.hasOwn(at.table.structs, kind) && !mayBeEmpty.has(kind);
  for (const [index, each] of list.entries()) {
    if (needsEntry && (each === undefined || each === null))
      at.findings.problems.push({
        path: [...path, index],
        says: "the entry is empty; fill it in, or leave it out",
      });
    else visit(at, kind, each, [...path, index]);
  }
}

/** Whether a value stands for one that is known later, or for an encrypted one, as `ha-monitoring render` and Alertmanager itself write it. */
function isLater(value: unknown): boolean {
  return value === placeholder || (typeof value === "string" && /^<secret( .*)?>$/.test(value));
}

function visitStruct(at: Visit, struct: string, value: Record<string, unknown>, path: Path): void {
  const { fields, structs } = fieldsOf(at.table, struct);
  at.findings.sections.push(...structs.map((each) => ({ struct: each, value, path })));
  for (const [name, each] of Object.entries(value)) {
    // The mark of YAML by which one mapping takes over the fields of another.
    if (name === "<<") continue;
    const kind = kindOf(fields, name);
    if (kind === undefined) {
      if (each !== undefined)
        at.findings.problems.push({ path: [...path, name], says: unknown(name, Object.keys(fields)) });
      continue;
    }
    visit(at, kind, each, [...path, name]);
    if (/secret(Url|TemplateUrl)?$/.test(kind) && holdsSecret(each)) {
      const fileField = [`${name}_file`, name === "secrets" ? "files" : ""].find((file) =>
        Object.hasOwn(fields, file),
      );
      at.findings.secrets.push({ path: [...path, name], fileField });
    }
  }
}

function kindOf(fields: Record<string, string>, name: string): string | undefined {
  if (Object.hasOwn(fields, name)) return fields[name];
  return Object.entries(fields).find(
    ([known]) => known.startsWith("*") && name.endsWith(known.slice(1)),
  )?.[1];
}

/** All fields of a struct, and the structs that they come from. */
function fieldsOf(table: FieldTable, struct: string): { fields: Record<string, string>; structs: string[] } {
  const { "+": inlined = "", ...own } = table.structs[struct] ?? {};
  const inner = inlined
    .split(",")
    .filter(Boolean)
    .map((each) => fieldsOf(table, each));
  return {
    fields: Object.assign({}, ...inner.map(({ fields }) => fields), own) as Record<string, string>,
    structs: [struct, ...inner.flatMap(({ structs }) => structs)],
  };
}

function unknown(name: string, known: string[]): string {
  return unknownSetting(
    name,
    known.filter((each) => !each.startsWith("*")),
  );
}

/** A URL of nothing but a host is no secret. */
function holdsSecret(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsSecret);
  if (typeof value === "object" && value !== null) return Object.values(value).some(holdsSecret);
  const isGiven = value !== undefined && value !== null && value !== "" && !isLater(value);
  return isGiven && !(typeof value === "string" && /^https?:\/\/[^/?#@]*\/?$/i.test(value));
}

type Scalar = string | number | boolean | bigint;

function hasShape(kind: string, value: unknown): boolean {
  if (Array.isArray(value)) return kind.startsWith("[]");
  if (typeof value === "object") return !kind.startsWith("[]") && !Object.hasOwn(scalars, kind);
  return Object.hasOwn(scalars, kind);
}

// YAML 1.1, which the programs read, has more words for truth values and more ways to write a number than version 1.2.
const flagWords = /^(y|yes|on|n|no|off)$/i;
const olderNumber = /^[-+]?(0b[01_]+|0o?[0-7_]+|0x[0-9a-f_]+|[0-9][0-9_]*(\.[0-9_]*)?(e[-+]?[0-9]+)?)$/i;
const goDuration = /^[-+]?(0|((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)$/;

const isNumber = (value: Scalar) =>
  typeof value === "number" ||
  typeof value === "bigint" ||
  (typeof value === "string" && /[_b]/i.test(value) && olderNumber.test(value));

/** What is wrong with a single value, by its kind. Where a program reads a text, it takes numbers and truth values as they are written. */
const scalars: Record<string, (value: Scalar) => string | undefined> = {
  text: () => undefined,
  secret: () => undefined,
  flag: (value) =>
    typeof value === "boolean" || (typeof value === "string" && flagWords.test(value))
      ? undefined
      : `${describe(value)} was given; write true or false, without quotes`,
  integer: (value) =>
    isNumber(value) ? undefined : `${describe(value)} was given; write a whole number, without quotes`,
  natural: (value) =>
    isNumber(value) && !(Number(value) < 0)
      ? undefined
      : `${isNumber(value) ? "a number below 0" : describe(value)} was given; write a whole number from 0 on, without quotes`,
  number: (value) =>
    isNumber(value) ? undefined : `${describe(value)} was given; write a number, without quotes`,
  duration: (value) =>
    parseDuration(String(value)) === undefined
      ? "this is not a duration; write for example 15s, 1m30s or 15d, largest unit first"
      : undefined,
  goDuration: (value) =>
    isNumber(value) || goDuration.test(String(value))
      ? undefined
      : "this is not a duration of Go; write for example 15s, 1m30s or 120h",
  url: (value) => urlProblem(String(value)),
  webUrl: (value) => webUrlProblem(String(value)),
  secretUrl: (value) => webUrlProblem(String(value)),
  // Alertmanager reads it as a URL once the template is filled in. An empty one counts as none.
  secretTemplateUrl: (value) =>
    value === "" || String(value).includes("{{") ? undefined : webUrlProblem(String(value)),
  hostPort: (value) =>
    value === "" || /:[^:\]]+$/.test(String(value))
      ? undefined
      : "this is not host:port; write for example mail.example.com:587",
};

function describe(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a section";
  return { string: "a text", boolean: "a flag" }[typeof value as string] ?? "a number";
}

function needed(kinds: string[]): string {
  const words = kinds.map((kind) => {
    if (kind.startsWith("[]")) return "a list";
    return Object.hasOwn(scalars, kind) ? "a single value" : "a section of settings by name";
  });
  return `write ${[...new Set(words)].join(" or ")}`;
}
