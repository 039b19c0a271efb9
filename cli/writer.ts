/** Renders and writes hosts in a thread of its own. */
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { writeFiles, type FolderChanges } from "./folder";
import { HostFiles, type HostCommand } from "./hostFiles";
import { placeholdersInUse, usePlaceholders } from "./placeholders";

interface Batch {
  /** Texts that many hosts have are sent once. */
  texts: string[];
  commands: (Omit<HostCommand, "text"> & { text: number })[];
  placeholders: Map<string, string>[];
}

type Message = Batch | { folder: string };

const batchSize = 200;

/** Does what `HostFiles` and `writeFiles` do, beside whatever else is done. */
export class OtherThread {
  private readonly worker = new Worker(__filename);
  private readonly failed = new Promise<never>((_, reject) => this.worker.once("error", reject));
  private waiting: HostCommand[] = [];

  constructor() {
    // Whoever waits for the files is told, and nobody else.
    this.failed.catch(() => undefined);
  }

  /** Adds what one more command puts on its host. */
  add(command: HostCommand): void {
    this.waiting.push(command);
    if (this.waiting.length === batchSize) this.send();
  }

  /** Writes the files of all hosts that were added. */
  write(folder: string): Promise<FolderChanges> {
    this.send();
    const written = new Promise<FolderChanges>((resolve) => this.worker.once("message", resolve));
    this.worker.postMessage({ folder } satisfies Message);
    return Promise.race([written, this.failed]);
  }

  /** Ends it, whatever it does. */
  async stop(): Promise<void> {
    await this.worker.terminate();
  }

  private send(): void {
    const numbers = new Map<string, number>();
    const commands = this.waiting.map((command) => {
      const number = numbers.get(command.text) ?? numbers.size;
      numbers.set(command.text, number);
      return { ...command, text: number };
    });
    const batch: Message = { texts: [...numbers.keys()], commands, placeholders: placeholdersInUse() };
    this.worker.postMessage(batch);
    this.waiting = [];
  }
}

function work(): void {
  const hosts = new HostFiles();
  parentPort?.on("message", (message: Message) => {
    if ("folder" in message) {
      parentPort?.postMessage(writeFiles(message.folder, hosts.all()));
      return;
    }
    usePlaceholders(message.placeholders);
    for (const command of message.commands) {
      hosts.add({ ...command, text: message.texts[command.text] as string });
    }
  });
}

if (!isMainThread) work();
