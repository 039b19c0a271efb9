import { RE2JS } from "re2js";

/** Reads why Prometheus and Alertmanager refuse a regular expression: their syntax is RE2's, without lookaround and references. */
export function regexProblem(text: string): string | undefined {
  try {
    RE2JS.compile(text);
    return undefined;
  } catch (error) {
    return (error as Error).message.replace(/^error parsing regexp: /, "");
  }
}

/**
 * The same as a sentence.
 *
 * @param written the text as its author wrote it; by default in quotes.
 */
export function regexSentence(text: string, written = JSON.stringify(text)): string | undefined {
  const problem = regexProblem(text);
  return problem && `${written} is not a regular expression of RE2: ${problem}`;
}
