/**
 * Splits a text into words as a POSIX shell does, and as Ansible's inventory does: quotes and backslashes, without anything that a shell
 * would replace.
 *
 * @param comments whether `#` begins a comment.
 * @throws when a quote is not closed.
 */
export function splitWords(text: string, comments = false): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let index = 0; index < text.length; index++) {
    const character = text[index] as string;
    if (quote !== "") {
      if (character === quote) quote = "";
      else if (character === "\\" && quote === '"' && /["\\]/.test(text[index + 1] ?? ""))
        word += text[++index] ?? "";
      else word += character;
    } else if (comments && character === "#") break;
    else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word ??= "";
      if (character === "'" || character === '"') quote = character;
      else if (character === "\\") word += text[++index] ?? "";
      else word += character;
    }
  }
  if (quote !== "") throw new Error(`a quote (${quote}) is not closed`);
  return word === undefined ? words : [...words, word];
}
