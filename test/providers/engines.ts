import { join } from "node:path";
import { findOnPath } from "../../lab/engine/cli";
import { PulumiEngine, type PulumiEngineOptions } from "../../lab/engine/pulumiEngine";
import { pluginsDirectory } from "../../lab/plugins/directory";
import { programPath } from "./helpers";

/** What a test has Pulumi run. */
export interface TestRun extends Pick<PulumiEngineOptions, "config" | "secretConfig"> {
  /** Name of a program beside this file. */
  program: string;
  /** For the engine's state. */
  directory: string;
}

/** Plugins that must do as the others do. */
export interface TestedPlugins {
  name: string;
  /** Why they cannot run here. */
  problem: string | undefined;
  make: (run: TestRun) => PulumiEngine;
}

const engineWith =
  (plugins?: () => Promise<string>) =>
  ({ program, directory, ...run }: TestRun) =>
    new PulumiEngine({
      ...{ project: "engine-test", stack: "test", ...run },
      program: programPath(program),
      stateDirectory: join(directory, "pulumi"),
      ...(plugins ? { plugins } : {}),
    });

/**
 * The lab's own plugins, and the real ones, also where these cannot run.
 *
 * @param packages whose plugins are needed.
 */
export function testedPlugins(packages: string[]): TestedPlugins[] {
  const missing = packages.map((name) => `pulumi-resource-${name}`).filter((name) => !findOnPath(name));
  const problem = missing.length > 0 ? `${missing.join(", ")} is not on PATH` : undefined;
  return [
    { name: "the lab's plugins", problem: undefined, make: engineWith(pluginsDirectory) },
    { name: "the real plugins", problem, make: engineWith() },
  ];
}
