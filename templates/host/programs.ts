import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { BundleDirectory } from "./hostBundle";

const directory = join(__dirname, "../programs");
// Every machine gets them, and there may be a thousand.
const programs = new Map<string, string>();

/** Text of a program that runs on a machine, by its file name in templates/programs. */
export function readProgram(name: string): string {
  return once(name, () => readFileSync(join(directory, name), "utf8"));
}

/** Programs that are kept in parts, by their folders in templates/programs. */
export const joinedPrograms = ["apply", "wireguard"] as const;

/** Text of a program that is kept in parts: those of its folder and those that all share, in the order of their names. */
export function readJoinedProgram(folder: (typeof joinedPrograms)[number]): string {
  return once(folder, () =>
    [folder, "shared"]
      .flatMap((from) => readdirSync(join(directory, from)).map((name) => ({ from, name })))
      .filter(({ name }) => name.endsWith(".sh"))
      .sort((one, other) => (one.name < other.name ? -1 : 1))
      .map(({ from, name }) => readProgram(join(from, name)))
      .join("\n"),
  );
}

/** Text of the program that applies host bundles. */
export function readApplyProgram(): string {
  return readJoinedProgram("apply");
}

function once(name: string, read: () => string): string {
  const text = programs.get(name) ?? read();
  programs.set(name, text);
  return text;
}

/** The directories in which a bundle keeps programs on a machine. */
export const programDirectories: BundleDirectory[] = [
  "/usr/local/libexec",
  "/usr/local/libexec/ha-monitoring",
].map((path) => ({ path, mode: "0755", owner: "root:root" }));
