import { Output, output } from "./output";

/** One resource as a program registered it. */
export interface Registered {
  type: string;
  name: string;
  /** Inputs with everything in them known. */
  inputs: Record<string, unknown>;
  /** Names of the inputs that are secret. */
  secrets: string[];
}

/** What a resource will be told about itself; what it leaves out is asked for by `missing`. */
export interface Answers {
  given: (resource: Registered) => Record<string, unknown>;
  missing: (resource: Registered, property: string) => unknown;
}

let listener: (resource: Registered) => void = () => undefined;

/** Sets who is told of every resource that is registered. */
export function onRegistered(told: (resource: Registered) => void): void {
  listener = told;
}

let answers: Answers = { given: () => ({}), missing: () => undefined };

/** Sets what resources are told. */
export function answerResources(by: Answers): void {
  answers = by;
}

interface ResourceOptions {
  additionalSecretOutputs?: string[];
}

/** What Pulumi's resources have in common. */
export class Resource {
  readonly __pulumiResource = true;

  constructor(
    readonly __pulumiType: string,
    private readonly __name: string,
  ) {}

  get urn(): Output {
    return output(`urn of ${this.__pulumiType} ${this.__name}`);
  }

  static isInstance(value: unknown): boolean {
    return value instanceof Resource;
  }
}

/** A component is there for its children. */
export class ComponentResource extends Resource {
  constructor(type: string, name: string, _args?: unknown, _opts?: ResourceOptions) {
    super(type, name);
  }

  registerOutputs(): void {
    // Children say everything.
  }
}

/** A resource that a provider would make. */
export class CustomResource extends Resource {
  readonly #resource: Registered;
  readonly #secretOutputs: string[];
  #given: Record<string, unknown> | undefined;

  constructor(type: string, name: string, inputs: Record<string, unknown> = {}, opts?: ResourceOptions) {
    super(type, name);
    this.#secretOutputs = opts?.additionalSecretOutputs ?? [];
    this.#resource = { type, name, inputs: {}, secrets: [] };
    let isWhole = true;
    for (const key of Object.keys(inputs)) {
      const input = inputs[key];
      if (input === undefined) continue;
      const read = Output.read(output(input));
      // What failed has been reported where it did.
      if (read === undefined) isWhole = false;
      if (read?.value === undefined) continue;
      this.#resource.inputs[key] = read.value;
      if (read.secret) this.#resource.secrets.push(key);
    }
    if (isWhole) listener(this.#resource);
  }

  static property(resource: CustomResource, property: string): Output {
    const { inputs, secrets } = resource.#resource;
    resource.#given ??= answers.given(resource.#resource);
    const value =
      resource.#given[property] ?? inputs[property] ?? answers.missing(resource.#resource, property);
    const known = output(value);
    const isSecret = secrets.includes(property) || resource.#secretOutputs.includes(property);
    return isSecret ? Output.withSecret(known, true) : known;
  }
}

// Every property is an output. Most are never asked for, so they are made when somebody does.
Object.setPrototypeOf(
  Resource.prototype,
  new Proxy(Object.prototype, {
    get: (target, property, receiver) => {
      if (typeof property === "symbol" || property in target || /^(__|then$|catch$)/.test(property)) {
        return Reflect.get(target, property) as unknown;
      }
      return receiver instanceof CustomResource ? CustomResource.property(receiver, property) : undefined;
    },
  }),
);

/** A provider with a configuration of its own. */
export class ProviderResource extends CustomResource {
  constructor(pkg: string, name: string, inputs: Record<string, unknown> = {}, opts?: ResourceOptions) {
    super(`pulumi:providers:${pkg}`, name, inputs, opts);
  }
}
