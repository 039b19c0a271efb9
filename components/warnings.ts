import * as pulumi from "@pulumi/pulumi";

const warned = new Set<string>();

/**
 * Shows each warning once in a run, however many components have it.
 *
 * @param ofParts the same warnings as parts of the component would show them: they are not shown again.
 */
export function warnOnce(
  component: pulumi.Resource,
  warnings: readonly string[],
  ofParts: readonly string[] = [],
): void {
  for (const warning of warnings) {
    if (warned.has(warning)) continue;
    warned.add(warning);
    void pulumi.log.warn(warning, component);
  }
  for (const warning of ofParts) warned.add(warning);
}
