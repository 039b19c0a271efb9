import { createRequire, Module } from "node:module";
import { observeHosts, type InstalledProgram } from "../components/host/observer";
import type { HostBundle } from "../templates/host/hostBundle";
import { answer, factsOf, hostKeyOf, missing } from "./answers";
import { onFailure, Output } from "./runtime/output";
import { describeStack, pulumi, runtime, type StackDescription } from "./runtime/pulumi";
import { answerResources, onRegistered, type Registered } from "./runtime/resources";

// Every module that loads one of these gets the replacement.
const replacements: [path: string, exported: unknown][] = [
  // A package of a provider may have a copy of its own.
  ...["command", "digitalocean", "docker", "tls"].flatMap((name): [string, unknown][] => {
    const { resolve } = createRequire(require.resolve(`@pulumi/${name}`));
    return [
      [resolve("@pulumi/pulumi"), pulumi],
      [resolve("@pulumi/pulumi/runtime"), runtime],
    ];
  }),
  [require.resolve("@pulumi/pulumi"), pulumi],
];

/** Where everything goes that a program registers. */
export interface Recorder {
  registered: (resource: Registered) => void;
  applied: (bundle: HostBundle, isSecret: boolean) => void;
  installed: (program: InstalledProgram) => void;
}

/**
 * Runs the program that `pulumi up` runs, without an engine: every resource is answered at once, with placeholders for what only a run or a
 * host knows. Once in a process.
 *
 * @returns the messages of all errors.
 */
export function runProgram(program: string, stack: StackDescription, recorder: Recorder): string[] {
  const errors: string[] = [];
  const report = (error: unknown) => errors.push(error instanceof Error ? error.message : String(error));
  onRegistered(recorder.registered);
  onFailure(report);
  describeStack(stack);
  answerResources({ given: answer, missing });
  for (const [path, exported] of replacements) require.cache[path] = loaded(path, exported);
  observeHosts({
    applied: (bundle) => {
      const read = Output.read(bundle as unknown as Output);
      if (read !== undefined) recorder.applied(read.value as HostBundle, read.secret);
      return bundle.apply(factsOf);
    },
    installed: recorder.installed,
    hostKey: hostKeyOf,
  });
  try {
    createRequire(__filename)(program);
  } catch (error) {
    report(error);
  }
  return [...new Set(errors)];
}

function loaded(path: string, exported: unknown): NodeJS.Module {
  return Object.assign(new Module(path), { filename: path, loaded: true, exports: exported });
}
