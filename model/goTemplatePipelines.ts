import { isCharacter, isComplex, isNumber, unquoted } from "./goTemplateLiterals";
import type { Token, TokenKind } from "./goTemplateLexer";
import type { Operand, ParsedTemplates, Pipeline, TemplateSurroundings } from "./goTemplateTree";

/** Deepest nesting that is read: Go takes more, this parser calls itself. */
export const deepest = 500;

/** Ends the parsing. */
export class Mistake extends Error {
  public constructor(
    public readonly at: number,
    public readonly says: string,
    public readonly quotes = false,
  ) {
    super(says);
  }
}

/** Ends the parsing of what is nested too deeply. */
export class TooDeep extends Error {}

const operandStarts = new Set<TokenKind>([
  "boolean",
  "character",
  "complex",
  ".",
  "field",
  "identifier",
  "number",
  "nil",
  "rawString",
  "string",
  "variable",
  "(",
]);

/** Reads pipelines, the insides of actions. */
export class PipelineParser {
  protected next = 0;
  protected depth = 0;
  protected variables: string[];

  public constructor(
    private readonly tokens: Token[],
    private readonly surroundings: TemplateSurroundings,
    protected readonly result: ParsedTemplates,
  ) {
    this.variables = ["$", ...(surroundings.variables ?? [])];
  }

  protected name(token: Token, context: string): string {
    if (token.kind !== "string" && token.kind !== "rawString") throw this.unexpected(token, context);
    return this.text(token);
  }

  private text(token: Token): string {
    const value = unquoted(token.text);
    if (value === undefined) throw new Mistake(token.at, "a literal has an escape that Go does not have");
    return value;
  }

  protected pipeline(context: string, end: TokenKind): Pipeline {
    const { at } = this.peekNonSpace();
    const pipeline: Pipeline = { kind: "pipeline", variables: [], assigns: false, commands: [], at };
    while (this.declares(pipeline, context));
    for (;;) {
      const token = this.takeNonSpace();
      if (token.kind === end) break;
      if (!operandStarts.has(token.kind)) throw this.unexpected(token, context);
      this.next--;
      pipeline.commands.push(this.command());
    }
    if (pipeline.commands.length === 0) throw new Mistake(at, `missing value for ${context}`);
    const constant = pipeline.commands
      .slice(1)
      .find(([first]) => first && ["constant", "dot", "nil"].includes(first.kind));
    if (constant?.[0]) throw new Mistake(constant[0].at, "a value that is no function stands after |");
    return pipeline;
  }

  /** Reads one declaration; true when another one may follow. */
  private declares(pipeline: Pipeline, context: string): boolean {
    const variable = this.peekNonSpace();
    if (variable.kind !== "variable") return false;
    const from = this.next;
    this.take();
    const operator = this.takeNonSpace();
    const isComma = operator.kind === "other" && operator.text === ",";
    if (operator.kind !== "=" && operator.kind !== ":=" && !isComma) {
      this.next = from;
      return false;
    }
    pipeline.assigns = operator.kind === "=";
    pipeline.variables.push(variable.text);
    this.variables.push(variable.text);
    if (pipeline.assigns) pipeline.variables.forEach((each) => this.result.assigned.add(each));
    if (!isComma) return false;
    const following = this.peekNonSpace();
    if (context !== "range" || pipeline.variables.length > 1) {
      throw new Mistake(operator.at, `too many declarations in ${context}`);
    }
    if (following.kind === "variable" || following.kind === "right" || following.kind === ")") return true;
    throw new Mistake(following.at, "range can only initialize variables");
  }

  private command(): Operand[] {
    const operands: Operand[] = [];
    const { at } = this.peekNonSpace();
    for (;;) {
      this.peekNonSpace();
      const operand = this.operand();
      if (operand) operands.push(operand);
      const token = this.take();
      if (token.kind === "space") continue;
      if (token.kind === "right" || token.kind === ")") this.next--;
      else if (token.kind !== "|") throw this.unexpected(token, "operand");
      break;
    }
    if (operands.length === 0) throw new Mistake(at, "empty command");
    return operands;
  }

  private operand(): Operand | undefined {
    const term = this.term();
    if (term === undefined || this.peek().kind !== "field") return term;
    const names: string[] = [];
    while (this.peek().kind === "field") names.push(this.take().text.slice(1));
    if (term.kind === "field" || term.kind === "variable") {
      return { ...term, names: [...term.names, ...names] };
    }
    if (term.kind === "constant" || term.kind === "nil" || term.kind === "dot") {
      throw new Mistake(term.at, "a field of a value that has none");
    }
    return { kind: "chain", of: term, names, at: term.at };
  }

  private term(): Operand | undefined {
    const token = this.takeNonSpace();
    const { kind, text, at } = token;
    switch (kind) {
      case "identifier":
        return this.function(text, at);
      case ".":
        return { kind: "dot", at };
      case "nil":
        return { kind: "nil", at };
      case "variable":
        if (!this.variables.includes(text))
          throw new Mistake(at, `the variable ${text} is not declared`, true);
        return { kind: "variable", names: [text], at };
      case "field":
        return { kind: "field", names: [text.slice(1)], at };
      case "boolean":
        return { kind: "constant", at };
      case "character":
      case "complex":
      case "number": {
        const isValid = kind === "character" ? isCharacter : kind === "complex" ? isComplex : isNumber;
        if (!isValid(text)) throw new Mistake(at, `${text} is no ${kind} of Go`, true);
        return { kind: "constant", at };
      }
      case "(":
        return this.parenthesized();
      case "string":
      case "rawString":
        return { kind: "constant", at, value: this.text(token) };
      default:
        this.next--;
        return undefined;
    }
  }

  private parenthesized(): Pipeline {
    if (++this.depth > deepest) throw new TooDeep();
    const pipeline = this.pipeline("parenthesized pipeline", ")");
    this.depth--;
    return pipeline;
  }

  private function(name: string, at: number): Operand {
    const { functions, unknownFunction, otherFunctions = {} } = this.surroundings;
    if (functions !== undefined && !Object.hasOwn(functions, name)) {
      const says = `${name} is not a function${unknownFunction?.(name) ?? ""}`;
      throw new Mistake(at, says, !Object.hasOwn(otherFunctions, name));
    }
    return { kind: "function", name, at };
  }

  protected expectRight(context: string): void {
    const token = this.takeNonSpace();
    if (token.kind !== "right") throw this.unexpected(token, context);
  }

  protected unexpected({ kind, text, at }: Token, context: string): Mistake {
    if (kind === "error") return new Mistake(at, text);
    const shown = kind === "end" ? "end of the text" : kind === "keyword" ? `{{${text}}}` : text;
    return new Mistake(at, `unexpected ${shown} in ${context}`, shown === text);
  }

  protected isKeyword({ kind, text }: Token, ...names: string[]): boolean {
    return kind === "keyword" && names.includes(text);
  }

  protected take(): Token {
    const token = this.peek();
    this.next++;
    return token;
  }

  protected peek(): Token {
    return this.tokens[this.next] ?? (this.tokens.at(-1) as Token);
  }

  protected takeNonSpace(): Token {
    while (this.peek().kind === "space") this.next++;
    return this.take();
  }

  protected peekNonSpace(): Token {
    while (this.peek().kind === "space") this.next++;
    return this.peek();
  }
}
