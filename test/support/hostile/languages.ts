/** Readers of the languages that are rendered: each finds what the program that reads the language would find. */
import { parseAllDocuments } from "yaml";
import { treeOf, type Tree } from "./tree";

/** YAML. Go's reader knows the line ends of YAML 1.1, and so must this one. */
export function readYaml(text: string): Tree {
  const control = /[^\t\n\r -~\u0085\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}\ufeff]/u.exec(
    text,
  );
  if (control) throw new Error(`${JSON.stringify(control[0])} is no character of YAML`);
  const documents = parseAllDocuments(text.replaceAll(/[\u0085\u2028\u2029]/g, "\n"), { uniqueKeys: true });
  if (!Array.isArray(documents) || documents.length !== 1) throw new Error("one document is expected");
  const [document] = documents;
  for (const error of document?.errors ?? []) throw error;
  return treeOf(document?.toJS({ mapAsMap: true }));
}

/** A unit of systemd (systemd.syntax(7)): settings in order, the words of a command each by itself. */
export function readUnit(text: string): Tree {
  let section = "";
  const lines = text.split(/\r\n|[\n\r\0]/).filter((line) => !/^\s*([#;]|$)/.test(line));
  return lines.map((line) => {
    if (line.endsWith("\\")) throw new Error(`${line} goes on in the next line`);
    const head = /^\[(.*)\]$/.exec(line)?.[1];
    if (head !== undefined) section = head;
    if (head !== undefined) return [`[${head}]`];
    const [, setting = "", value = ""] = /^([A-Za-z]+)=(.*)$/s.exec(line) ?? [];
    if (setting === "") throw new Error(`${line} is no setting`);
    return [
      section,
      setting,
      ...(setting.startsWith("Exec") ? unitWords(value) : withoutSpecifiers(value).split(" ")),
    ];
  });
}

// Specifiers and variables are written by nobody here: what is left of them was meant to be a text.
function withoutSpecifiers(text: string): string {
  if (/%[A-Za-z]/.test(text.replaceAll("%%", ""))) throw new Error(`${text} has a specifier in it`);
  return text.replaceAll("%%", "%");
}

/** The words of a command in a unit (systemd.service(5)): blanks part them, quotes hold them together, `;` parts commands. */
function unitWords(value: string): string[] {
  if (/\$(?!\$|MAINPID\b)/.test(value.replaceAll("$$", ""))) throw new Error(`${value} has a variable in it`);
  const words = value.match(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s"']+|["']/gs) ?? [];
  return words.map((word) => {
    if (word === ";" || /^["']$/.test(word)) throw new Error(`${value} has ${word} in it`);
    const isQuoted = /^["']/.test(word);
    if (!isQuoted && word.includes("\\")) throw new Error(`${value} has an escape in it`);
    const inner = isQuoted ? word.slice(1, -1).replaceAll(/\\(["'\\])/g, "$1") : word;
    return withoutSpecifiers(inner).replaceAll("$$", "$");
  });
}

/** The configuration of HAProxy (section 2.2 of its manual): lines of words, which quotes hold together and `#` ends. */
export function readHaproxy(text: string): Tree {
  return linesOf(text).map((line) => {
    const found = line.match(/"(?:[^"\\]|\\.)*"|'[^']*'|\\.|#.*|\s+|[^\s"'\\#]+|["']/g) ?? [];
    const words: string[] = [""];
    for (const part of found) {
      if (/^["']$/.test(part)) throw new Error(`${line} has an open quote`);
      if (part.startsWith("#")) break;
      if (/^\s/.test(part)) words.push("");
      else words.push(`${words.pop() ?? ""}${part}`);
    }
    return words.filter(Boolean);
  });
}

/** A ruleset of nftables: lines of words, of which a comment in quotes is one. */
export function readNftables(text: string): Tree {
  return linesOf(text).map((line) => {
    if ((line.match(/"/g) ?? []).length % 2 > 0) throw new Error(`${line} has an open quote`);
    return line.trim().match(/"[^"]*"|#.*|[{};]|[^\s"{};#]+/g) ?? [];
  });
}

/** Settings of WireGuard or ssh: lines of words. Comments count, because a program of ours reads those of WireGuard. */
export function readWords(text: string): Tree {
  return linesOf(text.replaceAll(/\r/g, "\n")).map((line) => line.trim().split(/[ \t]+/));
}

/** `NAME VALUE` in each line. */
export function readSettings(text: string): Tree {
  return linesOf(text).map((line) => [line.split(" ", 1)[0] ?? "", line.slice(line.indexOf(" ") + 1)]);
}

/** Keys of hosts: an alias, a type, a key, and a comment to the end of the line. */
export function readKnownHosts(text: string): Tree {
  return linesOf(text).map((line) => /^(\S+) (\S+) ([\w+/=]+)(.*)$/s.exec(line)?.slice(1) ?? [line]);
}

function linesOf(text: string): string[] {
  return text.split("\n").filter((line) => line.trim() !== "");
}
