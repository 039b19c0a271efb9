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
