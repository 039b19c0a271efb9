import type { PropertyDiff } from "../properties/diff";

/**
 * What happens to a resource. `replace` makes a new instance (and counts once); `delete-replaced` is the removal of the old
 * instance that belongs to it and is not counted.
 */
export type Operation = "create" | "update" | "replace" | "delete" | "same" | "delete-replaced";

/** One line of progress. */
export interface EngineEvent {
  kind: "start" | "done" | "failed" | "same";
  operation: Operation;
  type: string;
  name: string;
  urn: string;
  /** How long the operation took; with "done" and "failed". */
  seconds?: number;
  /** What changes, secrets already masked. */
  diff?: PropertyDiff[];
  /** With "failed". */
  error?: string;
}

/** One operation of a finished run or of a preview. */
export interface Step {
  operation: Operation;
  type: string;
  name: string;
  urn: string;
  diff?: PropertyDiff[];
  /** Absent in a preview. */
  seconds?: number;
  error?: string;
}

/** An error of the program (no `urn`) or of one resource. */
export interface EngineError {
  message: string;
  urn?: string;
}

/** How many resources saw which operation. */
export type Changes = Record<Exclude<Operation, "delete-replaced">, number>;

/** What an `up`, a `preview` or a `destroy` did or would do. */
export interface Result {
  changes: Changes;
  /** The stack's outputs, secrets in the clear. Of a preview: what they will be, with "[unknown]" and "[secret]" in their places. */
  outputs: Record<string, unknown>;
  /** Names of the outputs that are secret or have something secret in them. */
  secretOutputs: string[];
  steps: Step[];
  /** Empty when all went well. */
  errors: EngineError[];
  /** What the CLI printed on standard output. */
  text: string;
  seconds: number;
}

function noChanges(): Changes {
  return { create: 0, update: 0, replace: 0, delete: 0, same: 0 };
}

/** The counts of some steps; failed ones do not count. */
export function countChanges(steps: Step[]): Changes {
  const changes = noChanges();
  for (const step of steps) {
    if (step.operation === "delete-replaced" || step.error !== undefined) continue;
    changes[step.operation] += 1;
  }
  return changes;
}
