import { renderYaml } from "../templates/host/yamlText";
import { revealPlaceholders } from "./placeholders";
import type { Registered } from "./runtime/resources";

/** Name of the file of what is not done by a command on a host. */
export const resourcesFile = "resources.yml";

/** Resources as YAML, each with its inputs, in the order of their names. */
export function renderResources(resources: readonly Registered[]): string {
  const entries = resources.map(({ type, name, inputs, secrets }) => {
    const shown = Object.entries(inputs).map(([key, value]) => [
      key,
      secrets.includes(key) ? "<secret>" : value,
    ]);
    return [`${type} ${name}`, Object.fromEntries(shown)] as const;
  });
  return revealPlaceholders(
    renderYaml(Object.fromEntries(entries), {
      aliasDuplicateObjects: false,
      // Pulumi's SDK sorts names, and classes of providers list them as they please.
      sortMapEntries: true,
    }),
  );
}
