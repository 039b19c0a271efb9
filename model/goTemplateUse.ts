import { didYouMean } from "./nearest";
import type { Operand, Pipeline, Statement } from "./goTemplateTree";

/** How many arguments a function takes, and the name of the type that it gives, if that is known. */
export interface TemplateFunction {
  least: number;
  most: number;
  gives?: string;
}

/** A type of values. What is undefined among its parts may be anything. */
export interface TemplateType {
  /** For messages. */
  name: string;
  /** Types of the fields of a structure. */
  fields?: Record<string, string | undefined>;
  methods?: Record<string, { takes: number; gives: string }>;
  /** Type of the elements of a list. */
  elements?: string;
  /** Type of the values of a map, whose keys may be anything. */
  entries?: string;
}

/** A template and the text that it comes from. */
export interface TemplateBody<Source> {
  source: Source;
  body: Statement[];
  /** Variables of the text that may have any type, because they are assigned to. */
  assigned: ReadonlySet<string>;
}

/** What templates are executed with. */
export interface TemplateWorld<Source> {
  functions: Record<string, TemplateFunction>;
  types: Record<string, TemplateType>;
  /** Types of variables that exist at the start. */
  variables?: Record<string, string | undefined>;
  /** Templates that are called by name. */
  templates: ReadonlyMap<string, TemplateBody<Source>>;
  /** Whether there is a template of a name that is none of these. */
  isTemplate: (name: string) => boolean;
  /** Names for suggestions. */
  names: readonly string[];
}

/** What always fails when a template is executed. */
export interface Misuse<Source> {
  source: Source;
  at: number;
  says: string;
  /** Whether the sentence has words of the template in it that may be secret. */
  quotes: boolean;
}

type Type = string | undefined;
type Scope = Map<string, Type>;

/**
 * Follows templates as Go's text/template executes them (text/template/exec.go of Go 1.26), with types for values, and finds actions that
 * fail whenever they are executed. Branches that cannot be reached are followed, too.
 *
 * @param start templates with the types that they are given.
 */
export function templateMisuses<Source>(
  start: { template: TemplateBody<Source>; dot: Type }[],
  world: TemplateWorld<Source>,
): Misuse<Source>[] {
  const jobs = [...start];
  const called = new Set<string>();
  const misuses: Misuse<Source>[] = [];
  const call = (name: string, dot: Type) => {
    const template = world.templates.get(name);
    const key = JSON.stringify([name, dot]);
    if (template === undefined || called.has(key)) return;
    called.add(key);
    jobs.push({ template, dot });
  };
  for (const [index, { template, dot }] of jobs.entries()) {
    const variables = index < start.length ? world.variables : undefined;
    const follower = new Follower(template, world, misuses, call);
    follower.start(dot, variables);
  }
  return misuses;
}

class Follower<Source> {
  public constructor(
    private readonly template: TemplateBody<Source>,
    private readonly world: TemplateWorld<Source>,
    private readonly misuses: Misuse<Source>[],
    private readonly call: (name: string, dot: Type) => void,
  ) {}

  public start(dot: Type, variables: Record<string, Type> = {}): void {
    const scope: Scope = new Map();
    Object.entries({ $: dot, ...variables }).forEach(([name, type]) => this.declare(name, type, scope));
    this.follow(this.template.body, dot, scope);
  }

  private follow(statements: Statement[], dot: Type, scope: Scope): void {
    for (const statement of statements) {
      if (statement.kind === "text" || statement.kind === "jump") continue;
      if (statement.kind === "action") this.pipeline(statement.pipeline, dot, scope);
      else if (statement.kind === "template") this.templateCall(statement, dot, scope);
      else this.control(statement, dot, scope);
    }
  }

  private templateCall(
    { name, pipeline, at }: Extract<Statement, { kind: "template" }>,
    dot: Type,
    scope: Scope,
  ): void {
    const given = pipeline && this.pipeline(pipeline, dot, scope);
    if (this.world.templates.has(name)) return this.call(name, given);
    if (this.world.isTemplate(name)) return;
    this.fail(
      at,
      `no template has the name ${JSON.stringify(name)}${didYouMean(name, this.world.names)}`,
      true,
    );
  }

