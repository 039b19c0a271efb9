import { structuredPatch } from "diff";
import type { PropertyDiff } from "./diff";
import type { Changes, Operation, Result, Step } from "./events";
import type { PropertyValue } from "./values";

/** How a preview is written. */
export interface RenderOptions {
  /** Whether to colour; default: whether standard output is a terminal. */
  colour?: boolean;
  /** Lines around a changed line; default 2. */
  context?: number;
}

const signs: Record<Operation, string> = {
  create: "+",
  update: "~",
  replace: "+-",
  delete: "-",
  same: " ",
  "delete-replaced": "-",
};

const colours: Record<string, string> = { "+": "32", "~": "33", "+-": "35", "-": "31" };

/** A preview as text, in the manner of `pulumi preview --diff`: what changes, and of long texts the changed lines only. */
export function renderPreview(result: Result, options: RenderOptions = {}): string {
  const paint = painter(options.colour ?? process.stdout.isTTY === true);
  const steps = result.steps.filter(
    ({ operation }) => operation !== "same" && operation !== "delete-replaced",
  );
  const blocks = steps.map((step) => renderStep(step, paint, options.context ?? 2));
  const errors = result.errors.map(({ message, urn }) =>
    paint("-", `error: ${urn ? `${urn}: ` : ""}${message}`),
  );
  return [...blocks, ...errors, renderChanges(result.changes)].join("\n");
}

/** One line of counts: `+ 3 to create, 12 unchanged`. */
export function renderChanges(changes: Changes): string {
  const words: [keyof Changes, string][] = [
    ["create", "to create"],
    ["update", "to update"],
    ["replace", "to replace"],
    ["delete", "to delete"],
  ];
  const parts = words
    .filter(([key]) => changes[key] > 0)
    .map(([key, word]) => `${signs[key]} ${changes[key]} ${word}`);
  return [...(parts.length > 0 ? parts : ["no changes"]), `${changes.same} unchanged`].join(", ");
}

type Paint = (sign: string, text: string) => string;

function painter(colour: boolean): Paint {
  return (sign, text) => (colour && colours[sign] ? `\u001b[${colours[sign]}m${text}\u001b[0m` : text);
}

function renderStep(step: Step, paint: Paint, context: number): string {
  const sign = signs[step.operation];
  const head = paint(sign, `${sign} ${step.operation} ${step.type} ${step.name}`);
  // All that a new or vanishing resource has is new or vanishes; its head says enough.
  const diff = step.operation === "update" || step.operation === "replace" ? (step.diff ?? []) : [];
  return [
    head,
    ...diff.flatMap((change) => renderChange(change, paint, context)).map((line) => `    ${line}`),
  ].join("\n");
}

function renderChange(change: PropertyDiff, paint: Paint, context: number): string[] {
  const sign = { add: "+", delete: "-", update: "~" }[change.kind];
  const why = change.replaces ? " (replaces)" : "";
  const { old, new: next } = change;
  if (change.kind === "update" && typeof old === "string" && typeof next === "string" && isLong(old, next)) {
    return [
      paint(sign, `${sign} ${change.path}:${why}`),
      ...changedLines(old, next, paint, context).map((line) => `    ${line}`),
    ];
  }
  const values = [old, next].filter((value) => value !== undefined).map(show);
  return [paint(sign, `${sign} ${change.path}: ${values.join(" => ")}${why}`)];
}

// What is not known has no lines to compare.
function isLong(old: string, next: string): boolean {
  return next !== "[unknown]" && (old.includes("\n") || next.includes("\n"));
}

function changedLines(old: string, next: string, paint: Paint, context: number): string[] {
  const { hunks } = structuredPatch("", "", old, next, "", "", { context });
  return hunks.flatMap((hunk, index) => [
    ...(index > 0 ? ["..."] : []),
    ...hunk.lines.filter((line) => !line.startsWith("\\")).map((line) => paint(line.charAt(0), line)),
  ]);
}

function show(value: PropertyValue): string {
  if (value === "[secret]" || value === "[unknown]") return value;
  if (typeof value === "string" && value.includes("\n"))
    return `(${value.trimEnd().split("\n").length} lines)`;
  return JSON.stringify(value);
}
