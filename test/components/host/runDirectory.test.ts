import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { execute } from "../../support/execute";

const directory = mkdtempSync(join(tmpdir(), "run-"));
afterAll(() => rmSync(directory, { recursive: true }));
const root = join(__dirname, "../../..");
const name = `ha-monitoring-${userInfo().uid}`;

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
function abandoned(temporary: string, run: string, processId: number): string {
  const path = join(temporary, name, run);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  writeFileSync(join(path, "host.key"), "key");
  writeFileSync(join(path, `used-by-${processId}`), "");
  return path;
}

describe("directories of a run", { timeout: 120_000 }, () => {
  it("of dead processes are removed by the next run of any stack, those of living ones are not", () => {
    const temporary = join(directory, "swept");
    mkdirSync(temporary);
    const sleeper = spawn("sleep", ["60"]);
    const dead = abandoned(temporary, "dead", 4_194_305);
    const alive = abandoned(temporary, "alive", sleeper.pid as number);
    const fresh = join(temporary, name, "fresh");
    mkdirSync(fresh);
    const old = join(temporary, name, "old");
    mkdirSync(old);
    utimesSync(old, 0, 0);
    inProcess(temporary, `run.makeRunDirectory("another")`);
    sleeper.kill();
    expect([dead, alive, fresh, old].map((path) => existsSync(path))).toEqual([false, true, true, false]);
    // Its own is gone as well.
    expect(readdirSync(join(temporary, name)).sort()).toEqual(["alive", "fresh"]);
  });

  it("are for their user only", () => {
    const temporary = join(directory, "mode");
    mkdirSync(temporary);
    const shown = inProcess(
      temporary,
      `console.log(require("fs").statSync(run.makeRunDirectory("own")).mode & 0o777)`,
    );
    expect(shown.trim()).toBe(String(0o700));
    expect(statSync(join(temporary, name)).mode & 0o077).toBe(0);
  });

  it("have sockets in a directory whose path ssh can use, however long the temporary directory's is", () => {
    for (const length of [1, 40, 90]) {
      const temporary = join(directory, "t".repeat(length));
      mkdirSync(temporary);
      const made = inProcess(temporary, `console.log(run.makeSocketDirectory("0123456789ab"))`).trim();
      // ssh adds a name of 40 characters and, while it makes the socket, 17 more; macOS takes 104 bytes with the final 0.
      expect(made.length + 1 + 40 + 17, made).toBeLessThan(104);
    }
  });
});
