import type { ResourceState } from "../../lab/engine/state";

/** A resource in the state, `urn:<name>`. */
export function resourceState(name: string, more: Partial<ResourceState> = {}): ResourceState {
  return {
    ...{ urn: `urn:${name}`, type: "test:index:It", name, custom: true, id: name, parent: "", provider: "" },
    ...{ inputs: {}, outputs: {}, dependencies: [], propertyDependencies: {}, deletedWith: "" },
    ...{ protect: false, retainOnDelete: false, additionalSecretOutputs: [] },
    ...more,
  };
}
