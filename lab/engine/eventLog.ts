import { closeSync, existsSync, openSync, readSync } from "node:fs";
import type { EngineEvent as CliEvent } from "@pulumi/pulumi/automation";

const millisecondsBetweenLooks = 25;

/** Reads the events that the CLI appends to a file (`--event-log`), one JSON object a line, as they come. */
export class EventLog {
  private readonly timer: NodeJS.Timeout;
  private position = 0;
  private rest = Buffer.alloc(0);

  constructor(
    private readonly path: string,
    private readonly onEvent: (event: CliEvent) => void,
  ) {
    this.timer = setInterval(() => this.read(), millisecondsBetweenLooks);
  }

  /** Reads what is left, and no more after that. */
  close(): void {
    clearInterval(this.timer);
    this.read();
  }

  private read(): void {
    if (!existsSync(this.path)) return;
    const file = openSync(this.path, "r");
    try {
      const chunk = Buffer.alloc(256 * 1024);
      for (;;) {
        const length = readSync(file, chunk, 0, chunk.length, this.position);
        if (length === 0) break;
        this.position += length;
        this.rest = Buffer.concat([this.rest, chunk.subarray(0, length)]);
      }
    } finally {
      closeSync(file);
    }
    for (let end = this.rest.indexOf("\n"); end >= 0; end = this.rest.indexOf("\n")) {
      const line = this.rest.subarray(0, end).toString();
      this.rest = this.rest.subarray(end + 1);
      this.onEvent(JSON.parse(line) as CliEvent);
    }
  }
}
