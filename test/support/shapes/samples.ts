import { inspect } from "node:util";
import { formatPath, type Path } from "../../../model/problem";
import type { Mutation } from "./mutations";

/** Texts in the stacks of `bases` that no sentence may hold: contents of private keys and of secret files. */
const secrets = [
  "bm90IGEga2V5",
  "YW5kIGEga2V5",
  "content of the token",
  "content of the hook",
  "secret that is known later",
];

/** Secrets that must not be told after these changes. A copy may put the content of a file where names belong; a private key is known by its form. */
export function secretTexts(changes: Mutation[]): string[] {
  const isMoved = changes.some(({ kind }) => kind === "copy" || kind === "cycle");
  return isMoved ? secrets.filter((text) => !text.startsWith("content")) : secrets;
}

/** What the changes put into the arguments, as text. */
export function givenBy(changes: Mutation[]): string {
  return changes
    .map(({ name, value }) => `${name} ${inspect(value(), { depth: 8, maxStringLength: 2000 })}`)
    .join("\n");
}

/** A change in words. */
export function describeMutation({ kind, name, from, value }: Mutation, path: Path): string {
  const put = inspect(value(), { depth: 2, breakLength: Infinity, maxStringLength: 80 }).slice(0, 200);
  return `${kind} ${formatPath(path)} (${kind === "replace" || kind === "add a name" ? `${JSON.stringify(name.slice(0, 20))}, ${put}` : from})`;
}
