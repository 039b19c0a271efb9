import { isKnown } from "../../../model/known";
import type { AnyField } from "../../../model/fields";
import { formatPath, sentences, type Path, type Problem } from "../../../model/problem";

/** What the text of an exception has in it, or a value that is put into a sentence without being looked at. */
const notForPeople =
  /\[object |TypeError|RangeError|ReferenceError|Cannot (read|convert|access|mix|destructure)|is not (a function|iterable|an object)|Maximum call stack|Invalid array length|circular|\bat .*\.[jt]s:\d|Symbol\(|function ?\(|=>|\[native|null prototype|Invalid Date/i;

/** Words that a user may have written, and else stand for a value that was not looked at. */
const words = ["undefined", "NaN"];

/** What is wrong with the problems that a check found: each must name a place that the user can find, in words for people, without a secret. */
export function problemFaults(
  problems: Problem[],
  { args, field, given, secrets }: { args: object; field: AnyField; given: string; secrets: string[] },
): string[] {
  return problems.flatMap((problem) => {
    const at = `${formatPath(problem.path)}: ${problem.says.slice(0, 300)}`;
    const faults = [
      ...(isPlace(args, field, problem.path) ? [] : ["leads nowhere"]),
      ...sentenceFaults(sentences([problem])[0] ?? "", given, secrets),
    ];
    return faults.map((fault) => `${fault}: ${at}`);
  });
}

/** The same for a sentence. */
export function sentenceFaults(sentence: string, given: string, secrets: string[]): string[] {
  const strange = notForPeople.exec(sentence)?.[0];
  return [
    ...(sentence.length < 10 ? ["is no sentence"] : []),
    ...(strange !== undefined && !given.includes(strange) ? [`says ${JSON.stringify(strange)}`] : []),
    ...words
      .filter((word) => new RegExp(`\\b${word}\\b`).test(sentence) && !given.includes(word))
      .map((word) => `says ${word}`),
    ...secrets.filter((secret) => sentence.includes(secret)).map(() => "tells a secret"),
  ];
}

/** Whether each step of a path is in the value, or could be; what stands in a text or in a value that is known later is not looked for. */
function isPlace(value: unknown, field: AnyField | undefined, path: Path): boolean {
  const [step, ...rest] = path;
  if (step === undefined || typeof value === "string" || !isKnown(value))
    return path.length === 0 || value !== undefined;
  const named = typeof step === "number" ? field?.item : ownOf(field?.fields, step);
  const inner = ownOf(value, step);
  if (named === undefined && inner === undefined && field?.fields !== undefined) return false;
  return isPlace(inner, named as AnyField | undefined, rest);
}

function ownOf(value: unknown, step: string | number): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, step)
    ? (value as Record<string | number, unknown>)[step]
    : undefined;
}
