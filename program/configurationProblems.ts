import { configurationFields, type Field, type Fields } from "./configurationFields";

/** What is wrong with the shape of a configuration, key by key, one sentence each. */
export interface ShapeProblems {
  /** What has another form than it must have, so that nothing can be made of it. */
  misshapen: string[];
  /** What nobody would read. */
  unknown: string[];
}

/** Compares a configuration with the fields that there are. */
export function shapeProblems(values: Record<string, unknown>): ShapeProblems {
  const found: ShapeProblems = { misshapen: [], unknown: [] };
  checkSection("", values, configurationFields, found);
  return found;
}

function checkField(path: string, value: unknown, field: Field, found: ShapeProblems): void {
  // Nothing was said where a key has no value in YAML.
  if (value === undefined || value === null || field === "anything") return;
  const needs = (form: string) =>
    found.misshapen.push(`${path}: ${formOf(value)} was given; ${form} is needed`);
  if (field === "value") {
    if (typeof value === "object") needs("a single value");
  } else if (field !== "text by name" && "list" in field) {
    if (!Array.isArray(value)) needs("a list");
    else
      value.forEach((entry, at) => checkField(`${path}[${at}]`, entry ?? "", { section: field.list }, found));
  } else if (!isSection(value)) needs("a section of settings by name");
  else if (field !== "text by name") checkSection(`${path}.`, value, field.section, found);
  else Object.entries(value).forEach(([name, text]) => checkField(`${path}.${name}`, text, "value", found));
}

function checkSection(prefix: string, section: object, fields: Fields, found: ShapeProblems): void {
  for (const [name, value] of Object.entries(section)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field !== undefined) checkField(`${prefix}${name}`, value, field, found);
    else {
      const known = Object.keys(fields).sort().join(", ");
      found.unknown.push(`${prefix}${name}: there is no such setting; there are ${known}`);
    }
  }
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// Never the value itself: it may be a secret in the wrong place.
function formOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a section";
  return typeof value === "string" ? "a text" : `a ${typeof value}`;
}
