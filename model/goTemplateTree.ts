/** A value in a command. */
export type Operand =
  | { kind: "dot" | "nil"; at: number }
  | { kind: "constant"; at: number; /** Of a text. */ value?: string }
  | { kind: "function"; name: string; at: number }
  | { kind: "field" | "variable"; names: string[]; at: number }
  | { kind: "chain"; of: Operand; names: string[]; at: number }
  | Pipeline;

/** Commands, each of which hands its value on to the next as its last argument. */
export interface Pipeline {
  kind: "pipeline";
  /** Variables that take the value. */
  variables: string[];
  /** Whether these exist already. */
  assigns: boolean;
  commands: Operand[][];
  at: number;
}

/** A part of a template that does something. */
export type Statement =
  | { kind: "text"; isBlank: boolean }
  | { kind: "jump" }
  | { kind: "action"; pipeline: Pipeline }
  | { kind: "template"; name: string; pipeline?: Pipeline; at: number }
  | { kind: Control; pipeline: Pipeline; body: Statement[]; otherwise: Statement[] };

export type Control = "if" | "with" | "range";

/** What is wrong with a template, and where in its text. */
export interface TemplateMistake {
  at: number;
  says: string;
  /** Whether the sentence has words of the template in it that may be secret. */
  quotes?: boolean;
}

/** A text's own statements, and the templates that it defines. */
export interface ParsedTemplates {
  own: Statement[];
  defined: Map<string, Statement[]>;
  /** Names of variables that are assigned to after their declaration. */
  assigned: Set<string>;
}

/** What a text may use. */
export interface TemplateSurroundings {
  /** Functions; undefined when they are not known. */
  functions?: Record<string, unknown>;
  /** Variables that exist, with their dollar signs. */
  variables?: string[];
  /** Says more of a function that does not exist. */
  unknownFunction?: (name: string) => string;
  /** Functions of other places, whose names are no secrets. */
  otherFunctions?: Record<string, unknown>;
}
