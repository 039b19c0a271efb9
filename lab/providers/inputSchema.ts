import { randomBytes } from "node:crypto";
import { changedKeys } from "../properties/diff";
import { canonicalJson, equalValues, type PropertyMap, type PropertyValue } from "../properties/values";
import type { Instance, ProviderContext, ProviderDiff } from "./provider";

/** How the inputs of one type behave, after the schema of the provider that the real plugin bridges. */
export interface InputSchema {
  /** Inputs whose change needs a new instance. */
  replacing: readonly string[];
  /** Inputs that change in place. */
  updating: readonly string[];
  /** Lists whose order means nothing. */
  sets: readonly string[];
  /** Inputs that keep their old value when they are taken away, since the machine or service fills them in. */
  computed: readonly string[];
  /** Whether the old instance always goes first. */
  deleteBeforeReplace: boolean;
  /** Whether a name that the program leaves open is made up. If the program gives one, the old instance goes first. */
  autonamed: boolean;
}

/** All inputs of a type. */
export function supportedInputs(schema: InputSchema): string[] {
  return [...schema.replacing, ...schema.updating];
}

/** What changed inputs mean. */
export function diffBySchema(schema: InputSchema, old: Instance, inputs: PropertyMap): ProviderDiff {
  const normalize = (properties: PropertyMap) => sortSets(properties, schema.sets);
  const changed = changedKeys(normalize(old.inputs), normalize(inputs)).filter(
    (key) => !(inputs[key] === undefined && schema.computed.includes(key)),
  );
  const replace = changed.filter((key) => schema.replacing.includes(key));
  return {
    changed,
    replace,
    deleteBeforeReplace: schema.deleteBeforeReplace || (schema.autonamed && !isNameMadeUp(inputs)),
  };
}

/** Whether a resource's name was made up, not given by the program. */
export function isNameMadeUp(inputs: PropertyMap): boolean {
  return equalValues(inputs["__defaults"], ["name"]);
}

/** A name that the program leaves open: made up once and then kept. */
export function madeUpName(old: PropertyMap | undefined, context: ProviderContext): PropertyMap {
  const kept = old && isNameMadeUp(old) ? old["name"] : undefined;
  return {
    name: kept ?? `${context.name}-${randomBytes(4).toString("hex").slice(0, 7)}`,
    __defaults: ["name"],
  };
}

function sortSets(properties: PropertyMap, sets: readonly string[]): PropertyMap {
  return Object.fromEntries(
    Object.entries(properties).map(([key, value]) => [key, sets.includes(key) ? sortDeep(value) : value]),
  );
}

function sortDeep(value: PropertyValue): PropertyValue {
  if (Array.isArray(value))
    return value.map(sortDeep).sort((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, sortDeep(part)]));
}
