import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { EngineEvent } from "../../../lab/engine/events";
import { PulumiEngine } from "../../../lab/engine/pulumiEngine";
import { run } from "../../../lab/hosts/command";
import type { Lab, LabHost } from "../../../lab/hosts/lab";
import { projectDirectory } from "../../../lab/stack";

/** Values of an example's configuration, by key; one without a namespace is the example's. */
export type ExampleSettings = Record<string, unknown>;

export interface ExampleOptions {
  /** Default: lab. */
  stack?: string;
  /** Changes the program's text first. */
  edit?: (program: string) => string;
  /** Keys of other packages' settings that are secret. */
  secrets?: string[];
  onEvent?: (event: EngineEvent) => void;
}

const packageName = "ha-monitoring";

/** The examples in a folder of their own, each beside the package that it imports, as `npm install` would leave them. */
export class StagedExamples {
  private constructor(private readonly lab: Lab) {}

  /** Copies the examples into the lab's folder, and builds the package for them from the sources. */
  static async stage(lab: Lab): Promise<StagedExamples> {
    const staged = new StagedExamples(lab);
    mkdirSync(staged.directory, { recursive: true, mode: 0o700 });
    cpSync(join(projectDirectory, "examples"), staged.directory, {
      recursive: true,
      filter: (source) => !source.endsWith("node_modules"),
    });
    const modules = join(projectDirectory, "node_modules");
    const installed = join(staged.directory, "node_modules");
    mkdirSync(installed);
    for (const name of readdirSync(modules)) symlinkSync(join(modules, name), join(installed, name));
    await buildPackage(join(installed, packageName));
    return staged;
  }

  /** An engine that runs an example, unmodified but for what `edit` makes of its text. */
  engineFor(
    name: string,
    settings: ExampleSettings,
    { stack = "lab", edit, secrets = [], onEvent }: ExampleOptions = {},
  ): PulumiEngine {
    const program = join(this.directory, name, "index.ts");
    if (edit) writeFileSync(program, edit(this.read(name, "index.ts")));
    const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
    const entries = Object.entries(settings).map(
      ([key, value]) => [key.includes(":") ? key : `${name}:${key}`, text(value)] as const,
    );
    const states = join(this.directory, "states", `${name}-${stack}`);
    mkdirSync(states, { recursive: true, mode: 0o700 });
    return new PulumiEngine({
      ...{ program, project: name, stack, config: Object.fromEntries(entries), onEvent },
      secretConfig: [...this.secretKeys(name), ...secrets].filter((key) =>
        entries.some(([given]) => given === key),
      ),
      stateDirectory: states,
    });
  }

  /** The text of an example's file as it is in the sources. */
  read(example: string, file: string): string {
    return readFileSync(join(projectDirectory, "examples", example, file), "utf8");
  }

  private get directory(): string {
    return join(this.lab.stateDirectory, "examples");
  }

  private secretKeys(name: string): string[] {
    const { config } = parse(this.read(name, "Pulumi.yaml")) as {
      config: Record<string, { secret?: boolean }>;
    };
    return Object.keys(config).filter((key) => config[key]?.secret);
  }
}

/** A host of the lab as the examples' configuration has it. */
export function machine({ name, address, hostKey }: LabHost): Record<"name" | "address" | "hostKey", string> {
  return { name, address, hostKey };
}

async function buildPackage(target: string): Promise<void> {
  const compiler = join(projectDirectory, "node_modules", "typescript", "bin", "tsc");
  const options = ["-p", join(projectDirectory, "tsconfig.build.json"), "--outDir", join(target, "dist")];
  await run(process.execPath, [compiler, ...options]);
  cpSync(join(projectDirectory, "templates", "programs"), join(target, "dist", "templates", "programs"), {
    recursive: true,
  });
  for (const file of ["package.json", "PulumiPlugin.yaml"])
    cpSync(join(projectDirectory, file), join(target, file));
}
