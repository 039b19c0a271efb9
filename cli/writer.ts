/** Renders and writes hosts in a thread of its own. */
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { writeFiles, type FolderChanges } from "./folder";
import { renderHosts, type HostCommand } from "./hostFiles";
import { placeholdersInUse, usePlaceholders } from "./placeholders";

interface Work {
  folder: string;
  commands: HostCommand[];
}

// Texts that many hosts have are sent once.
interface Parcel {
  folder: string;
  texts: string[];
  commands: (Omit<HostCommand, "text"> & { text: number })[];
  placeholders: Map<string, string>[];
}

/** Does what `renderHosts` and `writeFiles` do, beside whatever else is done. */
export function writeElsewhere({ folder, commands }: Work): Promise<FolderChanges> {
  const numbers = new Map<string, number>();
  const numberOf = (text: string) => {
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    return number;
  };
  const parcel: Parcel = {
    folder,
    commands: commands.map((command) => ({ ...command, text: numberOf(command.text) })),
    texts: [...numbers.keys()],
    placeholders: placeholdersInUse(),
  };
  return new Promise((resolve, reject) => {
    const worker = new Worker(__filename, { workerData: parcel });
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

function work({ folder, texts, commands, placeholders }: Parcel): FolderChanges {
  usePlaceholders(placeholders);
  const known = commands.map((command) => ({ ...command, text: texts[command.text] as string }));
  return writeFiles(folder, renderHosts(known));
}

if (!isMainThread) parentPort?.postMessage(work(workerData as Parcel));
