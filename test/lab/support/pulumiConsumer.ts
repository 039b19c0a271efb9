import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { findOnPath, pulumiEnvironment, pulumiInstallation } from "../../../lab/engine/cli";
import { run } from "../../../lab/hosts/command";
import { projectDirectory } from "../../../lab/stack";

/** What of the sources a `pulumi package add` builds the package from. */
const packageSources = [
  ...["index.ts", "cli", "components", "model", "program", "templates"],
  ...["package.json", "package-lock.json", "PulumiPlugin.yaml", "tsconfig.json", "tsconfig.build.json"],
];

/** Why programs in a language cannot be run here; undefined when they can. */
export function languageProblem(language: "yaml" | "python"): string | undefined {
  // The lab's own host for Node.js runs programs, not packages.
  const hosts = [`pulumi-language-${language}`, "pulumi-language-nodejs"];
  const missing = hosts.filter((host) => !findOnPath(host));
  return missing.length > 0 ? `${missing.join(", ")} not on PATH` : undefined;
}

/** Copies the package's sources, as a checkout has them, for `pulumi package add`, which builds them in their place. */
export function copyPackage(directory: string): void {
  mkdirSync(directory, { recursive: true });
  for (const name of packageSources)
    cpSync(join(projectDirectory, name), join(directory, name), { recursive: true });
}

/** An example in another language, driven as its user would: with the commands of the real CLI. */
export class PulumiConsumer {
  constructor(
    private readonly directory: string,
    private readonly example: "yaml" | "python",
  ) {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(join(directory, "pulumi", "backend"), { recursive: true, mode: 0o700 });
    cpSync(join(projectDirectory, "examples", example), this.project, { recursive: true });
  }

  /** Adds the package, whose SDK in the program's language is generated from its schema, and makes a stack. */
  async prepare(packageDirectory: string): Promise<void> {
    await this.pulumi("stack", "init", "lab");
    // Python's virtual environment, in which the SDK is installed.
    if (this.example === "python") await this.pulumi("install");
    await this.pulumi("package", "add", relative(this.project, packageDirectory));
  }

  /** Sets a value of the configuration. */
  async configure(key: string, value: unknown, kind: "plain" | "secret" | "object" = "plain"): Promise<void> {
    if (kind === "object") {
      await this.pulumi(
        "config",
        "set-all",
        "--json",
        JSON.stringify({ [key]: { objectValue: value, value: JSON.stringify(value), secret: false } }),
      );
    } else
      await this.run(
        ["config", "set", `--${kind === "secret" ? "secret" : "plaintext"}`, key],
        String(value),
      );
  }

  /** Runs a command of the CLI in the program's folder; returns what it printed. */
  async pulumi(...args: string[]): Promise<string> {
    return this.run(args, "");
  }

  private async run(args: string[], stdin: string): Promise<string> {
    const { cli } = await pulumiInstallation();
    const environment = await pulumiEnvironment(join(this.directory, "pulumi"));
    const flags = ["--cwd", this.project, "--non-interactive", "--color", "never"];
    return (await run(cli, [...flags, ...args], { environment, stdin })).stdout;
  }

  private get project(): string {
    return join(this.directory, "project");
  }
}
