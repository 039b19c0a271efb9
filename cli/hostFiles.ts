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
  const [, host] = /^bundle \S+ on (\S+)/.exec(stdin) ?? [];
  if (host !== undefined) return { host, text: stdin, isSecret };
  const [, program, on] = /(\/\S+) uninstall (\S+)/.exec(String(undo)) ?? [];
  return program && on ? { host: on, text: stdin, isSecret, program } : undefined;
}

/** What commands put on their hosts, by path: `HOST/ABSOLUTE/PATH` for each file, and `HOST.txt` for what else is done. */
export class HostFiles {
  private readonly files = new Map<string, string>();
  private readonly done = new Map<string, string[]>();

  /** Adds what one more command puts on its host. */
  add({ host, text, isSecret, program }: HostCommand): void {
    if (program !== undefined) {
      this.files.set(placeOf(host, program), revealPlaceholders(text));
      return;
    }
    const bundle = readBundleText(text);
    for (const { path, mode, content } of bundle.files) {
      // Secrets land in files that their owner alone may read; in others only single values are secret, and placeholders already.
      const shown = isSecret && mode === "0600" ? "<secret>\n" : revealPlaceholders(content);
      this.files.set(placeOf(host, path), shown);
    }
    for (const { path, what } of bundle.keys) {
      this.files.set(placeOf(host, path), `<${what}, made on ${host}>\n`);
    }
    const before = this.done.get(host);
    if (before === undefined) this.done.set(host, bundle.directives);
    else before.push("", ...bundle.directives);
  }

  /** All of them. */
  all(): Map<string, string> {
    for (const [host, lines] of this.done) {
      this.files.set(`${host}.txt`, revealPlaceholders(`${lines.join("\n")}\n`));
    }
    return this.files;
  }
}

function placeOf(host: string, path: string): string {
  if (!path.startsWith("/") || posix.normalize(path) !== path) {
    throw new Error(`${path}, a file of ${host}, is not an absolute path without detours`);
  }
  return host + path;
}
