import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { MonitoringStackArgs } from "../../../components";
import type { Path } from "../../../model/problem";

/** Inputs of resources, by type and name. */
export type Resources = Record<string, unknown>;

/** What one stack registers beside, or instead of, what the first one does. */
export interface RenderedDelta {
  errors: string[];
  changed: Resources;
  /** Names of the resources of the first stack that this one does not have. */
  gone: string[];
}

/** A stack, and the paths of the arguments that are given as Outputs. */
export interface StackToRender {
  args: MonitoringStackArgs;
  outputs: Path[];
}

const root = join(__dirname, "../../..");

/** Renders stacks in one process; the first is the one that the others are compared to. */
export function renderAll(stacks: StackToRender[]): Promise<RenderedDelta[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(root, "node_modules/.bin/tsx"), [join(__dirname, "renderAll.ts")]);
    const rendered: RenderedDelta[] = [];
    let complaints = "";
    child.stderr.on("data", (chunk: Buffer) => (complaints += chunk.toString()));
    const lines = createInterface({ input: child.stdout });
    lines.on("line", (line) => rendered.push(JSON.parse(line) as RenderedDelta));
    child.once("error", reject);
    child.once("close", () => {
      if (rendered.length === stacks.length) resolve(rendered);
      else
        reject(new Error(`only ${rendered.length} of ${stacks.length} stacks were rendered: ${complaints}`));
    });
    child.stdin.on("error", reject);
    child.stdin.end(stacks.map((stack) => `${JSON.stringify(stack)}\n`).join(""));
  });
}
