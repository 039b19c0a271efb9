import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, type TestContext } from "vitest";
import {
  joinedPrograms,
  readApplyProgram,
  readJoinedProgram,
  readProgram,
} from "../../../templates/host/programs";
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

  it.for(joinedPrograms)("%s, with its parts joined: the real shellcheck finds nothing", (name, context) => {
    // The program may name another shell than POSIX sh: Debian's and Ubuntu's sh is dash, which knows local variables.
    const [, shell = "sh"] = /^# shellcheck shell=(\w+)$/m.exec(readJoinedProgram(name)) ?? [];
    expect(findings(context, readJoinedProgram(name), shell)).toBe("");
  });

  it("apply begins with the interpreter and ends with the call of its main function", () => {
    const lines = readApplyProgram().trimEnd().split("\n");
    expect([lines[0], lines.at(-1)]).toEqual(["#!/bin/sh", 'main "$@"']);
  });
});
