import logUpdate from "log-update";

interface Step {
  label: string;
  started: number;
}

/** Shows what is under way: on a terminal the running steps are redrawn with their time, elsewhere each finished step is one plain line. */
export class Progress {
  private readonly running = new Map<string, Step>();
  private readonly began = Date.now();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly terminal = process.stdout.isTTY === true) {}

  /** A step begins; `key` names it until it ends. */
  start(key: string, label: string): void {
    this.running.set(key, { label, started: Date.now() });
    if (this.terminal) this.timer ??= setInterval(() => this.redraw(), 100);
  }

  /** A step has ended well, or with an error. */
  end(key: string, failed = false): void {
    const step = this.running.get(key);
    if (!step) return;
    this.running.delete(key);
    this.print(`${failed ? "✗" : "✓"} ${step.label} ${seconds(Date.now() - step.started)}`);
    if (this.running.size === 0) this.stop();
  }

  /** A line of its own. */
  print(line: string): void {
    if (this.terminal) logUpdate.clear();
    console.log(`${clock(Date.now() - this.began)}  ${line}`);
    if (this.terminal && this.running.size > 0) this.redraw();
  }

  /** Runs a step. */
  async step<T>(label: string, run: () => Promise<T>): Promise<T> {
    this.start(label, label);
    try {
      const result = await run();
      this.end(label);
      return result;
    } catch (error) {
      this.end(label, true);
      throw error;
    }
  }

  /** Nothing is redrawn any more. */
  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    if (this.terminal) logUpdate.clear();
  }

  private redraw(): void {
    const now = Date.now();
    const width = process.stdout.columns ?? 80;
    const lines = [...this.running.values()].map((step) =>
      `${clock(now - this.began)}  … ${step.label} ${seconds(now - step.started)}`.slice(0, width - 1),
    );
    logUpdate(lines.join("\n"));
  }
}

function clock(milliseconds: number): string {
  const total = Math.floor(milliseconds / 1000);
  return `${String(Math.floor(total / 60)).padStart(2)}:${String(total % 60).padStart(2, "0")}`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
