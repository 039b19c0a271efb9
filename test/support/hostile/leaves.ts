import type { AnyField } from "../../../model/fields";
import type { Path } from "../../../model/problem";

/** A place in the arguments: a value, or the name of an entry of a section. */
export interface Leaf {
  path: Path;
  isKey: boolean;
  /** What is there; the text of a key is its name. */
  value: unknown;
}

/**
 * Every value in the arguments that holds no others, and every name that is the user's own. Where only another program knows the names, those
 * with a hyphen are the user's.
 */
export function leavesOf(value: unknown, field: AnyField | undefined, path: Path = []): Leaf[] {
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown, index) => leavesOf(item, field?.item, [...path, index]));
  }
  if (typeof value !== "object" || value === null) {
    return value === undefined ? [] : [{ path, isKey: false, value }];
  }
  return Object.entries(value).flatMap(([name, inner]) => {
    const at = [...path, name];
    const below = leavesOf(inner, field?.fields?.[name], at);
    return isOwnName(name, field) ? [{ path: at, isKey: true, value: name }, ...below] : below;
  });
}

function isOwnName(name: string, field: AnyField | undefined): boolean {
  return field?.kind === "texts" || (field?.fields === undefined && name.includes("-"));
}

/** The arguments with another text in the place of a text, wherever it is a whole value or a whole name of the user's own. */
export function replaced(value: unknown, field: AnyField | undefined, from: unknown, to: string): unknown {
  if (value === from) return to;
  if (Array.isArray(value)) return value.map((item) => replaced(item, field?.item, from, to));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name === from && isOwnName(name, field) ? to : name,
      replaced(inner, field?.fields?.[name], from, to),
    ]),
  );
}

/** The arguments with what `change` makes of the value at a path. */
export function changedAt(value: unknown, path: Path, change: (value: unknown) => unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return change(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => (index === step ? changedAt(item, rest, change) : item));
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]: [string, unknown]) => [
      name,
      name === step ? changedAt(inner, rest, change) : inner,
    ]),
  );
}

/** Paths of all settings that hold a text, or what another program reads; `*` stands for any entry of a list. */
export function textSettings(field: AnyField, path: string[] = []): string[] {
  if (field.item !== undefined) return textSettings(field.item, [...path, "*"]);
  if (field.fields !== undefined) {
    return Object.entries(field.fields).flatMap(([name, inner]) => textSettings(inner, [...path, name]));
  }
  return ["text", "texts", "anything"].includes(field.kind) ? [path.join(".")] : [];
}
