import type { TemplateMistake } from "./goTemplateTree";

/** Longest action that a message quotes. */
const longest = 80;
/** In the place of words that may be secret. */
const hidden = "a word in it has no meaning there, or its }} is missing";

/**
 * A sentence about a mistake in a template: where it is, and the action that it is in, nothing else of the text.
 *
 * @param isSecret whether the text is a secret: then nothing of it is quoted.
 */
export function mistakeSentence(
  text: string,
  { at, says, quotes }: TemplateMistake,
  isSecret = false,
): string {
  const action = actionAt(text, at);
  const before = text.slice(0, action?.isClosed === false ? action.from : at);
  const line = before.split("\n").length;
  const column = [...before.slice(before.lastIndexOf("\n") + 1)].length + 1;
  const quoted = action?.isClosed && !isSecret ? `, in ${shortened(text.slice(action.from, action.to))}` : "";
  const isHidden = quotes && (isSecret || action?.isClosed !== true);
  return `the template is wrong at line ${line}, column ${column}${quoted}: ${isHidden ? hidden : says}`;
}

/** What follows an action that is not closed is none of it, and may be a secret. */
function actionAt(text: string, at: number): { from: number; to: number; isClosed: boolean } | undefined {
  const from = text.lastIndexOf("{{", at);
  if (from < 0) return undefined;
  const close = text.indexOf("}}", from);
  if (close >= 0 && close + 2 <= at) return undefined;
  const next = text.indexOf("{{", from + 2);
  return { from, to: close + 2, isClosed: close >= 0 && (next < 0 || next > close) };
}

function shortened(action: string): string {
  return action.length > longest ? `${action.slice(0, longest)}…` : action;
}
