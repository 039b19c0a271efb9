import { posix } from "node:path";
import type { InstalledProgram } from "../components/host/observer";
import { bundleDirectives, withFinalNewline, type HostBundle } from "../templates/host/hostBundle";
import { revealPlaceholders } from "./placeholders";

/** What bundles put on their hosts, by path: `HOST/ABSOLUTE/PATH` for each file, and `HOST.txt` for what else is done. */
export class HostFiles {
  private readonly files = new Map<string, string>();
  private readonly done = new Map<string, string[]>();
  private readonly asked = new Map<string, string[]>();

  /** Adds a program that is installed on its host. */
  install({ host, path, text }: InstalledProgram): void {
    this.files.set(placeOf(host, path), revealPlaceholders(text));
    this.done.set(host, this.done.get(host) ?? []);
  }

  /** Adds what one more bundle puts on its host. */
  apply(bundle: HostBundle, isSecret: boolean): void {
    const { host, files = [], keys = [], wireGuardKeys = [] } = bundle;
    for (const { path, mode, content } of files) {
      // Secrets are in files that their owner alone may read; in others only single values are secret, and placeholders already.
      const shown =
        isSecret && mode === "0600" ? "<secret>\n" : revealPlaceholders(withFinalNewline(content));
      this.files.set(placeOf(host, path), shown);
    }
    for (const { path } of keys) this.files.set(placeOf(host, path), `<private key, made on ${host}>\n`);
    for (const { path } of wireGuardKeys) {
      this.files.set(placeOf(host, path), `<private key of WireGuard, made on ${host}>\n`);
    }
    const before = this.done.get(host) ?? [];
    const directives = bundleDirectives(bundle);
    this.done.set(host, [...before, ...(before.length > 0 ? [""] : []), ...directives]);
  }

  /** Adds the text of a preflight, which comes before everything else on its host. */
  ask(text: string): void {
    const [, host = ""] = text.split(" ", 2);
    this.asked.set(host, text.trimEnd().split("\n"));
  }

  /** Names of all hosts. */
  hosts(): string[] {
    return [...this.done.keys()];
  }

  /** All files. */
  all(): Map<string, string> {
    for (const [host, lines] of this.done) {
      const asked = this.asked.get(host);
      const all = asked ? [...asked, "", ...lines] : lines;
      this.files.set(`${host}.txt`, revealPlaceholders(`${all.join("\n")}\n`));
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
