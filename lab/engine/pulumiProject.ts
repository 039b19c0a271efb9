import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { parse, stringify } from "yaml";

/**
 * A Pulumi project directory for a program that stays where it is: links to everything beside the program and a Pulumi.yaml of its own.
 * The CLI writes a stack's configuration into its project directory; this keeps that out of the checkout.
 */
export function makeProjectDirectory(directory: string, program: string, project: string): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const source = dirname(program);
  for (const name of readdirSync(source)) {
    if (!/^Pulumi(\..*)?\.yaml$/.test(name)) symlinkSync(join(source, name), join(directory, name));
  }
  // The program's language tools are looked up from the project directory.
  for (const name of ["node_modules", "package.json", "tsconfig.json"]) {
    const found = findUpwards(source, name);
    if (found && !existsSync(join(directory, name))) symlinkSync(found, join(directory, name));
  }
  const given = existsSync(join(source, "Pulumi.yaml"))
    ? (parse(readFileSync(join(source, "Pulumi.yaml"), "utf8")) as object)
    : {};
  // Pulumi's own TypeScript loader is lost among links.
  const loader = pathToFileURL(require.resolve("tsx")).href;
  const runtime = { name: "nodejs", options: { typescript: false, nodeargs: `--import=${loader}` } };
  const settings = { ...given, name: project, runtime, main: basename(program) };
  writeFileSync(join(directory, "Pulumi.yaml"), stringify(settings));
}

function findUpwards(directory: string, name: string): string | undefined {
  const path = join(directory, name);
  if (existsSync(path)) return path;
  const parent = dirname(directory);
  return parent === directory ? undefined : findUpwards(parent, name);
}
