import { isKnown } from "./known";
import type { AnyField } from "./fields";
import { problemAt, under, type Problem } from "./problem";

/**
 * The arguments without those that hold nothing. A key without a value in YAML is null, and programs write `undefined` for what they leave
 * out: both mean the default. In a list an empty entry stays, because others would move up.
 */
export function withoutEmpty<T>(field: AnyField, value: T): T {
  if (typeof value !== "object" || value === null || !isKnown(value) || field.kind === "anything")
    return value;
  if (Array.isArray(value)) {
    const { item } = field;
    // From a list with holes, `from` makes one with entries.
    return Array.from(value as unknown[], (entry) =>
      item === undefined ? entry : withoutEmpty(item, entry),
    ) as T;
  }
  if (field.kind === "texts") return fromEntries(value, (each) => each !== undefined) as T;
  const { fields } = field;
  if (field.kind !== "section" || fields === undefined || !isData(value)) return value;
  const given = fromEntries(value, (each) => each !== undefined && each !== null);
  for (const [name, inner] of Object.entries(fields)) {
    if (Object.hasOwn(given, name)) given[name] = withoutEmpty(inner, given[name]);
  }
  return given as T;
}

function fromEntries(value: object, isGiven: (each: unknown) => boolean): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => isGiven(each)));
}

/** Whether a value is a section: an object that is no list, and none of JavaScript's own, such as a Map or a Date, whose content is not in its properties. */
export function isData(value: unknown): value is object {
  return Object.prototype.toString.call(value) === "[object Object]" && isKnown(value);
}

/** Arguments that may be Outputs or promises, by the section that has them. */
export type LaterNames = ReadonlyMap<AnyField, Readonly<Record<string, true>>>;

/** Outputs and promises among arguments that must be known before anything is deployed. */
export function laterProblems(
  names: LaterNames,
  field: AnyField,
  value: unknown,
  isLater = false,
): Problem[] {
  if (isLater) return [];
  if (!isKnown(value)) {
    return problemAt(
      [],
      "an Output or a promise was given, but the stack needs the value before anything is deployed; give the value itself",
    );
  }
  if (typeof value !== "object" || value === null || field.kind === "anything") return [];
  if (Array.isArray(value)) {
    const { item } = field;
    return item === undefined
      ? []
      : value.flatMap((entry: unknown, index) => under([index], laterProblems(names, item, entry)));
  }
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    const isLaterToo = Object.hasOwn(names.get(field) ?? {}, name);
    const { fields = {} } = field;
    const kind = field.kind === "texts" ? text : Object.hasOwn(fields, name) ? fields[name] : undefined;
    return kind === undefined ? [] : under([name], laterProblems(names, kind, inner, isLaterToo));
  });
}

const text: AnyField = { kind: "text", problems: () => [] };
