import { join } from "node:path";
import type { TestContext } from "vitest";
import { execute, type Executed } from "./execute";
import { inTemporaryDirectory, writeFiles } from "./files";
import { requireTool } from "./tools";

/** What the real systemd says of these units, by name; all of them, because one may name another. */
export function verifyUnits(context: TestContext, units: Record<string, string>): Executed {
  const systemdAnalyze = requireTool(context, "systemd-analyze");
  return inTemporaryDirectory((directory) => {
    writeFiles(directory, units);
    const paths = Object.keys(units).map((unit) => join(directory, unit));
    return execute(systemdAnalyze, ["verify", "--man=no", ...paths]);
  });
}
