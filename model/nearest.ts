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

/** Without what differs between styles of names: `scrapeInterval`, `scrape-interval` and `scrape_interval` are alike. */
function simplified(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, "");
}

/** How many characters are to be added, taken out or replaced between two words (Levenshtein's distance). */
function distance(one: string, other: string): number {
  let above = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 1; row <= one.length; row++) {
    const current = [row];
    for (let column = 1; column <= other.length; column++) {
      const replaced = (above[column - 1] as number) + (one[row - 1] === other[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (above[column] as number) + 1, (current[column - 1] as number) + 1));
    }
    above = current;
  }
  return above[other.length] as number;
}
