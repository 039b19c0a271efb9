import { markSecret, unknownMarker, type PropertyMap } from "../properties/values";
import type { Instance } from "./provider";

/** The outputs of an instance: its inputs and what the provider computed, with the markers of its secret outputs. */
export function assembleOutputs(
  inputs: PropertyMap,
  computed: PropertyMap,
  secretNames: readonly string[],
): PropertyMap {
  const entries = Object.entries({ ...inputs, ...computed })
    .filter(([key]) => !key.startsWith("__"))
    .map(([key, value]) => [key, secretNames.includes(key) ? markSecret(value) : value] as const);
  return Object.fromEntries(entries);
}

/** The outputs that a preview of a creation knows: the inputs, and which of the other ones will be secret. The SDK takes all others for unknown. */
export function plannedOutputs(inputs: PropertyMap, secretNames: readonly string[]): PropertyMap {
  const missing = secretNames.filter((name) => !(name in inputs));
  return assembleOutputs(inputs, unknown(missing), secretNames);
}

/** The outputs that a preview of an update knows: the old ones with the new inputs, without those that only the update will tell. */
export function plannedUpdate(
  old: Instance,
  inputs: PropertyMap,
  unknownNames: readonly string[],
  secretNames: readonly string[],
): PropertyMap {
  const kept = Object.entries(old.outputs).filter(([key]) => !(key in old.inputs));
  return assembleOutputs(inputs, { ...Object.fromEntries(kept), ...unknown(unknownNames) }, secretNames);
}

function unknown(names: readonly string[]): PropertyMap {
  return Object.fromEntries(names.map((name) => [name, unknownMarker]));
}
