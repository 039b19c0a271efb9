import type { PropertyDiff } from "./diff";
import type { EngineError, EngineEvent, Operation, Step } from "./events";

/** What a step is about. */
export interface Subject {
  urn: string;
  type: string;
  name: string;
}

/** A step that has begun. */
export interface RunningStep {
  done(): void;
  /** Returns the message as it was recorded. */
  failed(error: Error): void;
}

/** Keeps the steps and errors of a run, and tells a listener of them as they happen. */
export class Recorder {
  readonly steps: Step[] = [];
  readonly errors: EngineError[] = [];

  /**
   * @param secrets texts that no message may contain; as in the real engine these are the secret configuration values only, so what a
   * program prints of other secrets is seen in the lab as it would be seen in production.
   */
  constructor(
    private readonly emit: (event: EngineEvent) => void,
    private readonly preview: boolean,
    private readonly secrets: readonly string[],
  ) {}

  /** A resource that stays as it is. */
  same(subject: Subject): void {
    this.steps.push({ operation: "same", ...pick(subject) });
    this.emit({ kind: "same", operation: "same", ...pick(subject) });
  }

  /** An operation begins; in a preview it is only noted. */
  start(operation: Operation, subject: Subject, diff?: PropertyDiff[]): RunningStep {
    const begun = performance.now();
    const step: Step = { operation, ...pick(subject), ...(diff && diff.length > 0 ? { diff } : {}) };
    const event = { operation, ...pick(subject), ...(step.diff ? { diff: step.diff } : {}) };
    if (!this.preview) this.emit({ kind: "start", ...event });
    const end = () => {
      if (!this.preview) step.seconds = (performance.now() - begun) / 1000;
      this.steps.push(step);
      return { ...event, ...(step.seconds === undefined ? {} : { seconds: step.seconds }) };
    };
    return {
      done: () => this.emit({ kind: "done", ...end() }),
      failed: (error) => {
        step.error = this.mask(error.message);
        this.errors.push({ message: step.error, urn: subject.urn });
        this.emit({ kind: "failed", ...end(), error: step.error });
      },
    };
  }

  /** An error outside of any step. */
  error(message: string, urn?: string): void {
    this.errors.push({ message: this.mask(message), ...(urn === undefined ? {} : { urn }) });
  }

  /** Whether a resource's error is known already. */
  hasErrorOf(urn: string): boolean {
    return this.errors.some((error) => error.urn === urn);
  }

  private mask(text: string): string {
    return this.secrets
      .filter(Boolean)
      .reduce((masked, secret) => masked.replaceAll(secret, "[secret]"), text);
  }
}

function pick({ urn, type, name }: Subject): Subject {
  return { type, name, urn };
}
