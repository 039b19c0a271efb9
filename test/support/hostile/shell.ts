import type { Tree } from "./tree";

const operator = /^(?:\|\||&&|;;|>>|<<|>&|<&|[|&;<>(){}!])/;

/**
 * Words and operators of a shell command (POSIX, 2.3): what single quotes hold is text; what else is expanded stays as it was written, with
 * a list around it, so that an expansion is never the same as a text.
 */
export function readShell(command: string): Tree {
  const found: Tree[] = [];
  let rest = command.trimStart();
  while (rest !== "") {
    if (rest.startsWith("#")) throw new Error(`a comment: ${rest}`);
    if (/^[\n\r]/.test(rest)) throw new Error("a second line");
    const sign = operator.exec(rest)?.[0];
    // A brace is an operator only as a word of its own.
    if (sign !== undefined && !(/^[{}!]$/.test(sign) && /^.[^\s;]/.test(rest))) {
      found.push([`operator ${sign}`]);
      rest = rest.slice(sign.length);
    } else {
      const [word, after] = readWord(rest);
      found.push(word);
      rest = after;
    }
    rest = rest.replace(/^[ \t]+/, "");
  }
  return found;
}

/** The first word, and what follows it. */
function readWord(text: string): [Tree, string] {
  let [value, isExpanded, at] = ["", false, 0];
  while (at < text.length) {
    const rest = text.slice(at);
    if (/^[\s|&;<>()]/.test(rest)) break;
    const single = /^'([^']*)'/.exec(rest);
    const double = /^"((?:[^"\\$`]|\\.|\$\((?:[^()"]|"[^"]*")*\)|\$)*)"/s.exec(rest);
    const expansion = /^\$\((?:[^()]|\([^()]*\))*\)|^\$\{[^}]*\}|^\$\w*/.exec(rest);
    const escaped = /^\\([^\n])/.exec(rest);
    const piece =
      single ?? double ?? expansion ?? escaped ?? (/^['"`\\]/.test(rest) ? undefined : /^[^]/.exec(rest));
    if (!piece) throw new Error(`an open quote: ${rest}`);
    value += (single ?? double ?? escaped)?.[1] ?? piece[0];
    isExpanded ||= expansion !== null || (double !== null && piece[0].includes("$"));
    isExpanded ||= !single && !double && !expansion && !escaped && /^[*?[~]/.test(piece[0]);
    at += piece[0].length;
  }
  return [isExpanded ? ["expanded", value] : value, text.slice(at)];
}
