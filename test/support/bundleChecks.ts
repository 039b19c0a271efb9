import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it, type TestContext } from "vitest";
import { joinedPrograms, readJoinedProgram, readProgram } from "../../templates/host/programs";
import { renderHostBundle, type HostBundle } from "../../templates/host/hostBundle";
import { readWithApplyProgram } from "./applyParser";
import { parseHostBundle, shellLines } from "./bundleParser";
import { execute } from "./execute";
import { expectGolden, expectGoldensOf } from "./goldens";
import { requireTool } from "./tools";

/** Text of each program by where it is in templates/programs. */
const programs: [string, string][] = [
  ...readdirSync(join(__dirname, "../../templates/programs"), { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }): [string, string] => [name, readProgram(name)]),
  ...joinedPrograms.map((name): [string, string] => [`${name}/`, readJoinedProgram(name)]),
];

/** Tests for the bundles of one module: their goldens, the program that reads them on the machine, and every line of shell in them. */
export function itRendersBundles(
  module: string,
  cases: Record<string, Omit<HostBundle, "name" | "host">>,
): void {
  const goldenName = (name: string) => `${module}.${name}.bundle`;
  const bundles = Object.entries(cases).map(
    ([name, bundle]) => [name, renderHostBundle({ ...bundle, name: "example", host: "monitor-a" })] as const,
  );

  it.each(bundles)("%s: the text is the golden's", (name, text) => {
    expectGolden(goldenName(name), abridged(text));
  });

  it("has a case for each golden", () => {
    expectGoldensOf(module, Object.keys(cases).map(goldenName));
  });

  it.each(bundles)("%s: the program on the machine can read it", (_, text) => {
    expect(readWithApplyProgram(text)).toMatchObject({ status: 0, stderr: "" });
  });

  it.for(bundles)("%s: the real shellcheck finds nothing in its shell", ([, text], context) => {
    expectCleanShell(context, shellLines(parseHostBundle(text)));
  });
}

function expectCleanShell(context: TestContext, lines: string[]): void {
  const shellcheck = requireTool(context, "shellcheck");
  // Each line is a script of its own on the machine, so each is a function of its own here.
  const script = lines.map((line, index) => `line_${index}() {\n${line}\n}\nline_${index}\n`).join("");
  expect(execute(shellcheck, ["-s", "sh", "-"], { input: script })).toMatchObject({ status: 0, output: "" });
}

/** Programs have files of their own and are compared there: a golden says only which one is meant. */
export function abridged(text: string): string {
  return programs
    .reduce((rest, [name, program]) => {
      const content = program
        .trimEnd()
        .split("\n")
        .map((line) => `|${line}`)
        .join("\n");
      return rest.replace(`${content}\n`, `|(the text of templates/programs/${name})\n`);
    }, text)
    .replaceAll(/(ha-monitoring\/alertmanager):[0-9a-f]{12}/g, "$1:(hash of its content)");
}
