import { posix } from "node:path";
import { readBundleText } from "./bundleText";
import { revealPlaceholders } from "./placeholders";
import type { Registered } from "./runtime/resources";

/** What one command does on a host, as text on its standard input: a bundle, or a program that is installed. */
export interface HostCommand {
  host: string;
  text: string;
  isSecret: boolean;
  /** Path of the program; undefined for a bundle. */
  program?: string;
}

/** What a resource does on a host; undefined for all others. */
export function hostCommandOf({ type, inputs, secrets }: Registered): HostCommand | undefined {
  const { stdin, delete: undo } = inputs;
  if (type !== "command:remote:Command" || typeof stdin !== "string") return undefined;
  const isSecret = secrets.includes("stdin");
  const [, host] = /^bundle \S+ on (\S+)\n/.exec(stdin) ?? [];
  if (host !== undefined) return { host, text: stdin, isSecret };
  const [, program, on] = /(\/\S+) uninstall (\S+)$/.exec(String(undo)) ?? [];
  return program && on ? { host: on, text: stdin, isSecret, program } : undefined;
}

/** What commands put on their hosts, by path: `HOST/ABSOLUTE/PATH` for each file, and `HOST.txt` for what else is done. */
export function renderHosts(commands: readonly HostCommand[]): Map<string, string> {
  const files = new Map<string, string>();
  const done = new Map<string, string[]>();
  for (const command of commands) {
    const { host, text, program } = command;
    if (program !== undefined) {
      files.set(placeOf(host, program), revealPlaceholders(text));
      continue;
    }
    const lines = done.get(host) ?? [];
    lines.push(...(lines.length > 0 ? [""] : []), ...renderBundle(command, files));
    done.set(host, lines);
  }
  for (const [host, lines] of done) files.set(`${host}.txt`, revealPlaceholders(`${lines.join("\n")}\n`));
  return files;
}

/** Adds the files of a bundle; returns the rest of it. */
function renderBundle({ host, text, isSecret }: HostCommand, files: Map<string, string>): string[] {
  const bundle = readBundleText(text);
  for (const { path, mode, content } of bundle.files) {
    // Secrets land in files that their owner alone may read; in others only single values are secret, and placeholders already.
    const shown = isSecret && mode === "0600" ? "<secret>\n" : revealPlaceholders(content);
    files.set(placeOf(host, path), shown);
  }
  for (const { path, what } of bundle.keys) files.set(placeOf(host, path), `<${what}, made on ${host}>\n`);
  return bundle.directives;
}

function placeOf(host: string, path: string): string {
  if (!path.startsWith("/") || posix.normalize(path) !== path) {
    throw new Error(`${path}, a file of ${host}, is not an absolute path without detours`);
  }
  return host + path;
}
