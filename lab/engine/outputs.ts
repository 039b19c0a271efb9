import type { Registration } from "./registration";
import { containsSecret, equalValues, markSecret, unknownMarker, type PropertyMap } from "./values";

/**
 * A resource's outputs: its inputs and what the provider computed, with the markers of what is secret: outputs that the type or the program
 * names, and what equals or stems from a secret input of the same name.
 */
export function assembleOutputs(
  inputs: PropertyMap,
  computed: PropertyMap,
  secretNames: readonly string[],
): PropertyMap {
  const outputs: PropertyMap = Object.fromEntries(
    Object.entries(inputs).filter(([key]) => !key.startsWith("__")),
  );
  for (const [key, value] of Object.entries(computed)) {
    const input = inputs[key];
    if (input !== undefined && equalValues(input, value)) continue;
    outputs[key] = containsSecret(input) ? markSecret(value) : value;
  }
  for (const name of secretNames) {
    const value = outputs[name];
    if (value !== undefined) outputs[name] = markSecret(value);
  }
  return outputs;
}

/** What a preview knows of a resource that does not exist yet: its inputs, and which of its outputs will be secret. */
export function plannedOutputs(inputs: PropertyMap, secretNames: readonly string[]): PropertyMap {
  const unknown = secretNames
    .filter((name) => !(name in inputs))
    .map((name) => [name, unknownMarker] as const);
  return assembleOutputs(inputs, Object.fromEntries(unknown), secretNames);
}

/** Names of the outputs that are secret by the type or by the program's wish. */
export function secretNamesOf(registration: Registration, byType: readonly string[] | undefined): string[] {
  return [...new Set([...registration.additionalSecretOutputs, ...(byType ?? [])])];
}