  private control(
    { kind, pipeline, body, otherwise }: Extract<Statement, { otherwise: unknown }>,
    dot: Type,
    outer: Scope,
  ): void {
    const scope = new Map(outer);
    const value = this.pipeline(pipeline, dot, scope, kind === "range");
    const inside = kind === "range" ? this.element(value, pipeline.at) : kind === "with" ? value : dot;
    if (kind === "range") {
      const [first, second] = pipeline.variables;
      if (first) this.declare(first, second ? undefined : inside, scope);
      if (second) this.declare(second, inside, scope);
    }
    this.follow(body, inside, new Map(scope));
    this.follow(otherwise, dot, new Map(scope));
  }

  private element(type: Type, at: number): Type {
    const of = this.typeOf(type);
    if (of === undefined) return undefined;
    if (of.elements === undefined && of.entries === undefined) this.fail(at, `${of.name} is no list`);
    return of.elements ?? of.entries;
  }

  private declare(name: string, type: Type, scope: Scope): void {
    scope.set(name, this.template.assigned.has(name) ? undefined : type);
  }

  private pipeline({ commands, variables }: Pipeline, dot: Type, scope: Scope, isRange = false): Type {
    let value: Type;
    for (const [index, [first, ...others]] of commands.entries()) {
      others.forEach((operand) => this.operand(operand, 0, dot, scope));
      const given = others.length + (index > 0 ? 1 : 0);
      if (first?.kind === "nil") this.fail(first.at, "nil alone is no command");
      value = first && this.operand(first, given, dot, scope);
    }
    if (!isRange) variables.forEach((name) => this.declare(name, value, scope));
    return value;
  }

  private operand(operand: Operand, given: number, dot: Type, scope: Scope): Type {
    const { kind, at } = operand;
    switch (kind) {
      case "function":
        return this.function(operand.name, given, at);
      case "field":
        return this.fields(dot, operand.names, given, at, scope);
      case "variable": {
        const [name = "", ...fields] = operand.names;
        if (fields.length === 0) this.takesNothing(given, at);
        return this.fields(scope.get(name), fields, given, at, scope);
      }
      case "chain":
        return this.fields(this.operand(operand.of, 0, dot, scope), operand.names, given, at, scope);
      case "pipeline":
        this.takesNothing(given, at);
        return this.pipeline(operand, dot, scope);
      default:
        this.takesNothing(given, at);
        return kind === "dot" ? dot : undefined;
    }
  }

  private takesNothing(given: number, at: number): void {
    if (given > 0) this.fail(at, "arguments are given to what is no function");
  }

  private function(name: string, given: number, at: number): Type {
    const known = Object.hasOwn(this.world.functions, name) ? this.world.functions[name] : undefined;
    if (known === undefined) return undefined;
    const { least, most, gives } = known;
    if (given < least || given > most) {
      const takes = least === most ? `${least}` : `at least ${least}`;
      this.fail(at, `${name} takes ${takes} ${least === 1 ? "argument" : "arguments"} and gets ${given}`);
    }
    return gives;
  }

  private fields(start: Type, names: string[], given: number, at: number, scope: Scope): Type {
    let type = start;
    for (const [index, name] of names.entries()) {
      type = this.field(type, name, index === names.length - 1 ? given : 0, at, scope);
    }
    return type;
  }

  private field(start: Type, name: string, given: number, at: number, scope: Scope): Type {
    const type = this.typeOf(start);
    if (type === undefined) return undefined;
    const { methods = {}, fields = {}, entries } = type;
    const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
    if (method !== undefined) {
      if (method.takes !== given) {
        this.fail(at, `.${name} takes ${method.takes} arguments and gets ${given}`);
      }
      return method.gives;
    }
    if (given > 0) this.fail(at, `arguments are given to .${name}, which is no function`, true);
    if (entries !== undefined) return entries;
    if (!Object.hasOwn(fields, name)) this.fail(at, this.noField(type, name, scope), true);
    return fields[name];
  }

  private noField(
    { name: typeName, fields = {}, methods = {} }: TemplateType,
    name: string,
    scope: Scope,
  ): string {
    const known = [...Object.keys(fields), ...Object.keys(methods)];
    const outer = this.typeOf(scope.get("$"))?.fields ?? {};
    const allowed = known.length === 0 ? "it has no fields" : `it has ${known.join(", ")}`;
    const fix = Object.hasOwn(outer, name)
      ? `; inside of range and with, write $.${name}`
      : didYouMean(name, known);
    return `${typeName} has no ${name}; ${allowed}${fix}`;
  }

  private typeOf(type: Type): TemplateType | undefined {
    return type === undefined ? undefined : this.world.types[type];
  }

  private fail(at: number, says: string, quotes = false): void {
    this.misuses.push({ source: this.template.source, at, says, quotes });
  }
}
