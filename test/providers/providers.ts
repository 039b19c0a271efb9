import type { Instance, ProviderContext, ProviderDiff, ResourceProvider } from "../../lab/providers/provider";
import type { PropertyMap } from "../../lab/properties/values";

/** A resource of one type, worked on as the engine does, without an engine. */
export interface Resource {
  create(inputs: PropertyMap): Promise<Instance>;
  diff(old: Instance, inputs: PropertyMap, now?: Date): ProviderDiff;
  update(old: Instance, inputs: PropertyMap): Promise<Instance>;
  delete(old: Instance): Promise<void>;
  /** Undefined if it is gone. */
  read(known: Instance): Promise<Instance | undefined>;
}

/** Resources of a type. */
export function resourceOf(
  provider: ResourceProvider,
  type: string,
  given: Partial<ProviderContext> = {},
): Resource {
  const context: ProviderContext = {
    ...{ urn: `urn:pulumi:test::engine-test::${type}::it`, name: "it", type, configuration: {} },
    now: new Date(),
    ...given,
  };
  const instance = (id: string, inputs: PropertyMap, computed: PropertyMap): Instance => ({
    ...{ id, inputs },
    outputs: { ...inputs, ...computed },
  });
  return {
    create: async (given) => {
      const inputs = provider.check(given, undefined, context);
      const { id, outputs } = await provider.create(inputs, context);
      return instance(id, inputs, outputs);
    },
    diff: (old, inputs, now = context.now) =>
      provider.diff(old, provider.check(inputs, old.inputs, context), { ...context, now }),
    update: async (old, given) => {
      const inputs = provider.check(given, old.inputs, context);
      return instance(old.id, inputs, await provider.update(old, inputs, context));
    },
    delete: (old) => provider.delete(old, context),
    read: async (known) => {
      const found = await provider.read?.(known, context);
      return found && { id: known.id, ...found };
    },
  };
}
