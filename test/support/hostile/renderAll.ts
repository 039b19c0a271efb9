/**
 * Renders many stacks as `ha-monitoring render` does: arguments as JSON on standard input, a line each, and on standard output what each of
 * them registers. A process of its own, because its Pulumi is another one. All that equals the first stack is left out.
 */
import { createInterface } from "node:readline";
import { Rendering } from "../../../cli/render";
import { runProgram } from "../../../cli/program";
import { Output, output } from "../../../cli/runtime/output";
import type { Registered } from "../../../cli/runtime/resources";
import type { MonitoringStackArgs } from "../../../components";
import { give, lastOutputs } from "./given";
import { changedAt } from "./leaves";
import type { RenderedDelta, StackToRender } from "./rendering";

const program = require.resolve("./program");
const stack = { project: "project", stack: "stack", config: {}, secretKeys: [] };
// The blank of placeholders, which are one word while the components work.
const blank = "\uE002";
let first: Map<string, string> | undefined;

function render(args: MonitoringStackArgs): { errors: string[]; resources: Map<string, string> } {
  const resources = new Map<string, string>();
  const rendering = new Rendering();
  give(args);
  // A module runs once, but for this.
  delete require.cache[program];
  const errors = runProgram(program, stack, {
    registered: (resource: Registered) => {
      rendering.registered(resource);
      resources.set(
        `${resource.type} ${resource.name}`,
        JSON.stringify(resource.inputs).replaceAll(blank, " "),
      );
    },
    applied: rendering.applied,
    installed: rendering.installed,
  });
  const outputs = Output.read(output(lastOutputs()))?.value ?? {};
  return { errors, resources: resources.set("outputs", JSON.stringify(outputs)) };
}

async function main(): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const { args, outputs } = JSON.parse(line) as StackToRender;
    const withOutputs = outputs.reduce<unknown>((all, path) => changedAt(all, path, output), args);
    const { errors, resources } = render(withOutputs as MonitoringStackArgs);
    const same = first;
    first ??= resources;
    const changed = [...resources].filter(([name, inputs]) => same?.get(name) !== inputs);
    const delta: RenderedDelta = {
      errors,
      changed: Object.fromEntries(changed.map(([name, inputs]) => [name, JSON.parse(inputs) as unknown])),
      gone: [...(same?.keys() ?? [])].filter((name) => !resources.has(name)),
    };
    process.stdout.write(`${JSON.stringify(delta)}\n`);
  }
}

void main();
