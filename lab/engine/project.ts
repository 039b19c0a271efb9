import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parse, stringify } from "yaml";

/**
 * A Pulumi project directory for a program that stays where it is: a link to the program's directory and a Pulumi.yaml of its own.
 * The CLI writes a stack's configuration into its project directory; this keeps that out of the checkout. Settings of stacks that
 * the directory has already stay.
 */
export function makeProjectDirectory(directory: string, program: string, project: string): void {
  mkdirSync(directory, { recursive: true });
  const source = dirname(program);
  const link = join(directory, "program");
  rmSync(link, { force: true });
  // The CLI takes a program only from below its project directory; the program itself sees its own path.
  symlinkSync(source, link);
  const given = existsSync(join(source, "Pulumi.yaml"))
    ? (parse(readFileSync(join(source, "Pulumi.yaml"), "utf8")) as object)
    : {};
  const settings = { runtime: "nodejs", ...given, name: project, main: join("program", basename(program)) };
  writeFileSync(join(directory, "Pulumi.yaml"), stringify(settings));
}
