/** What a reader finds in a text: texts and other single values, lists, and entries by name. A Map, because names may be `__proto__`. */
export type Tree = string | number | boolean | null | Tree[] | Map<string, Tree>;

/** The tree of plain data. */
export function treeOf(value: unknown): Tree {
  if (value instanceof Map) return new Map([...value].map(([name, each]) => [String(name), treeOf(each)]));
  if (Array.isArray(value)) return value.map(treeOf);
  if (typeof value !== "object" || value === null) return (value ?? null) as Tree;
  return new Map(Object.entries(value).map(([name, each]) => [name, treeOf(each)]));
}

/** A text that takes the place of another one. */
export interface Replacement {
  from: string;
  to: string;
  /** Whether texts that follow from others must be the same. */
  isExact?: boolean;
}

/** Texts that follow from others, such as addresses and hashes. They mean nothing to any program that reads them. */
const derived = /^[\w.:/=+@,[\] -]*$/;

/**
 * Where a tree differs from what it would be if one text took the place of another everywhere: a name, a value or a word that is more, less
 * or another than that. Lists are compared in any order, because some are sorted by what is in them.
 */
export function differences(before: Tree, after: Tree, replacement: Replacement, at = ""): string[] {
  if (before instanceof Map || after instanceof Map) {
    return before instanceof Map && after instanceof Map
      ? mapDifferences(before, after, replacement, at)
      : [`${at}: ${kindOf(after)} is there, not ${kindOf(before)}`];
  }
  if (Array.isArray(before) || Array.isArray(after)) {
    return Array.isArray(before) && Array.isArray(after)
      ? listDifferences(before, after, replacement, at)
      : [`${at}: ${kindOf(after)} is there, not ${kindOf(before)}`];
  }
  if (before === after) return [];
  if (typeof before !== "string" || typeof after !== "string") {
    return typeof before === typeof after && typeof before === "number"
      ? []
      : [`${at}: ${JSON.stringify(after)} is there, not ${JSON.stringify(before)}`];
  }
  return textDifferences(before, after, replacement, at);
}

function textDifferences(before: string, after: string, replacement: Replacement, at: string): string[] {
  const expected = replaceText(before, replacement);
  // Slashes at the end of an address are cut off.
  if (after === expected || after === expected.replace(/\/+$/, "")) return unwritable(after, at);
  const isDerived = !replacement.isExact && !before.includes(replacement.from) && derived.test(after);
  return isDerived ? [] : [`${at}: ${shown(after)} is there, not ${shown(expected)}`];
}

function mapDifferences(
  before: Map<string, Tree>,
  after: Map<string, Tree>,
  replacement: Replacement,
  at: string,
): string[] {
  const expected = new Map([...before].map(([name, value]) => [replaceText(name, replacement), value]));
  const more = [...after.keys()].filter((name) => !expected.has(name));
  return [
    ...more.map((name) => `${at}: ${shown(name)} is more than there should be`),
    ...[...expected].flatMap(([name, value]) => {
      const found = after.get(name);
      if (found === undefined) return [`${at}: ${shown(name)} is missing`];
      return [...unwritable(name, at), ...differences(value, found, replacement, `${at} > ${shown(name)}`)];
    }),
  ];
}

function listDifferences(before: Tree[], after: Tree[], replacement: Replacement, at: string): string[] {
  if (before.length !== after.length) {
    return [
      `${at}: ${after.length} are there, not ${before.length}: ${shown(JSON.stringify(after.slice(-3)))}`,
    ];
  }
  const inOrder = (each: Tree, index: number) =>
    differences(each, after[index] as Tree, replacement).length === 0;
  if (before.every(inOrder)) return [];
  // First what is the same, so that what follows from other texts is compared to the like.
  const left = { before: [...before], after: [...after] };
  pair(left, { ...replacement, isExact: true });
  pair(left, replacement);
  const [missing] = left.before;
  return missing === undefined ? [] : differences(missing, closest(missing, left.after), replacement, at);
}

/** Takes out what has its like on the other side. */
function pair(left: { before: Tree[]; after: Tree[] }, replacement: Replacement): void {
  left.before = left.before.filter((each) => {
    const found = left.after.findIndex((other) => differences(each, other, replacement).length === 0);
    if (found >= 0) left.after.splice(found, 1);
    return found < 0;
  });
}

/** The text with another one in the place of each that is replaced. */
export function replaceText(text: string, { from, to }: Replacement): string {
  return text.replaceAll(from, () => to);
}

// No file name, argument or environment holds a NUL; a lone surrogate has no encoding in UTF-8, so another character would take its place.
function unwritable(text: string, at: string): string[] {
  return text.includes("\0") || /\p{Cs}/u.test(text) ? [`${at}: ${shown(text)} cannot be written`] : [];
}

/** Of many that differ, one with the same first word or name, so that the report shows the difference and not the order. */
function closest(tree: Tree, others: Tree[]): Tree {
  const firstOf = (each: Tree): unknown => {
    if (each instanceof Map) return [...each.values()][0];
    return Array.isArray(each) ? each[0] : each;
  };
  return others.find((other) => firstOf(other) === firstOf(tree)) ?? others[0] ?? null;
}

function kindOf(tree: Tree): string {
  if (tree instanceof Map) return "a section";
  return Array.isArray(tree) ? "a list" : `a ${typeof tree}`;
}

function shown(text: string): string {
  const quoted = JSON.stringify(text);
  return quoted.length > 200 ? `${quoted.slice(0, 200)}...` : quoted;
}
