import { statSync } from "node:fs";
import { join } from "node:path";
import { prepareFolder, writeFiles, type FolderChanges } from "./folder";
import { hostCommandOf, HostFiles } from "./hostFiles";
import { renderResources, resourcesFile } from "./otherResources";
import { runProgram } from "./program";
import type { Registered } from "./runtime/resources";
import { readStackFile } from "./stackFile";
import { OtherThread } from "./writer";

/** What was rendered, or every mistake because of which nothing was. */
export type RenderResult = { errors: string[] } | { errors: []; changes: FolderChanges };

// A stack of some hundreds of machines. Below it, another thread takes longer to start than to help.
const bytesWorthAThread = 30_000;

/**
 * Writes everything that `pulumi up` would put on the machines of a stack into a folder, with placeholders for what only a machine or a run
 * knows. It needs no state, no key and no network. Once a process.
 *
 * @throws when the stack's file or the folder cannot be used.
 */
export async function render(stackFile: string, folder: string): Promise<RenderResult> {
  const stack = readStackFile(stackFile);
  const helper = statSync(stackFile).size < bytesWorthAThread ? undefined : new OtherThread();
  try {
    const hosts = new Hosts(helper);
    const errors = runProgram(join(__dirname, "../index"), stack, (resource) => hosts.add(resource));
    return errors.length > 0 ? { errors } : { errors: [], changes: await hosts.write(folder) };
  } finally {
    await helper?.stop();
  }
}

/** All hosts of a stack, shared out between this thread and another one, if there is one. */
class Hosts {
  private readonly own = new HostFiles();
  private readonly others: Registered[] = [];
  private readonly isHelped = new Map<string, boolean>();

  constructor(private readonly helper: OtherThread | undefined) {}

  add(resource: Registered): void {
    const command = hostCommandOf(resource);
    if (command === undefined) {
      if (!resource.type.startsWith("pulumi:providers:")) this.others.push(resource);
      return;
    }
    let isHelped = this.isHelped.get(command.host);
    if (isHelped === undefined) {
      // The other thread renders while the program runs here, so it takes more of them.
      isHelped = this.helper !== undefined && this.isHelped.size % 5 < 3;
      this.isHelped.set(command.host, isHelped);
    }
    (isHelped && this.helper ? this.helper : this.own).add(command);
  }

  async write(folder: string): Promise<FolderChanges> {
    const hosts = [...this.isHelped.keys()];
    const files = new Set([resourcesFile, ...hosts.map((host) => `${host}.txt`)]);
    const removed = prepareFolder(folder, { files, directories: this.isHelped });
    const elsewhere = this.helper?.write(folder);
    const own = writeFiles(
      folder,
      new Map([[resourcesFile, renderResources(this.others)], ...this.own.all()]),
    );
    const others = await elsewhere;
    return {
      written: own.written + (others?.written ?? 0),
      removed: removed + own.removed + (others?.removed ?? 0),
      unchanged: own.unchanged + (others?.unchanged ?? 0),
    };
  }
}
