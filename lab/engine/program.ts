import { createRequire } from "node:module";
import type * as pulumi from "@pulumi/pulumi";
import type * as resproto from "@pulumi/pulumi/proto/resource_pb";

/** The parts of the Pulumi runtime that run a program, from the very SDK copy that the program loads. */
export interface Runtime {
  setMocks: typeof pulumi.runtime.setMocks;
  getMonitor: typeof pulumi.runtime.getMonitor;
  setAllConfig: (config: Record<string, string>, secretKeys: string[]) => void;
  runInPulumiStack: (init: () => Promise<unknown>) => Promise<unknown>;
  /** Waits until no registration is under way. */
  disconnect: () => Promise<void>;
  resproto: typeof resproto;
  isRunError: (error: unknown) => boolean;
  isResourceError: (error: unknown) => error is Error & { hideStack: boolean };
}

/**
 * The runtime that a program will use.
 *
 * @throws if @pulumi/pulumi cannot be found from the program.
 */
export function loadRuntime(program: string): Runtime {
  const load = createRequire(program);
  const sdk = load("@pulumi/pulumi") as typeof pulumi;
  return {
    setMocks: sdk.runtime.setMocks,
    getMonitor: sdk.runtime.getMonitor,
    setAllConfig: sdk.runtime.setAllConfig,
    runInPulumiStack: sdk.runtime.runInPulumiStack as Runtime["runInPulumiStack"],
    disconnect: sdk.runtime.disconnect,
    resproto: load("@pulumi/pulumi/proto/resource_pb.js") as typeof resproto,
    isRunError: (error) => sdk.RunError.isInstance(error),
    isResourceError: (error): error is Error & { hideStack: boolean } => sdk.ResourceError.isInstance(error),
  };
}

/**
 * Runs a program to its end, as Pulumi's own Node.js host does: what it exports becomes the stack's outputs, an exported function is called.
 *
 * @returns one clean message for each error of the program itself, in the order in which they came.
 * Failures that follow from a resource's failure are left out: the engine knows those.
 */
export async function runProgram(runtime: Runtime, program: string): Promise<string[]> {
  const errors = new Set<string>();
  const report = (error: unknown) => {
    const message = describeProgramError(runtime, program, error);
    if (message !== undefined) errors.add(message);
  };
  process.on("uncaughtException", report);
  process.on("unhandledRejection", report);
  try {
    await runtime.runInPulumiStack(() => Promise.resolve().then(() => loadProgram(program)));
  } catch (error) {
    report(error);
  }
  await runtime.disconnect();
  // Rejections that nobody handles are announced a turn after the last registration has settled.
  await new Promise((resolve) => setImmediate(resolve));
  await runtime.disconnect();
  process.off("uncaughtException", report);
  process.off("unhandledRejection", report);
  return [...errors];
}

function loadProgram(program: string): unknown {
  const exported = createRequire(program)(program) as unknown;
  return exported instanceof Function ? (exported as () => unknown)() : exported;
}

function describeProgramError(runtime: Runtime, program: string, error: unknown): string | undefined {
  if (!(error instanceof Error)) return `program ${program} failed: ${String(error)}`;
  if (/\bresource .* \[.*\] failed to register/.test(error.message)) return undefined;
  if (runtime.isRunError(error)) return error.message;
  if (runtime.isResourceError(error)) return error.hideStack ? error.message : (error.stack ?? error.message);
  return `program ${program} failed: ${error.stack ?? error.message}`;
}
