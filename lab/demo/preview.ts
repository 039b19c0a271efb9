import { splitBundle } from "../../cli/changes/bundles";
import { changesOf } from "../../cli/changes/changes";
import { describeChanges } from "../../cli/changes/text";
import { fold } from "../../cli/fold";
import type { Result, Step } from "../engine/events";
import type { Lab } from "../hosts/lab";

/** Hosts of the demo's stack. */
const demoHosts = ["monitor-a", "monitor-b", "target-a", "target-b"];

/**
 * Looks for the hosts of the demo, so that a preview starts none.
 *
 * @throws when one does not run.
 */
export async function requireHosts(lab: Pick<Lab, "status">): Promise<void> {
  const running = (await lab.status()).filter(({ state }) => state === "running").map(({ name }) => name);
  const missing = demoHosts.filter((name) => !running.includes(name));
  if (missing.length === 0) return;
  throw new Error(
    `${missing.join(", ")} do not run, and a preview starts no hosts; start them with \`npm run lab -- demo\``,
  );
}

/** What a deployment would change: files by host with what they restart or reload, and the other resources. */
export function describePreview({ steps, changes }: Pick<Result, "steps" | "changes">): string {
  const texts = steps.flatMap(bundleTexts);
  const [before, after] = [rendered(texts.map(({ old }) => old)), rendered(texts.map(({ next }) => next))];
  const hosts = texts.length > 0 ? [describeChanges(changesOf(before, after))] : [];
  const others = steps
    .filter((step) => step.operation !== "same" && bundleTexts(step).length === 0 && isWork(step))
    .map((step) => `${step.operation} ${step.name} (${step.type.split(":").pop()})`);
  const counts = Object.entries(changes).map(([operation, count]) => `${count} ${operation}`);
  return [...hosts, ...(others.length > 0 ? [others.join("\n")] : []), fold(counts.join(", "))].join("\n\n");
}

/** The text of a bundle before and after a step, where the step changes it and it is not secret. */
function bundleTexts({ diff = [] }: Step): { old: string; next: string }[] {
  return diff.flatMap(({ path, old, new: next }) =>
    path === "stdin" && isBundle(old) && isBundle(next) ? [{ old, next }] : [],
  );
}

function isBundle(value: unknown): value is string {
  return typeof value === "string" && value.startsWith("bundle ");
}

/** Bundles as `ha-monitoring render` would write them. */
function rendered(texts: string[]): Map<string, string> {
  const files = new Map<string, string>();
  for (const text of texts) {
    for (const [path, content] of splitBundle(text).files) {
      // Every bundle of a host adds its directives to those of the others.
      files.set(path, path.includes("/") ? content : `${files.get(path) ?? ""}${content}`);
    }
  }
  return files;
}

// Components and providers are made of nothing but names.
function isWork({ type }: Step): boolean {
  return !type.startsWith("ha-monitoring:") && !type.startsWith("pulumi:");
}
