import { join, resolve } from "node:path";
import type { AppliedBundle } from "./check/tree";
import { prepareFolder, writeFiles, type FolderChanges } from "./folder";
import { HostFiles } from "./hostFiles";
import { renderResources, resourcesFile } from "./otherResources";
import { runProgram, type Recorder } from "./program";
import type { Registered } from "./runtime/resources";
import { readStackFile } from "./stackFile";

/** What was rendered, or every mistake because of which nothing was. */
export type RenderResult = { errors: string[] } | Rendered;

/** What was rendered: how the folder changed, and the bundles of each host. */
export interface Rendered {
  errors: [];
  changes: FolderChanges;
  hosts: ReadonlyMap<string, readonly AppliedBundle[]>;
}

/**
 * Writes everything that `pulumi up` would put on the hosts of a stack into a folder, with placeholders for what only a host or a run knows.
 * It needs no state, no key and no network. Once in a process.
 *
 * @throws when the stack's file or the folder cannot be used.
 */
export function render(stackFile: string, folder: string): RenderResult {
  const rendering = new Rendering();
  const errors = runProgram(join(__dirname, "../index"), readStackFile(stackFile), rendering);
  return errors.length > 0 ? { errors } : rendering.write(folder);
}

/**
 * The same for any program that uses the components, with Pulumi's own SDK, which is slower.
 *
 * @param program a file, or the directory of a package.
 */
export async function renderProgram(
  program: string,
  stackFile: string,
  folder: string,
): Promise<RenderResult> {
  const rendering = new Rendering();
  const stack = readStackFile(stackFile);
  const [programPath, folderPath] = [resolve(program), resolve(folder)];
  // The SDK takes a second to load, which the fast way must not wait for.
  const { runUserProgram } = await import("./userProgram.js");
  const errors = await runUserProgram(programPath, stack, rendering);
  return errors.length > 0 ? { errors } : rendering.write(folderPath);
}

/** Everything that a program registered. */
export class Rendering implements Recorder {
  private readonly hosts = new HostFiles();
  private readonly bundles = new Map<string, AppliedBundle[]>();
  private readonly others: Registered[] = [];

  registered = (resource: Registered): void => {
    // The commands of this library are its bundles, its preflights and the programs that it installs; others belong to the user's own program.
    if (resource.type.startsWith("pulumi:") || isHostCommand(resource)) return;
    if (isPreflight(resource)) this.hosts.ask(String(resource.inputs["stdin"]));
    else this.others.push(resource);
  };

  applied: Recorder["applied"] = (bundle, isSecret) => {
    this.hosts.apply(bundle, isSecret);
    this.bundles.set(bundle.host, [...(this.bundles.get(bundle.host) ?? []), { bundle, isSecret }]);
  };

  installed: Recorder["installed"] = (program) => this.hosts.install(program);

  write(folder: string): Rendered {
    const hosts = this.hosts.hosts();
    const files = new Set([resourcesFile, ...hosts.map((host) => `${host}.txt`)]);
    const removed = prepareFolder(folder, { files, directories: new Set(hosts) });
    const changes = writeFiles(
      folder,
      new Map([[resourcesFile, renderResources(this.others)], ...this.hosts.all()]),
    );
    return { errors: [], changes: { ...changes, removed: removed + changes.removed }, hosts: this.bundles };
  }
}

function isHostCommand({ type, inputs }: Registered): boolean {
  return (
    type === "command:remote:Command" &&
    /\bha-monitoring\/apply (apply|uninstall )/.test(
      `${String(inputs["create"])} ${String(inputs["delete"])}`,
    )
  );
}

function isPreflight({ type, inputs }: Registered): boolean {
  return (
    type === "command:remote:Command" && /\bha-monitoring\/apply preflight$/.test(String(inputs["create"]))
  );
}
