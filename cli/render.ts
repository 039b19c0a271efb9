import { join } from "node:path";
import { prepareFolder, writeFiles, type FolderChanges } from "./folder";
import { hostCommandOf, renderHosts, type HostCommand } from "./hostFiles";
import { renderResources, resourcesFile } from "./otherResources";
import { runProgram } from "./program";
import type { Registered } from "./runtime/resources";
import { readStackFile } from "./stackFile";
import { writeElsewhere } from "./writer";

/** What was rendered, or every mistake because of which nothing was. */
export type RenderResult = { errors: string[] } | { errors: []; changes: FolderChanges };

// Below it, another thread takes longer to start than to help.
const commandsWorthAThread = 2000;

/**
 * Writes everything that `pulumi up` would put on the machines of a stack into a folder, with placeholders for what only a machine or a run
 * knows. It needs no state, no key and no network. Once a process.
 *
 * @throws when the stack's file or the folder cannot be used.
 */
export async function render(stackFile: string, folder: string): Promise<RenderResult> {
  const { resources, errors } = runProgram(join(__dirname, "../index"), readStackFile(stackFile));
  if (errors.length > 0) return { errors };
  const { commands, others } = sorted(resources);
  const hosts = new Set(commands.map(({ host }) => host));
  const files = new Set([resourcesFile, ...[...hosts].map((host) => `${host}.txt`)]);
  const removed = prepareFolder(folder, { files, directories: hosts });

  const [own, given] = commands.length < commandsWorthAThread ? [commands, []] : halves(commands, hosts);
  const elsewhere = given.length === 0 ? undefined : writeElsewhere({ folder, commands: given });
  const changes = writeFiles(
    folder,
    new Map([[resourcesFile, renderResources(others)], ...renderHosts(own)]),
  );
  return { errors: [], changes: sum({ written: 0, removed, unchanged: 0 }, changes, await elsewhere) };
}

function sorted(resources: Registered[]): { commands: HostCommand[]; others: Registered[] } {
  const commands: HostCommand[] = [];
  const others: Registered[] = [];
  for (const resource of resources) {
    const command = hostCommandOf(resource);
    if (command !== undefined) commands.push(command);
    else if (!resource.type.startsWith("pulumi:providers:")) others.push(resource);
  }
  return { commands, others };
}

/** The commands of one half of the hosts, and those of the other. */
function halves(commands: HostCommand[], hosts: Set<string>): [HostCommand[], HostCommand[]] {
  const second = new Set([...hosts].slice(Math.ceil(hosts.size / 2)));
  const isSecond = ({ host }: HostCommand) => second.has(host);
  return [commands.filter((command) => !isSecond(command)), commands.filter(isSecond)];
}

function sum(...all: (FolderChanges | undefined)[]): FolderChanges {
  const total: FolderChanges = { written: 0, removed: 0, unchanged: 0 };
  for (const each of all) {
    total.written += each?.written ?? 0;
    total.removed += each?.removed ?? 0;
    total.unchanged += each?.unchanged ?? 0;
  }
  return total;
}
