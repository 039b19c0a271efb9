/**
 * Outputs whose values are there at once. A value that only a run would know is a placeholder, so that nothing is ever unknown; what throws
 * leaves a failed output, and whatever is made from it fails, too.
 */

/** Told of everything that is thrown while a value is made from others. */
let report: (error: unknown) => void = () => undefined;

/** Sets who is told of what is thrown. */
export function onFailure(listener: (error: unknown) => void): void {
  report = listener;
}

class Failed {}
const failed = new Failed();

/** Looks like Pulumi's Output to whoever uses one, a lift of properties included. */
export class Output<T = unknown> {
  // Names that no lifted property can have.
  readonly #value: T | Failed;
  readonly #secret: boolean;

  constructor(value: T | Failed, secret: boolean) {
    this.#value = value;
    this.#secret = secret;
  }

  /** For whoever asks Pulumi's way whether something is an output. */
  get __pulumiOutput(): true {
    return true;
  }

  static isInstance(value: unknown): value is Output {
    return value instanceof Output;
  }

  static create<T>(value: T): Output {
    return output(value);
  }

  /** The value and whether it is secret; undefined when it could not be made. */
  static read(value: Output): { value: unknown; secret: boolean } | undefined {
    return value.#value === failed ? undefined : { value: value.#value, secret: value.#secret };
  }

  static withSecret(value: Output, secret: boolean): Output {
    return value.#secret === secret ? value : new Output(value.#value, secret);
  }

  apply(make: (value: T) => unknown): Output {
    if (this.#value === failed) return this;
    try {
      const made = output(make(this.#value as T));
      return this.#secret ? Output.withSecret(made, true) : made;
    } catch (error) {
      report(error);
      return new Output<unknown>(failed, this.#secret);
    }
  }

  get isSecret(): Promise<boolean> {
    return Promise.resolve(this.#secret);
  }

  get isKnown(): Promise<boolean> {
    return Promise.resolve(true);
  }

  toString(): string {
    throw new Error("an output is part of a text; use pulumi.interpolate or apply");
  }

  toJSON(): string {
    throw new Error("an output is part of a JSON text; use pulumi.jsonStringify or apply");
  }
}

// What an output has not itself is a property of its value.
Object.setPrototypeOf(
  Output.prototype,
  new Proxy(Object.prototype, {
    get: (target, property, receiver: Output) => {
      if (typeof property === "symbol" || property in target || /^(__|then$|catch$)/.test(property)) {
        return Reflect.get(target, property) as unknown;
      }
      return receiver.apply((value) => (value as Record<string, unknown> | null | undefined)?.[property]);
    },
  }),
);

/** An output of a value with outputs at any depth of it. */
export function output(value?: unknown): Output {
  if (value instanceof Output) return value;
  const found: Found = { secret: false, failed: false };
  const known = resolve(value, found);
  return new Output<unknown>(found.failed ? failed : known, found.secret);
}

interface Found {
  secret: boolean;
  failed: boolean;
}

function resolve(value: unknown, found: Found): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Output) {
    const read = Output.read(value);
    if (read === undefined) found.failed = true;
    if (read?.secret) found.secret = true;
    return read?.value;
  }
  if ("__pulumiResource" in value || Buffer.isBuffer(value)) return value;
  if (value instanceof Promise) {
    throw new TypeError("a promise is among the inputs; ha-monitoring render works without waiting");
  }
  // What has no output in it stays the same object.
  if (Array.isArray(value)) {
    let copy: unknown[] | undefined;
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index];
      const known = resolve(item, found);
      if (known !== item) (copy ??= [...(value as unknown[])])[index] = known;
    }
    return copy ?? value;
  }
  const given = value as Record<string, unknown>;
  let copy: Record<string, unknown> | undefined;
  for (const key of Object.keys(given)) {
    const item = given[key];
    const known = resolve(item, found);
    if (known !== item) (copy ??= { ...given })[key] = known;
  }
  return copy ?? value;
}

/** One output of many, given as a list, as an object, or one by one. */
export function all(...values: unknown[]): Output {
  return output(values.length === 1 ? values[0] : values);
}

/** The value as a secret. */
export function secret(value: unknown): Output {
  return Output.withSecret(output(value), true);
}

/** The value as one that may be shown. */
export function unsecret(value: unknown): Output {
  return Output.withSecret(output(value), false);
}

/** A text with outputs in it. */
export function interpolate(literals: TemplateStringsArray, ...values: unknown[]): Output {
  return all(values).apply((known) =>
    literals.map((literal, index) => literal + asText((known as unknown[])[index])).join(""),
  );
}

/** Texts and outputs, one after the other. */
export function concat(...values: unknown[]): Output {
  return all(values).apply((known) => (known as unknown[]).map(asText).join(""));
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

/** JSON of a value with outputs in it. */
export function jsonStringify(value: unknown, replacer?: never, space?: string | number): Output {
  return output(value).apply((known) => JSON.stringify(known, replacer, space));
}
