import { describe, test } from "vitest";
import { findPulumi } from "../../../lab/engine/pulumiCli";

/** The engines that run the same tests. */
export type EngineName = "embedded" | "pulumi";

/** Tests that run once with each engine. Where there is no real CLI, one skipped test says so in their place. */
export function describeWithEachEngine(title: string, tests: (engine: EngineName) => void): void {
  describe(`${title} (embedded engine)`, () => tests("embedded"));
  describe(`${title} (Pulumi CLI)`, () => {
    if (findPulumi()) tests("pulumi");
    else test("the same with the real CLI", ({ skip }) => skip("there is no pulumi CLI on PATH"));
  });
}
