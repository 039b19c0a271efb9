/** Kinds of tokens. A keyword is one of Go's template language, and "other" is a character that no rule knows. */
export type TokenKind =
  | "text"
  | "left"
  | "right"
  | "space"
  | "="
  | ":="
  | "|"
  | "("
  | ")"
  | "string"
  | "rawString"
  | "character"
  | "number"
  | "complex"
  | "variable"
  | "field"
  | "."
  | "identifier"
  | "boolean"
  | "nil"
  | "keyword"
  | "other"
  | "error"
  | "end";

/** A token with its place in the text. The text of an error is its message. */
export interface Token {
  kind: TokenKind;
  text: string;
  at: number;
  /** Where it ends. */
  end: number;
}

const keywords = new Set("block break continue define else end if range template with".split(" "));
const trimmable = /[ \t\r\n]/;
const rightDelimiter = /(?:[ \t\r\n]-)?\}\}/y;
const word = /[_\p{L}\p{Nd}]*/uy;
const number =
  /[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?|0[oO][0-7_]*(?:\.[0-7_]*)?|0[bB][01_]*(?:\.[01_]*)?|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?)i?/y;

/** Literals between quotes: what is missing when one does not end. */
const quoted: Record<string, { kind: TokenKind; whole: RegExp; name: string }> = {
  '"': { kind: "string", whole: /"(?:[^"\\\n]|\\[^\n])*"/uy, name: "quoted string" },
  "'": { kind: "character", whole: /'(?:[^'\\\n]|\\[^\n])*'/uy, name: "character constant" },
  "`": { kind: "rawString", whole: /`[^`]*`/y, name: "raw quoted string" },
};

/**
 * Reads a text as the lexer of Go's text/template does (text/template/parse/lex.go of Go 1.24 to 1.26), with the delimiters {{ and }}.
 *
 * @returns tokens, the last of which is an end or an error.
 */
export function templateTokens(text: string): Token[] {
  return new Lexer(text).all();
}

class Lexer {
  private readonly tokens: Token[] = [];
  private position = 0;

  public constructor(private readonly text: string) {}

  public all(): Token[] {
    while (this.literalText()) {
      if (!this.isComment()) {
        this.position = this.afterLeftDelimiter();
        let depth: number | undefined = 0;
        while (depth !== undefined) depth = this.insideAction(depth);
      }
      if (this.tokens.at(-1)?.kind === "error") break;
    }
    return this.tokens;
  }

  /** Reads up to the next action and emits its delimiter, unless it is a comment; false at the end. */
  private literalText(): boolean {
    const from = this.position;
    const left = this.text.indexOf("{{", from);
    const to = left < 0 ? this.text.length : left;
    const literal = this.text.slice(from, to);
    const isTrimmed = left >= 0 && this.hasTrimMarker(left + 2);
    const kept = isTrimmed ? literal.replace(/[ \t\r\n]+$/, "") : literal;
    if (kept !== "") this.push("text", from, from + kept.length);
    this.position = to;
    if (left < 0) this.push("end", to, to);
    return left >= 0;
  }

  private hasTrimMarker(at: number): boolean {
    return this.text[at] === "-" && trimmable.test(this.text[at + 1] ?? "");
  }

  private afterLeftDelimiter(): number {
    const left = this.position;
    this.push("left", left, left + 2);
    return this.afterMarker(left + 2);
  }

  private afterMarker(at: number): number {
    return this.hasTrimMarker(at) ? at + 2 : at;
  }

  private isComment(): boolean {
    const from = this.afterMarker(this.position + 2);
    if (!this.text.startsWith("/*", from)) return false;
    const close = this.text.indexOf("*/", from + 2);
    const right = close < 0 ? undefined : this.match(rightDelimiter, close + 2);
    if (close < 0) this.fail("unclosed comment", from);
    else if (right === undefined) this.fail("comment ends before closing delimiter", close);
    else this.position = this.afterRight(close + 2, right);
    return true;
  }

  /** Where the text goes on after a right delimiter, which may trim what follows. */
  private afterRight(at: number, delimiter: string): number {
    let next = at + delimiter.length;
    if (delimiter.length > 2) while (trimmable.test(this.text[next] ?? "")) next++;
    return next;
  }

  /** Reads one token of an action; returns the depth of parentheses, or undefined when the action has ended. */
  private insideAction(depth: number): number | undefined {
    const from = this.position;
    const right = this.match(rightDelimiter, from);
    if (right !== undefined) {
      if (depth > 0) return this.fail("unclosed left paren", from);
      this.push("right", from, from + right.length);
      this.position = this.afterRight(from, right);
      return undefined;
    }
    const character = this.characterAt(from);
    if (character === undefined) return this.fail("unclosed action", from);
    if (character === "(") depth++;
    if (character === ")" && --depth < 0) return this.fail("unexpected right paren", from);
    return this.token(character, from) ? depth : undefined;
  }

  private token(character: string, from: number): boolean {
    if (trimmable.test(character)) return this.space(from);
    if (/[=|()]/.test(character)) return this.push(character as TokenKind, from, from + 1);
    if (character === ":") {
      return this.text[from + 1] === "=" ? this.push(":=", from, from + 2) : !!this.fail("expected :=", from);
    }
    const literal = quoted[character];
    if (literal !== undefined) {
      const whole = this.match(literal.whole, from);
      return whole === undefined
        ? !!this.fail(`unterminated ${literal.name}`, from)
        : this.push(literal.kind, from, from + whole.length);
    }
    if (character === "$") return this.named("variable", from);
    if (character === "." && !/[0-9]/.test(this.text[from + 1] ?? "")) return this.named("field", from);
    if (/[.+\-0-9]/.test(character)) return this.number(from);
    if (/[_\p{L}\p{Nd}]/u.test(character)) return this.identifier(from);
    if (/[ -~]/.test(character)) return this.push("other", from, from + 1);
    return !!this.fail(`unrecognized character ${JSON.stringify(character)}`, from);
  }

  /** The last space before a delimiter with a trim marker belongs to the delimiter. */
  private space(from: number): boolean {
    let to = from;
    while (trimmable.test(this.text[to] ?? "")) to++;
    return this.push("space", from, this.text.startsWith("-}}", to) ? to - 1 : to);
  }

  private named(kind: "variable" | "field", from: number): boolean {
    const to = from + 1 + (this.match(word, from + 1)?.length ?? 0);
    if (!this.isTerminated(to)) return false;
    return this.push(kind === "field" && to === from + 1 ? "." : kind, from, to);
  }

  private identifier(from: number): boolean {
    const name = this.match(word, from) ?? "";
    const to = from + name.length;
    if (!this.isTerminated(to)) return false;
    if (keywords.has(name)) return this.push("keyword", from, to);
    if (name === "true" || name === "false") return this.push("boolean", from, to);
    return this.push(name === "nil" ? "nil" : "identifier", from, to);
  }

  /** Whether a name may end here; what follows else is a mistake. */
  private isTerminated(at: number): boolean {
    const next = this.characterAt(at);
    if (next === undefined || /[ \t\r\n.,|:)(]/.test(next) || this.text.startsWith("}}", at)) return true;
    return !!this.fail(`bad character ${JSON.stringify(next)}`, at);
  }

  private number(from: number): boolean {
    const real = this.numberEnd(from);
    if (real === undefined) return false;
    if (!/[+-]/.test(this.text[real] ?? "")) return this.push("number", from, real);
    const imaginary = this.numberEnd(real);
    if (imaginary === undefined) return false;
    if (this.text[imaginary - 1] !== "i") return !!this.fail("bad number syntax", from);
    return this.push("complex", from, imaginary);
  }

  private numberEnd(from: number): number | undefined {
    const end = from + (this.match(number, from)?.length ?? 0);
    return /[_\p{L}\p{Nd}]/u.test(this.characterAt(end) ?? "") ? this.fail("bad number syntax", from) : end;
  }

  private match(pattern: RegExp, at: number): string | undefined {
    pattern.lastIndex = at;
    return pattern.exec(this.text)?.[0];
  }

  private characterAt(at: number): string | undefined {
    const code = this.text.codePointAt(at);
    return code === undefined ? undefined : String.fromCodePoint(code);
  }

  private push(kind: TokenKind, at: number, end: number): true {
    this.tokens.push({ kind, text: this.text.slice(at, end), at, end });
    this.position = end;
    return true;
  }

  private fail(message: string, at: number): undefined {
    this.tokens.push({ kind: "error", text: message, at, end: this.text.length });
    return undefined;
  }
}
