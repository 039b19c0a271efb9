/**
 * The allowed word that a wrong one was probably meant to be: at most two letters differ, or a third of the word, whatever their case.
 *
 * @returns undefined when none is near.
 */
export function nearest(word: string, allowed: readonly string[]): string | undefined {
  const most = Math.min(2, Math.floor(word.length / 3));
  const [best] = allowed
    .map((each) => ({ each, distance: distance(word.toLowerCase(), each.toLowerCase()) }))
    .filter((candidate) => candidate.distance <= most)
    .sort((one, other) => one.distance - other.distance);
  return best?.each;
}

/** The same as the end of a sentence, or an empty text. */
export function didYouMean(word: string, allowed: readonly string[]): string {
  const near = nearest(word, allowed);
  return near === undefined ? "" : `; did you mean ${near}?`;
}

/** Number of letters to insert, to remove or to replace (Levenshtein). */
function distance(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > 2) return Infinity;
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [line, letter] of [...one].entries()) {
    const next = [line + 1];
    for (let column = 1; column <= other.length; column++) {
      const replaced = (row[column - 1] ?? 0) + (letter === other[column - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
