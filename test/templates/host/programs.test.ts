import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, type TestContext } from "vitest";
import { readApplyProgram, readProgram } from "../../../templates/host/programs";
import { execute } from "../../support/execute";
import { requireTool } from "../../support/tools";

const directory = join(__dirname, "../../../templates/programs");
const programs = readdirSync(directory).filter((name) => name.endsWith(".sh"));

function findings(context: TestContext, text: string, shell = "sh"): string {
  return execute(requireTool(context, "shellcheck"), ["-s", shell, "-"], { input: text }).output;
}

describe("the programs that run on machines", () => {
  it.for(programs)("%s: the real shellcheck finds nothing", (name, context) => {
    expect(findings(context, readProgram(name))).toBe("");
  });

  it("apply, with its parts joined: the real shellcheck finds nothing", (context) => {
    // It runs on Debian and Ubuntu, whose sh is dash and knows local variables.
    expect(findings(context, readApplyProgram(), "dash")).toBe("");
  });

  it("apply is one program that begins with the interpreter and ends with the call of its main function", () => {
    const lines = readApplyProgram().trimEnd().split("\n");
    expect(lines[0]).toBe("#!/bin/sh");
    expect(lines.at(-1)).toBe('main "$@"');
  });
});
