import {
  displayValue,
  equalValues,
  isObject,
  isSecret,
  unknownMarker,
  type PropertyMap,
  type PropertyValue,
} from "./values";

/** One property that changes. Values are fit to be shown: secrets are "[secret]", unknowns "[unknown]". */
export interface PropertyDiff {
  /** As in Pulumi's own paths: `connection.port`, `networksAdvanced[0].name`. */
  path: string;
  kind: "add" | "delete" | "update";
  old?: PropertyValue;
  new?: PropertyValue;
  /** Whether this change makes the resource be replaced. */
  replaces: boolean;
}

/** Every leaf in which two sets of properties differ, in the order of their keys. */
export function diffProperties(
  old: PropertyMap,
  next: PropertyMap,
  replaceKeys: readonly string[] = [],
): PropertyDiff[] {
  const keys = [...new Set([...Object.keys(old), ...Object.keys(next)])]
    .filter((key) => !key.startsWith("__"))
    .sort();
  return keys.flatMap((key) =>
    diffValue(key, old[key], next[key]).map((change) => ({ ...change, replaces: replaceKeys.includes(key) })),
  );
}

type Change = Omit<PropertyDiff, "replaces">;

function diffValue(path: string, old: PropertyValue | undefined, next: PropertyValue | undefined): Change[] {
  if (equalValues(old, next)) return [];
  if (old === undefined && next !== undefined) return [{ path, kind: "add", new: displayValue(next) }];
  if (old !== undefined && next === undefined) return [{ path, kind: "delete", old: displayValue(old) }];
  if (old === undefined || next === undefined) return [];
  if (isSecret(old) || isSecret(next)) return [maskedChange(path, next)];
  if (isObject(old) && isObject(next)) {
    const keys = [...new Set([...Object.keys(old), ...Object.keys(next)])].sort();
    return keys.flatMap((key) => diffValue(`${path}.${key}`, old[key], next[key]));
  }
  if (Array.isArray(old) && Array.isArray(next)) {
    const length = Math.max(old.length, next.length);
    return Array.from({ length }, (_, index) => index).flatMap((index) =>
      diffValue(`${path}[${index}]`, old[index], next[index]),
    );
  }
  return [{ path, kind: "update", old: displayValue(old), new: displayValue(next) }];
}

// A value that is secret on one side only would give the secret away on the other.
function maskedChange(path: string, next: PropertyValue): Change {
  return { path, kind: "update", old: "[secret]", new: next === unknownMarker ? "[unknown]" : "[secret]" };
}

/**
 * Whether a changed path is named by one of some patterns (`ignoreChanges`, `replaceOnChanges`, `hideDiffs`): the pattern is the path
 * or a part of it from the left; `*` stands for any key or index.
 */
export function matchesPath(path: string, patterns: readonly string[]): boolean {
  const parts = splitPath(path);
  return patterns.some((pattern) => {
    const wanted = splitPath(pattern);
    return (
      wanted.length <= parts.length && wanted.every((part, index) => part === "*" || part === parts[index])
    );
  });
}

/** `a.b[0]["c.d"]` as its keys and indices. */
export function splitPath(path: string): string[] {
  return [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[([^\]]*)\]|([^.[\]]+)/g)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? "",
  );
}

/** Top-level keys whose values differ, but for those that providers keep for themselves (`__defaults`). */
export function changedKeys(old: PropertyMap, next: PropertyMap): string[] {
  const keys = [...new Set([...Object.keys(old), ...Object.keys(next)])].filter(
    (key) => !key.startsWith("__"),
  );
  return keys.filter((key) => !equalValues(old[key], next[key]));
}
