import { join } from "node:path";
import type { TestContext } from "vitest";
import { execute } from "./execute";
import { inTemporaryDirectory, writeFiles } from "./files";
import { requireTool } from "./tools";

/** Whether the real amtool takes each of these texts. */
export function amtoolAccepts(context: TestContext, texts: string[]): boolean[] {
  const amtool = requireTool(context, "amtool");
  return inTemporaryDirectory((directory) => {
    const names = texts.map((_, index) => `${index}.yml`);
    writeFiles(directory, Object.fromEntries(names.map((name, index) => [name, texts[index] as string])));
    const paths = names.map((name) => join(directory, name));
    const { output } = execute(amtool, ["check-config", ...paths]);
    return paths.map((path) => {
      // Between the two it warns of matchers that only the classic grammar takes.
      const [, verdict] = new RegExp(`Checking '${path}'[^]*?\\b(SUCCESS|FAILED)`).exec(output) ?? [];
      if (verdict === undefined) throw new Error(`amtool says nothing of ${path}:\n${output}`);
      return verdict === "SUCCESS";
    });
  });
}
