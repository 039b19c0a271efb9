import { join } from "node:path";
import { findBesidePulumi, findPulumi, PulumiEngine } from "../../lab/engine/pulumiCli";
import { EmbeddedEngine, type Engine } from "../../lab/engine/run";
import { programPath } from "./helpers";

/** What an engine runs in a test. */
export interface TestRun {
  /** Name of a program beside this file. */
  program: string;
  config: Record<string, string>;
  secretConfig?: string[];
  /** For the engine's state. */
  directory: string;
}

/** An engine that must do as the others do. */
export interface TestedEngine {
  name: string;
  /** Why it cannot run here. */
  problem: string | undefined;
  make: (run: TestRun) => Engine;
}

const names = { project: "engine-test", stack: "test" };

const embedded: TestedEngine = {
  name: "embedded engine",
  problem: undefined,
  make: ({ program, directory, ...run }) =>
    new EmbeddedEngine({
      ...{ ...names, ...run },
      program: programPath(program),
      stateFile: join(directory, "state.json"),
    }),
};

const pulumi: TestedEngine = {
  name: "pulumi CLI",
  problem: findPulumi()
    ? undefined
    : "there is no pulumi CLI on PATH; https://www.pulumi.com/docs/install has it",
  make: ({ program, directory, ...run }) =>
    new PulumiEngine({
      ...{ ...names, ...run },
      program: programPath(program),
      stateDirectory: directory,
      // `npm run lint` checks the types of these programs.
      environment: { PULUMI_NODEJS_TRANSPILE_ONLY: "true" },
    }),
};

/**
 * The engines, the real one included where it cannot run.
 *
 * @param plugins that the real one needs beside the CLI.
 */
export function testedEngines(plugins: string[] = []): TestedEngine[] {
  const missing = plugins.map((name) => `pulumi-resource-${name}`).filter((name) => !findBesidePulumi(name));
  const lack = missing.length > 0 ? `${missing.join(", ")} is not on PATH beside the pulumi CLI` : undefined;
  return [embedded, { ...pulumi, problem: pulumi.problem ?? lack }];
}
