import { didYouMean } from "./nearest";
import type { Operand, Pipeline, Statement } from "./goTemplateTree";

/** A function of templates. */
export interface TemplateFunction {
  /** Number of arguments. */
  least: number;
  most: number;
  /** Name of the type of its value, if that is known. */
  gives?: string;
  /** Kinds of its arguments, as far as they are known; the last one is that of all further arguments. */
  takes?: ("text" | "list" | undefined)[];
  /** Reads what is wrong with the first argument when it is written as a text. */
  literal?: (text: string) => string | undefined;
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

interface Argument {
  type: Type;
  literal?: string;
}

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
      const given: Argument[] = others.map((operand) => ({
        type: this.operand(operand, [], dot, scope),
        literal: operand.kind === "constant" ? operand.value : undefined,
      }));
      if (index > 0) given.push({ type: value });
      if (first?.kind === "nil") this.fail(first.at, "nil alone is no command");
      value = first && this.operand(first, given, dot, scope);
    }
    if (!isRange) variables.forEach((name) => this.declare(name, value, scope));
    return value;
  }

  private operand(operand: Operand, given: Argument[], dot: Type, scope: Scope): Type {
    const { kind, at } = operand;
    switch (kind) {
      case "function":
        return this.function(operand.name, given, at);
      case "field":
        return this.fields(dot, operand.names, given.length, at, scope);
      case "variable": {
        const [name = "", ...fields] = operand.names;
        if (fields.length === 0) this.takesNothing(given, at);
        return this.fields(scope.get(name), fields, given.length, at, scope);
      }
      case "chain":
        return this.fields(this.operand(operand.of, [], dot, scope), operand.names, given.length, at, scope);
      case "pipeline":
        this.takesNothing(given, at);
        return this.pipeline(operand, dot, scope);
      default:
        this.takesNothing(given, at);
        return kind === "dot" ? dot : undefined;
    }
  }

  private takesNothing(given: Argument[], at: number): void {
    if (given.length > 0) this.fail(at, "arguments are given to what is no function");
  }

  private function(name: string, given: Argument[], at: number): Type {
    const known = Object.hasOwn(this.world.functions, name) ? this.world.functions[name] : undefined;
    if (known === undefined) return undefined;
    const { least, most, gives } = known;
    if (given.length < least || given.length > most) {
      const takes = least === most ? `${least}` : `at least ${least}`;
      this.fail(
        at,
        `${name} takes ${takes} ${least === 1 ? "argument" : "arguments"} and gets ${given.length}`,
      );
    } else {
      this.arguments(name, known, given, at);
    }
    return gives;
  }

  private arguments(
    name: string,
    { takes = [], literal }: TemplateFunction,
    given: Argument[],
    at: number,
  ): void {
    for (const [index, argument] of given.entries()) {
      const type = this.typeOf(argument.type);
      const wanted = takes[Math.min(index, takes.length - 1)];
      const fits = wanted === "list" ? type?.elements !== undefined : argument.type === "text";
      if (type === undefined || wanted === undefined || fits) continue;
      this.fail(at, `${name} takes a ${wanted}, and argument ${index + 1} is ${type.name}`);
    }
    const written = given[0]?.literal;
    const problem = written === undefined ? undefined : literal?.(written);
    if (problem !== undefined) this.fail(at, problem, true);
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
