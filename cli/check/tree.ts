/** The files of one host in a directory of this machine, fit for programs that look for them under their paths on the host. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { parseAllDocuments } from "yaml";
import { withFinalNewline, type HostBundle } from "../../templates/host/hostBundle";
import type { StandIns } from "./standIns";

/** A bundle, and whether its text is secret. */
export interface AppliedBundle {
  bundle: HostBundle;
  isSecret: boolean;
}

/** A file of a host, with stand-ins in it. */
export interface TreeFile {
  mode: string;
  content: string;
}

/** All files of a host by path. Files that are secret as a whole, and keys that the host makes, have other contents than there. */
export function filesOfHost(bundles: readonly AppliedBundle[], standIns: StandIns): Map<string, TreeFile> {
  const files = new Map<string, TreeFile>();
  for (const { bundle, isSecret } of bundles) {
    for (const { path, mode, content } of bundle.files ?? []) {
      const isHidden = isSecret && mode === "0600";
      const shown = isHidden ? standIns.secret : standIns.fill(withFinalNewline(content));
      files.set(path, { mode, content: shown });
    }
    for (const { path, mode } of bundle.keys ?? []) files.set(path, { mode, content: standIns.privateKey });
    for (const { path, mode } of bundle.wireGuardKeys ?? []) {
      files.set(path, { mode, content: standIns.wireGuardPrivateKey });
    }
  }
  return files;
}

/** A directory that holds files of a host. */
export class Tree {
  private readonly places: Places;
  private texts = 0;

  /**
   * @param root an empty directory.
   * @param mounts directories under which programs find directories of the host.
   */
  constructor(
    private readonly root: string,
    files: ReadonlyMap<string, TreeFile>,
    mounts: Record<string, string>,
  ) {
    const foreign = [...files]
      .filter(([path]) => /\.ya?ml$/.test(path))
      .flatMap(([, { content }]) => filesNamedIn(content));
    const absent = foreign.filter((path) => !files.has(path));
    const directories = [...files.keys(), ...absent].map((path) => posix.dirname(path));
    this.places = new Places(root, new Set(directories), mounts);
    for (const [path, { mode, content }] of files)
      this.write(path, content, Number.parseInt(mode, 8) & 0o111);
    // The host may have files that are not ours. What programs find here of them is that they are there.
    for (const path of absent) this.write(this.places.onHost(path), "", 0);
  }

  /** Where a file of the host lies here. */
  place(path: string): string {
    return join(this.root, path);
  }

  /** Puts a text of its own into a file, and returns its place. */
  add(text: string): string {
    const place = join(this.root, `text-${this.texts++}`);
    writeFileSync(place, text, { mode: 0o644 });
    return place;
  }

  /** What a program said, with paths as they are on the host. */
  asOnHost(said: string): string {
    return said.replaceAll(this.root, "");
  }

  private write(path: string, content: string, executable: number): void {
    const place = this.place(path);
    mkdirSync(dirname(place), { recursive: true, mode: 0o755 });
    writeFileSync(place, this.places.relocate(content));
    chmodSync(place, 0o644 | executable);
  }
}

/** Directories of a host, and where they lie here. */
class Places {
  private readonly pattern: RegExp;

  constructor(
    private readonly root: string,
    directories: ReadonlySet<string>,
    private readonly mounts: Record<string, string>,
  ) {
    const all = [...directories, ...Object.keys(mounts)].sort((one, other) => other.length - one.length);
    const names = all.map((each) => each.replace(/[.+]/g, "\\$&")).join("|");
    // A path begins where no other path goes on.
    this.pattern = new RegExp(`(?<![\\w./-])(?:${names})(?=/)`, "g");
  }

  /** A text whose paths of the host lead to where they lie here. */
  relocate(text: string): string {
    return text.replaceAll(this.pattern, (directory) => this.root + this.onHost(directory));
  }

  onHost(path: string): string {
    const mount = Object.keys(this.mounts).find((each) => path === each || path.startsWith(`${each}/`));
    return mount === undefined ? path : (this.mounts[mount] as string) + path.slice(mount.length);
  }
}

/** Absolute paths that a configuration names as files. */
export function filesNamedIn(yaml: string): string[] {
  const found = new Set<string>();
  const visit = (value: unknown, key: string): void => {
    if (typeof value === "string" && key.endsWith("_file") && /^\/[\w.@%+=:,/-]+$/.test(value))
      found.add(posix.normalize(value));
    if (Array.isArray(value)) value.forEach((each) => visit(each, key));
    else if (typeof value === "object" && value !== null) {
      for (const [name, each] of Object.entries(value)) visit(each, name);
    }
  };
  for (const document of parseAllDocuments(yaml, { logLevel: "silent" })) {
    // What is not YAML is the program's to refuse.
    if ("errors" in document && document.errors.length === 0)
      visit(document.toJS({ maxAliasCount: 1000 }), "");
  }
  return [...found];
}
