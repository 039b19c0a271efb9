import type { PropertyMap } from "../properties/values";

/** What every call of a provider comes with. */
export interface ProviderContext {
  urn: string;
  /** The resource's name in the program. */
  name: string;
  type: string;
  /** The inputs of the provider resource, or the default provider's configuration; without secret markers. */
  configuration: PropertyMap;
  /** The current time; tests shift it. */
  now: Date;
}

/** An instance as the state has it, without secret markers. */
export interface Instance {
  id: string;
  inputs: PropertyMap;
  outputs: PropertyMap;
}

/** What a provider makes of changed inputs. */
export interface ProviderDiff {
  /** Inputs whose change counts. */
  changed: string[];
  /** Those, and reasons beyond the inputs, that need a new instance. */
  replace: string[];
  /** The old instance must go before the new one can come. */
  deleteBeforeReplace: boolean;
}

/** A created resource. */
export interface Created {
  id: string;
  /** Outputs beyond the inputs, which are outputs anyway. */
  outputs: PropertyMap;
}

/**
 * One kind of resource. It works with plain values: the engine takes the secret markers off before and puts them on after.
 * Unknown inputs (in a preview only) are `unknownMarker`.
 */
export interface ResourceProvider {
  /** Types that it knows, as in `command:remote:Command`. */
  readonly types: readonly string[];
  /** Outputs that are always secret, by type. */
  readonly secretOutputs?: Readonly<Record<string, readonly string[]>>;
  /**
   * Checks the inputs and completes them with defaults.
   *
   * @param old inputs of the existing instance.
   * @throws for an input that is wrong or not supported.
   */
  check(inputs: PropertyMap, old: PropertyMap | undefined, context: ProviderContext): PropertyMap;
  diff(old: Instance, inputs: PropertyMap, context: ProviderContext): ProviderDiff;
  create(inputs: PropertyMap, context: ProviderContext): Promise<Created>;
  /** Returns outputs as `create` does. */
  update(old: Instance, inputs: PropertyMap, context: ProviderContext): Promise<PropertyMap>;
  delete(old: Instance, context: ProviderContext): Promise<void>;
  /** Outputs of an update that a preview cannot know. */
  outputsUnknownInUpdate(old: Instance, inputs: PropertyMap, context: ProviderContext): readonly string[];
  /**
   * The instance as it is now, for `refresh`; undefined if it is gone. A provider without this method reports the state as it is,
   * as the real command plugin does.
   */
  read?(instance: Instance, context: ProviderContext): Promise<Omit<Instance, "id"> | undefined>;
}

/**
 * The text of an input.
 *
 * @throws if it is missing or no text.
 */
export function requireText(inputs: PropertyMap, key: string): string {
  const value = inputs[key];
  if (typeof value === "string" && value !== "") return value;
  throw new Error(
    `${key}: ${value === undefined ? "is missing" : `${JSON.stringify(value)} is not a text`}; a text is required`,
  );
}

/** @throws for any input that is not in the list, so that nothing is ignored in silence. */
export function refuseUnsupported(type: string, inputs: PropertyMap, supported: readonly string[]): void {
  const unsupported = Object.keys(inputs).filter((key) => !key.startsWith("__") && !supported.includes(key));
  if (unsupported.length === 0) return;
  throw new Error(
    `${type}: ${unsupported.join(", ")} ${unsupported.length > 1 ? "are" : "is"} not supported by the lab's provider; ` +
      `supported are ${[...supported].sort().join(", ")}`,
  );
}
