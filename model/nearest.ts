/** The known name that differs least from a name, if it differs so little that a slip explains it: a third of its characters at most. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const plain = simplified(name);
  const [best] = known
    .map((each) => ({ each, distance: distance(plain, simplified(each)) }))
    .filter(({ each, distance: edits }) => edits <= Math.max(1, Math.floor(each.length / 3)))
    .sort((one, other) => one.distance - other.distance);
  return best?.each;
}

/** The same as the end of a sentence, or an empty text. */
export function didYouMean(word: string, allowed: readonly string[]): string {
  const near = nearest(word, allowed);
  return near === undefined ? "" : `; did you mean ${near}?`;
}

/** The same as a question before the next part of a sentence, or an empty text. */
export function suggestion(word: string, allowed: readonly string[]): string {
  const near = nearest(word, allowed);
  return near === undefined ? "" : `did you mean ${near}? `;
}

/** The sentence about a name that no setting has, with the nearest one and all that there are. */
export function unknownSetting(name: string, known: readonly string[]): string {
  return `there is no such setting; ${suggestion(name, known)}the settings here are ${[...known].sort().join(", ")}`;
}

/** Without what differs between styles of names: `scrapeInterval`, `scrape-interval` and `scrape_interval` are alike. */
function simplified(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, "");
}

/** How many characters are to be added, taken out, replaced or swapped with the next one (optimal string alignment). */
function distance(one: string, other: string): number {
  const rows = [Array.from({ length: other.length + 1 }, (_, index) => index)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? Infinity;
  for (let row = 1; row <= one.length; row++) {
    const current = [row];
    rows.push(current);
    for (let column = 1; column <= other.length; column++) {
      const isSame = one[row - 1] === other[column - 1];
      const isSwapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      current.push(
        Math.min(
          at(row - 1, column) + 1,
          at(row, column - 1) + 1,
          at(row - 1, column - 1) + (isSame ? 0 : 1),
          isSwapped ? at(row - 2, column - 2) + 1 : Infinity,
        ),
      );
    }
  }
  return at(one.length, other.length);
}
