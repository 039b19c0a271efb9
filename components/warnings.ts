import * as pulumi from "@pulumi/pulumi";

const warned = new Set<string>();

/** Shows each warning once in a run, however many components have it. */
export function warnOnce(component: pulumi.Resource, warnings: readonly string[]): void {
  for (const warning of warnings) {
    if (warned.has(warning)) continue;
    warned.add(warning);
    void pulumi.log.warn(warning, component);
  }
}
