import type { MonitoringStackArgs } from "../../../components";

let args: MonitoringStackArgs | undefined;
let outputs: Record<string, unknown> = {};

/** Sets the arguments of the program that runs next. */
export function give(next: MonitoringStackArgs): void {
  args = next;
  outputs = {};
}

/** The arguments of the program. */
export function given(): MonitoringStackArgs {
  if (args === undefined) throw new Error("no arguments were given");
  return args;
}

/** Keeps the outputs of the program. */
export function printed(all: Record<string, unknown>): void {
  outputs = all;
}

/** The outputs of the program that ran last. */
export function lastOutputs(): Record<string, unknown> {
  return outputs;
}
