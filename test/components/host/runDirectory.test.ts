import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { execute } from "../../support/execute";

const directory = mkdtempSync(join(tmpdir(), "run-"));
afterAll(() => rmSync(directory, { recursive: true }));
const own = `/tmp/ha-monitoring-${userInfo().uid}`;
const root = join(__dirname, "../../..");

/** Runs a line of TypeScript that has the module as `run`, with this temporary directory; returns what it prints. */
function inProcess(temporary: string, line: string): string {
  const module = JSON.stringify(join(root, "components/host/runDirectory.ts"));
  const { status, stdout, output } = execute(
    "env",
    [
      `TMPDIR=${temporary}`,
      join(root, "node_modules/.bin/tsx"),
      "-e",
      `const run = require(${module}); ${line}`,
    ],
    { timeoutSeconds: 60 },
  );
  expect(status, output).toBe(0);
  return stdout;
}

/** A directory as a process leaves it that was killed with its keys in it. */
function abandoned(parent: string, run: string, processId: number): string {
  const path = join(parent, run);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  writeFileSync(join(path, "host.key"), "key");
  writeFileSync(join(path, `used-by-${processId}`), "");
  return path;
}

describe("directories of a run", { timeout: 120_000 }, () => {
  const temporary = join(directory, "swept");
  const earlier = join(temporary, `ha-monitoring-${userInfo().uid}`);
  const run = (word: string) => `${word}-${process.pid}`;

  it.each([
    ["", own],
    [", also those of earlier versions", earlier],
  ])(
    "of dead processes are removed by the next run of any stack, those of living ones are not%s",
    (_, parent) => {
      mkdirSync(temporary, { recursive: true });
      const sleeper = spawn("sleep", ["60"]);
      const dead = abandoned(parent, run("dead"), 4_194_305);
      const alive = abandoned(parent, run("alive"), sleeper.pid as number);
      const fresh = join(parent, run("fresh"));
      mkdirSync(fresh);
      const old = join(parent, run("old"));
      mkdirSync(old);
      utimesSync(old, 0, 0);
      inProcess(temporary, `run.makeRunDirectory("${run("own")}")`);
      sleeper.kill();
      // Its own is gone as well.
      const paths = [dead, alive, fresh, old, join(own, run("own"))];
      expect(paths.map((path) => existsSync(path))).toEqual([false, true, true, false, false]);
      for (const path of [alive, fresh]) rmSync(path, { recursive: true });
    },
  );

  it("are for their user only, and at the same path whatever the temporary directory is", () => {
    const shown = [join(directory, "a"), join(directory, "b")].map((each) =>
      inProcess(
        each,
        `const path = run.makeRunDirectory("${run("mode")}"); console.log(path, require("fs").statSync(path).mode & 0o777)`,
      ),
    );
    expect(shown).toEqual(Array(2).fill(`${join(own, run("mode"))} ${0o700}\n`));
    expect(statSync(own).mode & 0o077).toBe(0);
  });
});
