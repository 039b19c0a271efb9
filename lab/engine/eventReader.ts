import type { EngineEvent as CliEvent, StepEventMetadata } from "@pulumi/pulumi/automation";
import { diffProperties, matchesPath, splitPath, type PropertyDiff } from "../properties/diff";
import type { EngineError, EngineEvent, Operation, Step } from "./events";
import { containsSecret, displayValue, type PropertyMap, type PropertyValue } from "../properties/values";

// A replacement is several steps in the real engine: "replace" itself is one without any work.
const operations: Record<string, Operation> = {
  create: "create",
  update: "update",
  "create-replacement": "replace",
  delete: "delete",
  "delete-replaced": "delete-replaced",
  same: "same",
  refresh: "same",
};

/** Turns the events of the real engine into those of ours, and keeps steps and errors. */
export class CliEventReader {
  readonly steps: Step[] = [];
  readonly errors: EngineError[] = [];
  /** The stack's outputs as the engine told them, secrets masked; undefined if it did not get so far. */
  outputs: PropertyMap | undefined;
  private readonly begun = new Map<string, number>();

  constructor(
    private readonly operation: "up" | "preview" | "refresh" | "destroy",
    private readonly emit: (event: EngineEvent) => void,
  ) {}

  read(event: CliEvent): void {
    if (event.resourcePreEvent) this.begin(event.resourcePreEvent.metadata);
    if (event.resOutputsEvent) {
      const { metadata } = event.resOutputsEvent;
      if (metadata.type === "pulumi:pulumi:Stack") this.outputs = metadata.new?.outputs as PropertyMap;
      this.end(metadata, false);
    }
    if (event.resOpFailedEvent) this.end(event.resOpFailedEvent.metadata, true);
    const { diagnosticEvent: diagnostic } = event;
    if (diagnostic?.severity === "error") this.addError(plain(diagnostic.message), diagnostic.urn);
  }

  /** The operation as a whole failed; says nothing new if events have told why. */
  failed(message: string): void {
    if (this.errors.length === 0) this.addError(plain(message), undefined);
  }

  private begin(metadata: StepEventMetadata): void {
    const operation = operationOf(metadata);
    // What a refresh finds is in its last event only.
    if (!operation || this.operation === "refresh") return;
    this.begun.set(key(metadata), performance.now());
    if (operation !== "same" && this.operation !== "preview")
      this.emit({ kind: "start", operation, ...subject(metadata), ...diffOf(metadata) });
    // What does nothing has no end of its own.
    if (operation === "same" || this.operation === "preview") this.end(metadata, false);
  }

  private end(metadata: StepEventMetadata, failed: boolean): void {
    const operation = operationOf(metadata);
    const begun = this.begun.get(key(metadata));
    if (!operation || (begun === undefined && this.operation !== "refresh")) return;
    this.begun.delete(key(metadata));
    const step: Step = { operation, ...subject(metadata), ...diffOf(metadata) };
    if (begun !== undefined && this.operation !== "preview" && operation !== "same")
      step.seconds = (performance.now() - begun) / 1000;
    if (failed) step.error = this.errors.findLast(({ urn }) => urn === metadata.urn)?.message ?? "failed";
    this.steps.push(step);
    this.emit({ kind: failed ? "failed" : operation === "same" ? "same" : "done", ...step });
  }

  private addError(message: string, urn: string | undefined): void {
    // What depends on a resource that failed fails in the program as well; the resource's own error says why.
    if (/\bresource .* \[.*\] failed to register/.test(message)) return;
    // The engine sums up at the end that the whole failed, which its other errors have said.
    if (
      (!urn || urn.includes("::pulumi:pulumi:Stack::")) &&
      /^(update|preview|refresh|destroy) failed$/.test(message)
    )
      return;
    this.errors.push({ message, ...(urn ? { urn } : {}) });
  }
}

function operationOf({ op, type, urn }: StepEventMetadata): Operation | undefined {
  // Default providers are the engine's own business, and no line of its own summary counts them.
  if (type.startsWith("pulumi:providers:") && /::default(_\d+)*$/.test(urn)) return undefined;
  return operations[op];
}

function subject({ urn, type }: StepEventMetadata): Pick<Step, "type" | "name" | "urn"> {
  return { type, name: urn.split("::").at(-1) ?? "", urn };
}

function diffOf(metadata: StepEventMetadata): { diff?: PropertyDiff[] } {
  if (metadata.op !== "update" && metadata.op !== "create-replacement") return {};
  const old = (metadata.old?.inputs ?? {}) as PropertyMap;
  const next = (metadata.new?.inputs ?? {}) as PropertyMap;
  const replaceKeys = replacingKeys(metadata);
  const diff = diffProperties(old, next, replaceKeys);
  const others = [...new Set([...(metadata.diffs ?? []), ...replaceKeys])]
    .filter((name) => !diff.some(({ path }) => matchesPath(path, [name])))
    .filter((name) => replaceKeys.includes(name) || old[name] !== undefined || next[name] !== undefined)
    .map((path) => ({ ...unseenChange(path, metadata), replaces: replaceKeys.includes(path) }));
  return { diff: [...diff, ...others] };
}

function replacingKeys({ keys, detailedDiff }: StepEventMetadata): string[] {
  const replacing = Object.entries(detailedDiff ?? {})
    .filter(([, { diffKind }]) => diffKind.endsWith("-replace"))
    .map(([path]) => splitPath(path)[0] ?? path);
  return [...new Set([...(keys ?? []), ...replacing])];
}

// A change that inputs do not show: secrets come masked, so that they look the same before and after; or what replaces is no input, or an
// input that another replacement may change.
function unseenChange(path: string, { old, new: next }: StepEventMetadata): Omit<PropertyDiff, "replaces"> {
  const kind = "update";
  const inputs = [old?.inputs?.[path], next?.inputs?.[path]] as (PropertyValue | undefined)[];
  if (inputs.some(containsSecret)) return { path, kind, old: "[secret]", new: "[secret]" };
  const known = (old?.inputs?.[path] ?? old?.outputs?.[path]) as PropertyValue | undefined;
  return { path, kind, ...(known === undefined ? {} : { old: displayValue(known) }), new: "[unknown]" };
}

function key({ urn, op }: StepEventMetadata): string {
  return `${op} ${urn}`;
}

// Messages carry marks for colours.
function plain(text: string): string {
  return text.replace(/<\{%[^%]*%\}>/g, "").trim();
}
