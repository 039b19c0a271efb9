import type * as pulumi from "@pulumi/pulumi";
import { isData } from "./given";
import { isKnown } from "./known";
import { unknownSetting } from "./nearest";
import { problemAt, under, type Problem } from "./problem";

/** The kind of a setting: `texts` are texts by name, `anything` is checked by its own function or by the program that reads it. */
export type Kind = "flag" | "number" | "text" | "texts" | "list" | "section" | "anything";

/** The kinds that a setting of a TypeScript type may be declared as: a flag that is declared as a text does not compile. */
export type KindOf<V> = [V] extends [boolean]
  ? "flag"
  : [V] extends [number]
    ? "number"
    : [V] extends [string]
      ? "text"
      : [V] extends [readonly unknown[]]
        ? "list" | "anything"
        : "section" | "texts" | "anything";

/** A value of the type when no Output is left in it. */
export type Known<T> = pulumi.Unwrap<NonNullable<T>>;

/** A setting: its kind, and the check of its value. */
export interface Field<V> {
  readonly kind: KindOf<V>;
  /** Checks a value of this kind; Outputs in it are skipped. */
  readonly problems: (value: V) => Problem[];
  /** Settings of a section, by name. */
  readonly fields?: Record<string, AnyField>;
  /** Names of the settings that a section must have. */
  readonly required?: readonly string[];
  /** What each entry of a list is. */
  readonly item?: AnyField;
}

/** A setting of any type. */
export type AnyField = Omit<Field<never>, "kind"> & { readonly kind: Kind };

/** A setting for each argument of an interface: the compiler refuses one that is missing and one too many. */
export type FieldsOf<T> = { readonly [K in keyof T]-?: Field<Known<T[K]>> };

/** Names of the arguments that an interface requires: the compiler refuses one that is missing and one too many. */
export type RequiredOf<T> = { readonly [K in keyof T as undefined extends T[K] ? never : K]: true };

/** A single value with a check, which returns what is wrong with it. */
export function leaf<V>(kind: KindOf<V>, wrong: (value: V) => string | undefined): Field<V> {
  return { kind, problems: (value) => problemAt([], wrong(value)) };
}

/**
 * The arguments of an interface.
 *
 * @param together checks several arguments against each other; Outputs among them are not resolved.
 */
export function section<T extends object>(
  fields: FieldsOf<T>,
  required: RequiredOf<T>,
  together: (args: T) => Problem[] = () => [],
): Field<T> & { readonly fields: FieldsOf<T> & Record<string, AnyField> } {
  const all = fields as FieldsOf<T> & Record<string, AnyField>;
  return {
    kind: "section" as KindOf<T>,
    fields: all,
    required: Object.keys(required),
    problems: (args) => [
      ...Object.entries(all).flatMap(([name, field]) =>
        under([name], valueProblems(field, (args as Record<string, unknown>)[name])),
      ),
      ...together(args),
    ],
  };
}

/** A list of entries that are all alike. */
export function list<V>(item: Field<V>, together: (entries: V[]) => Problem[] = () => []): Field<V[]> {
  return {
    kind: "list",
    item,
    problems: (entries) => [
      ...entries.flatMap((entry, index) => under([index], valueProblems(item, entry))),
      ...together(entries),
    ],
  };
}

/** Everything that is wrong with a value. A part of it that is missing or has the wrong kind is not checked any further. Outputs are skipped. */
export function problemsOf(field: AnyField, value: unknown): Problem[] {
  const shape = [...missingProblems(field, value), ...kindProblems(field, value)];
  return shape.length > 0 ? shape : valueProblems(field, value);
}

/** The same for a value of which other parts are checked elsewhere: nothing has to be there. */
export function partProblems(field: AnyField, value: unknown): Problem[] {
  const kinds = kindProblems(field, value);
  return kinds.length > 0 ? kinds : valueProblems(field, value);
}

/** Values of another kind than their settings have, e.g. a text where a flag belongs. Never quotes a value: it may be a secret in the wrong place. */
export function kindProblems(field: AnyField, value: unknown): Problem[] {
  if (isMissing(value) || !isKnown(value)) return [];
  if (field.kind === "anything") {
    const tooDeep = depthProblem(value);
    return tooDeep === undefined ? dataProblems(value) : problemAt([], tooDeep);
  }
  if (!fits[field.kind](value)) return problemAt([], `${describe(value)} was given; ${needed[field.kind]}`);
  if (field.kind === "texts") {
    return [
      ...nameProblems(value),
      ...Object.entries(value).flatMap(([name, text]) =>
        under([name], isMissing(text) ? missingEntry(anyText) : kindProblems(anyText, text)),
      ),
    ];
  }
  if (typeof value === "string") return dataProblems(value);
  if (Array.isArray(value)) {
    const item = field.item as AnyField;
    return value.flatMap((entry: unknown, index) =>
      under([index], isMissing(entry) ? missingEntry(item) : kindProblems(item, entry)),
    );
  }
  return Object.entries(field.fields ?? {}).flatMap(([name, inner]) =>
    under([name], kindProblems(inner, (value as Record<string, unknown>)[name])),
  );
}

