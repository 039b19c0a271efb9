import { regexProblem } from "./regexes";

/** One comparison of a label, as Alertmanager reads it. */
interface Matcher {
  name: string;
  operator: string;
  value: string;
}

const example = `write for example severity="critical" or service=~"api|web"`;
const classicMatcher = /^([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(=~|=|!=|!~)\s*([^]*)$/;
const token = /\s*(?:([{},])|(=~|!=|!~|=)|("(?:[^"\\]|\\[^])*"|[^\s{}!=~,\\"'`]+))/y;

/**
 * Reads what is wrong with a text of `matchers`: one or several comparisons. Alertmanager reads it by its newer grammar of UTF-8, or else
 * by the classic one, so what either takes is right.
 */
export function matchersProblem(text: string): string | undefined {
  const problems = [utf8Matchers(text), classicMatchers(text)].map((matchers) =>
    matchers === undefined
      ? `${JSON.stringify(text)} is not a matcher; ${example}`
      : regexesProblem(text, matchers),
  );
  // The classic grammar takes nearly everything, and so its reason is the better one.
  return problems.includes(undefined) ? undefined : problems[1];
}

function regexesProblem(text: string, matchers: Matcher[]): string | undefined {
  for (const { operator, value } of matchers) {
    const problem = operator.endsWith("~") ? regexProblem(value) : undefined;
    if (problem !== undefined)
      return `${JSON.stringify(text)} has a regular expression that RE2 refuses: ${problem}`;
  }
  return undefined;
}

/** matcher/parse of Alertmanager; undefined where that refuses. */
function utf8Matchers(text: string): Matcher[] | undefined {
  const words = wordsOf(text);
  if (words === undefined) return undefined;
  const isOpen = words[0] === "{";
  if (isOpen !== (words.length > 1 && words.at(-1) === "}")) return undefined;
  const inside = isOpen ? words.slice(1, -1) : words;
  if (inside.at(-1) === "," && inside.length > 1) inside.pop();
  const matchers: Matcher[] = [];
  for (let at = 0; at < inside.length; at += 4) {
    const [name = "", operator = "", value = "", comma = ","] = inside.slice(at, at + 4);
    const isMatcher = isText(name) && /^(=~|!=|!~|=)$/.test(operator) && isText(value) && comma === ",";
    if (!isMatcher || at + 4 === inside.length) return undefined;
    matchers.push({ name: unquoted(name), operator, value: unquoted(value) });
  }
  return matchers;
}

function wordsOf(text: string): string[] | undefined {
  const words: string[] = [];
  const trimmed = text.trimEnd();
  token.lastIndex = 0;
  while (token.lastIndex < trimmed.length) {
    const found = token.exec(trimmed);
    if (found === null) return undefined;
    words.push((found[1] ?? found[2] ?? found[3]) as string);
  }
  return words;
}

function isText(word: string): boolean {
  return word !== "" && !/^([{},]|=~|!=|!~|=)$/.test(word);
}

// Escapes of Go that JSON has not are rare, and nothing is refused for them.
function unquoted(word: string): string {
  if (!word.startsWith('"')) return word;
  try {
    return JSON.parse(word) as string;
  } catch {
    return "";
  }
}

/** labels.ParseMatchers of Alertmanager; undefined where that refuses. */
function classicMatchers(text: string): Matcher[] | undefined {
  const inside = text.replace(/^\{/, "").replace(/\}$/, "");
  const parts = inside.match(/(?:"(?:\\[^]|[^"\\])*"|\\[^]|[^,])+|,(?=\s*,)|^,/g) ?? [];
  const matchers = parts.filter((part) => part.trim() !== "").map(classicOne);
  return matchers.includes(undefined) ? undefined : (matchers as Matcher[]);
}

function classicOne(text: string): Matcher | undefined {
  const [, name = "", operator = "", raw = ""] = classicMatcher.exec(text.trim()) ?? [];
  const isQuoted = raw.startsWith('"');
  const [, value] = /^"?((?:\\[^]|[^"\\]|\\$)*)"?$/.exec(raw) ?? [];
  const isClosed = raw.length > 1 && /[^\\](\\\\)*"$/.test(raw);
  if (name === "" || value === undefined || isQuoted !== isClosed) return undefined;
  return {
    name,
    operator,
    value: value.replace(/\\([n"\\])/g, (_, each: string) => (each === "n" ? "\n" : each)),
  };
}
