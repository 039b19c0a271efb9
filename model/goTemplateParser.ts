import { templateTokens } from "./goTemplateLexer";
import { deepest, Mistake, PipelineParser, TooDeep } from "./goTemplatePipelines";
import type {
  Control,
  ParsedTemplates,
  Statement,
  TemplateMistake,
  TemplateSurroundings,
} from "./goTemplateTree";

/**
 * Parses a text as Go's text/template does (text/template/parse of Go 1.24 to 1.26).
 *
 * @returns what is in it, or the first mistake, or undefined when it is nested too deeply to be read here.
 */
export function parseTemplate(
  text: string,
  surroundings: TemplateSurroundings = {},
): ParsedTemplates | TemplateMistake | undefined {
  const result: ParsedTemplates = { own: [], defined: new Map(), assigned: new Set() };
  try {
    new TemplateParser(templateTokens(text), surroundings, result).parse();
    return result;
  } catch (error) {
    if (error instanceof Mistake) return { at: error.at, says: error.says, quotes: error.quotes };
    if (error instanceof TooDeep) return undefined;
    throw error;
  }
}

class TemplateParser extends PipelineParser {
  private ranges = 0;

  public parse(): void {
    while (this.peek().kind !== "end") {
      const from = this.next;
      if (this.take().kind === "left" && this.isKeyword(this.takeNonSpace(), "define")) {
        this.definition();
        continue;
      }
      this.next = from;
      const { statement, ends, at } = this.textOrAction();
      if (ends !== undefined) throw new Mistake(at, `unexpected {{${ends}}}`);
      if (statement) this.result.own.push(statement);
    }
  }

  private definition(): void {
    const name = this.name(this.takeNonSpace(), "define clause");
    this.expectRight("define clause");
    this.separately(name, "define clause");
  }

  /** A template of its own has its own variables, and is no part of a loop around it. */
  private separately(name: string, context: string): void {
    const { variables, ranges } = this;
    const { at } = this.peek();
    Object.assign(this, { variables: ["$"], ranges: 0 });
    const { body, ends } = this.list();
    if (ends !== "end") throw new Mistake(at, `unexpected {{${ends}}} in ${context}`);
    Object.assign(this, { variables, ranges });
    const earlier = this.result.defined.get(name);
    if (earlier !== undefined && !isEmpty(earlier)) {
      if (!isEmpty(body)) throw new Mistake(at, `${JSON.stringify(name)} is defined twice in one text`, true);
      return;
    }
    this.result.defined.set(name, body);
  }

  private list(): { body: Statement[]; ends: "end" | "else"; at: number } {
    if (++this.depth > deepest) throw new TooDeep();
    const body: Statement[] = [];
    while (this.peekNonSpace().kind !== "end") {
      const { statement, ends, at } = this.textOrAction();
      if (ends !== undefined) {
        this.depth--;
        return { body, ends, at };
      }
      if (statement) body.push(statement);
    }
    throw new Mistake(this.peek().at, "the text ends, and an {{end}} is missing");
  }

  private textOrAction(): { statement?: Statement; ends?: "end" | "else"; at: number } {
    const token = this.takeNonSpace();
    const { at } = token;
    if (token.kind === "text") return { statement: { kind: "text", isBlank: token.text.trim() === "" }, at };
    if (token.kind !== "left") throw this.unexpected(token, "input");
    const first = this.takeNonSpace();
    switch (first.kind === "keyword" ? first.text : undefined) {
      case "if":
      case "with":
      case "range":
        return { statement: this.control(first.text as Control), at };
      case "end":
        this.expectRight("end");
        return { ends: "end", at };
      case "else":
        if (!this.isKeyword(this.peekNonSpace(), "if", "with")) this.expectRight("else");
        return { ends: "else", at };
      case "break":
      case "continue":
        this.expectRight(`{{${first.text}}}`);
        if (this.ranges === 0) throw new Mistake(first.at, `{{${first.text}}} is outside of {{range}}`);
        return { statement: { kind: "jump" }, at };
      case "template":
        return { statement: this.templateCall(), at };
      case "block":
        return { statement: this.block(), at };
      default:
        this.next--;
        return { statement: { kind: "action", pipeline: this.pipeline("command", "right") }, at };
    }
  }

  private control(kind: Control): Statement {
    const known = this.variables.length;
    const pipeline = this.pipeline(kind, "right");
    if (kind === "range") this.ranges++;
    const { body, ends } = this.list();
    if (kind === "range") this.ranges--;
    let otherwise: Statement[] = [];
    if (ends === "else" && kind !== "range" && this.isKeyword(this.peek(), kind)) {
      this.take();
      if (++this.depth > deepest) throw new TooDeep();
      otherwise = [this.control(kind)];
      this.depth--;
    } else if (ends === "else") {
      const rest = this.list();
      if (rest.ends !== "end") throw new Mistake(rest.at, "a second {{else}}; {{end}} is expected");
      otherwise = rest.body;
    }
    this.variables.length = known;
    return { kind, pipeline, body, otherwise };
  }

  private templateCall(): Statement {
    const token = this.takeNonSpace();
    const name = this.name(token, "template clause");
    if (this.takeNonSpace().kind === "right") return { kind: "template", name, at: token.at };
    this.next--;
    return { kind: "template", name, pipeline: this.pipeline("template clause", "right"), at: token.at };
  }

  private block(): Statement {
    const token = this.takeNonSpace();
    const name = this.name(token, "block clause");
    const pipeline = this.pipeline("block clause", "right");
    this.separately(name, "block clause");
    return { kind: "template", name, pipeline, at: token.at };
  }
}

/** Whether a template holds nothing but white space and comments. */
export function isEmpty(body: Statement[]): boolean {
  return body.every((statement) => statement.kind === "text" && statement.isBlank);
}