/** Values that no configuration can hold, and characters in its texts that no file, argument or state can hold: what arrives would be another text. */
function dataProblems(value: unknown): Problem[] {
  if (typeof value === "string") return problemAt([], unwritable(value));
  if (isMissing(value) || !isKnown(value)) return [];
  if (Array.isArray(value)) {
    return value.flatMap((each: unknown, index) => under([index], dataProblems(each)));
  }
  if (!isData(value)) {
    const isWritable = typeof value === "number" || typeof value === "boolean";
    return problemAt([], isWritable ? undefined : `${describe(value)} was given, ${unwritten}`);
  }
  // Instances of classes, such as resources, hold more than data.
  if (!isPlainObject(value)) return [];
  return [
    ...nameProblems(value),
    ...Object.entries(value).flatMap(([name, each]) => under([name], dataProblems(each))),
  ];
}

const unwritten = "which no configuration can hold; write a text, a number, a flag, a list or a section";

/** Levels of lists and sections in a configuration of another program. Checks go down level by level, and would go on forever in a value that holds itself. */
const mostLevels = 100;

function depthProblem(value: unknown): string | undefined {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= mostLevels; depth++) {
    // A value that stands in many places is looked at once.
    level = [...new Set(level.flatMap(contentOf))];
    if (level.length === 0) return undefined;
  }
  return `it holds itself, or has more than ${mostLevels} levels of lists and sections; write it with fewer levels`;
}

function contentOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  return isData(value) && isPlainObject(value) ? Object.values(value) : [];
}

function nameProblems(section: object): Problem[] {
  return Object.keys(section).flatMap((name) =>
    problemAt([], unwritable(name, `the name ${JSON.stringify(name)}`)),
  );
}

function unwritable(text: string, what = "the text"): string | undefined {
  const found = text.search(/\0|\p{Cs}/u);
  if (found < 0) return undefined;
  const code = text.charCodeAt(found).toString(16).toUpperCase().padStart(4, "0");
  return `character ${found + 1} of ${what} is U+${code}, which no file and no argument of a program can hold; leave it out`;
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Settings that a section must have and has not. */
export function missingProblems(field: AnyField, value: unknown): Problem[] {
  if (isMissing(value) || !isKnown(value)) return [];
  if (Array.isArray(value)) {
    const { item } = field;
    return item === undefined
      ? []
      : value.flatMap((entry: unknown, index) => under([index], missingProblems(item, entry)));
  }
  const { fields = {}, required = [] } = field;
  if (!isData(value)) return [];
  return Object.entries(fields).flatMap(([name, inner]) => {
    const given = (value as Record<string, unknown>)[name];
    const isNeeded = required.includes(name) && isMissing(given);
    return isNeeded
      ? problemAt([name], "this is needed, and was not given")
      : under([name], missingProblems(inner, given));
  });
}

/** Names in a section that no setting has. */
export function unknownNames(field: AnyField, value: unknown): Problem[] {
  if (Array.isArray(value)) {
    return field.item === undefined
      ? []
      : value.flatMap((entry: unknown, index) => under([index], unknownNames(field.item as AnyField, entry)));
  }
  if (field.fields === undefined || typeof value !== "object" || value === null) return [];
  const { fields } = field;
  return Object.entries(value).flatMap(([name, inner]) =>
    Object.hasOwn(fields, name)
      ? under([name], unknownNames(fields[name] as AnyField, inner))
      : problemAt([name], unknownSetting(name, Object.keys(fields))),
  );
}

function valueProblems(field: AnyField, value: unknown): Problem[] {
  return isMissing(value) || !isKnown(value) ? [] : field.problems(value as never);
}

// A key without a value in YAML is null: nothing was given.
function isMissing(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

function missingEntry({ kind }: AnyField): Problem[] {
  return kind === "anything" ? [] : problemAt([], `the entry is empty; ${needed[kind]}`);
}

const anyText: AnyField = { kind: "text", problems: () => [] };

const fits: Record<Exclude<Kind, "anything">, (value: unknown) => boolean> = {
  flag: (value) => typeof value === "boolean",
  number: (value) => typeof value === "number",
  text: (value) => typeof value === "string",
  texts: isData,
  list: Array.isArray,
  section: isData,
};

const needed: Record<Exclude<Kind, "anything">, string> = {
  flag: "write true or false, without quotes",
  number: "write a number, without quotes",
  text: "write a text, in quotes if it looks like a number or a flag",
  texts: "write a section of texts by name",
  list: "write a list",
  section: "write a section of settings by name",
};

/** A value in a sentence: texts in quotes, single values as they are, all others by their kind. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return typeof value === "number" || typeof value === "boolean" ? String(value) : describe(value);
}

function describe(value: unknown): string {
  if (isMissing(value)) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (isData(value)) return "a section";
  if (typeof value === "object") return `JavaScript's ${Object.prototype.toString.call(value).slice(8, -1)}`;
  return { string: "a text", boolean: "a flag" }[typeof value as string] ?? `a ${typeof value}`;
}
