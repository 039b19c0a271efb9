import { Parser } from "@prometheus-io/codemirror-promql/dist/cjs/parser/parser.js";
import { parser } from "@prometheus-io/lezer-promql";
import { regexSentence } from "./regexes";

type Tree = ReturnType<typeof grammar.parse>;

const grammar = parser.configure({ top: "PromQL" });

/** What Prometheus takes and upstream's grammar for editors does not know: numbers that end with a dot, and a series called offset. */
const unknownToGrammar = /\d\.(?!\d)|\boffset\s*\{/;
/** The parser gives up on hundreds of operators in one another, which Prometheus takes: longer expressions are left to promtool. */
const longest = 4_000;
/** Upstream's checks for editors refuse two matchers of the name, and Prometheus takes them. */
const strictMessage = /^metric name must not be set twice/;

/**
 * Reads what is wrong with an expression in upstream's own words: the grammar and the checks of types, functions and numbers of arguments
 * with which Prometheus' pages mark mistakes. They are those of Prometheus 3.14 with all experimental features. What passes may still be
 * refused by promtool on the host, for example a function that is experimental.
 *
 * @returns undefined when there is nothing wrong.
 */
export function promqlProblem(expression: string): string | undefined {
  if (expression.length > longest || unknownToGrammar.test(expression)) return undefined;
  const tree = grammar.parse(expression);
  const syntax = syntaxProblem(expression, tree);
  if (syntax !== undefined) return syntax;
  const [first] = mistakesIn(expression, tree);
  if (first !== undefined) return `${first.message}, in ${quote(expression.slice(first.from, first.to))}`;
  return matchersProblem(expression, tree);
}

/** Regular expressions of label matchers. Strings with escapes that JSON has not are left to promtool. */
function matchersProblem(text: string, tree: Tree): string | undefined {
  const cursor = tree.cursor();
  do {
    if (cursor.name !== "EqlRegex" && cursor.name !== "NeqRegex") continue;
    const value = cursor.node.parent?.parent?.getChild("StringLiteral");
    const written = value ? text.slice(value.from, value.to) : "";
    const regex = stringValue(written);
    const problem = regex === undefined ? undefined : regexSentence(regex, written);
    if (problem !== undefined) return problem;
  } while (cursor.next());
  return undefined;
}

function stringValue(written: string): string | undefined {
  const inside = written.slice(1, -1);
  if (written.startsWith("`") || !inside.includes("\\")) return inside;
  try {
    return JSON.parse(`"${inside.replaceAll("\\'", "'").replaceAll(/(?<!\\)"/g, '\\"')}"`) as string;
  } catch {
    return undefined;
  }
}

/** Runs upstream's checks without the editor that they are written for: of its state they use the text, and the tree is theirs to replace. */
function mistakesIn(expression: string, tree: Tree) {
  const state = {
    sliceDoc: (from: number, to: number) => expression.slice(from, to),
    field: () => undefined,
  };
  const checker = new Parser(state as unknown as ConstructorParameters<typeof Parser>[0]);
  Object.assign(checker, { tree });
  checker.analyze();
  return checker
    .getDiagnostics()
    .filter(({ severity, message }) => severity === "error" && !strictMessage.test(message));
}

function syntaxProblem(text: string, tree: Tree): string | undefined {
  const cursor = tree.cursor();
  do {
    if (!cursor.type.isError) continue;
    const rest = text.slice(cursor.from);
    if (rest.trim() === "") return "it ends too early";
    const before = text.slice(0, cursor.from).trimEnd();
    const isCall = rest.startsWith("(") && cursor.node.parent?.name === "VectorSelector";
    return isCall
      ? `${quote(/\w*$/.exec(before)?.[0] ?? "")} is not a function of PromQL`
      : `unexpected ${quote(rest)}`;
  } while (cursor.next());
  return undefined;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
