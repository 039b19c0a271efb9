/** Changes of hosts as people read them in a terminal of 80 columns. */
import { structuredPatch } from "diff";
import { fold } from "../fold";
import type { FileChange, HostChange } from "./changes";

const signs = { added: "+", removed: "-", changed: "~" };

/** Each host that changes with its files, what each file restarts or reloads, and its hunks; then a line for each host. */
export function describeChanges(changes: readonly HostChange[]): string {
  const sections = changes.filter(({ kind }) => kind === "changed").map(section);
  return [...sections, summarize(changes)].join("\n\n");
}

/** One line for each host that changes, and one for all others. */
export function summarize(changes: readonly HostChange[]): string {
  const same = changes.filter(({ kind }) => kind === "same").map(({ host }) => host);
  const lines = changes
    .filter(({ kind }) => kind !== "same")
    .map((change) => `${change.host}: ${summary(change)}`);
  if (same.length > 0)
    lines.push(
      `${lines.length === 0 ? "" : "unchanged: "}${same.join(", ")}${lines.length === 0 ? ": no change" : ""}`,
    );
  return lines.map((line) => fold(line)).join("\n");
}

function summary({ kind, files, effects }: HostChange): string {
  const count = files.length === 1 ? "1 file" : `${files.length} files`;
  if (kind === "created") return `new, ${count}`;
  if (kind === "removed") return `taken out, ${count} removed`;
  const restarts = effects.some((effect) => /( restart| start| stop)$/.test(effect));
  if (effects.length === 0) return `${count} changed, no reload, no restart`;
  return `${effects.join(", ")}${restarts ? "" : ", no restart"}`;
}

function section({ host, files }: HostChange): string {
  return [host, ...files.map(describeFile)].join("\n");
}

function describeFile({ path, kind, before, after, effects }: FileChange): string {
  const follows = effects.length > 0 ? effects.join(", ") : "no reload, no restart";
  const { hunks } = structuredPatch("", "", before, after, "", "", { context: 1 });
  const lines =
    kind === "changed" ? hunks.flatMap((hunk) => [`@@ line ${hunk.newStart} @@`, ...hunk.lines]) : [];
  return [
    `  ${signs[kind]} ${path}`,
    fold(`      ${follows}`, "      "),
    ...lines.map((line) => `      ${line}`),
  ].join("\n");
}
