import { rmSync } from "node:fs";
import type { AppliedBundle } from "../../cli/check/tree";
import { makeDirectory, runSource, writeStack, type Settings } from "../render/support";

/** The bundles of each host of a stack, with placeholders in their texts; fails when the stack is not rendered. */
export function renderedBundles(stack: Settings): Map<string, AppliedBundle[]> {
  const directory = makeDirectory();
  try {
    const { status, stdout, output } = runSource(
      "test/support/printBundles.ts",
      writeStack(directory, stack),
    );
    if (status !== 0) throw new Error(output);
    const { bundles, errors } = JSON.parse(stdout) as { bundles: AppliedBundle[]; errors: string[] };
    if (errors.length > 0) throw new Error(errors.join("\n"));
    const hosts = new Map<string, AppliedBundle[]>();
    for (const each of bundles) hosts.set(each.bundle.host, [...(hosts.get(each.bundle.host) ?? []), each]);
    return hosts;
  } finally {
    rmSync(directory, { recursive: true });
  }
}
