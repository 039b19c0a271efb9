import type { EngineEvent } from "../engine/events";
import type { Progress } from "./progress";

const verbs: Record<string, string> = {
  create: "creating",
  update: "updating",
  replace: "replacing",
  delete: "deleting",
  "delete-replaced": "deleting the old",
};

/** Turns an engine's events into lines of progress; what stays the same is not worth a line. */
export function showEvents(progress: Progress): (event: EngineEvent) => void {
  return (event) => {
    const verb = verbs[event.operation];
    if (verb === undefined || !isWork(event)) return;
    const key = `${event.operation} ${event.urn}`;
    if (event.kind === "start") progress.start(key, `${verb} ${describe(event)}`);
    if (event.kind === "done") progress.end(key);
    if (event.kind === "failed") progress.end(key, true);
  };
}

// Components and providers are made of nothing but names.
function isWork({ type }: EngineEvent): boolean {
  return !type.startsWith("ha-monitoring:") && !type.startsWith("pulumi:");
}

function describe({ type, name }: EngineEvent): string {
  return `${name} (${type.split(":").pop()})`;
}
