import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { StateStore } from "../../lab/engine/state";
import { lockState } from "../../lab/engine/stateLock";
import { makeDirectory, makeScene } from "./helpers";
import { resourceState } from "./states";

const directory = makeDirectory();
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("the state file", () => {
  let path: string;
  beforeEach(() => (path = join(makeScene(directory).directory, "deeper", "state.json")));
  const open = (readOnly = false) => new StateStore(path, "project", "stack", readOnly);

  test("has every resource and output again, is the owner's alone, and leaves nothing beside it", () => {
    const state = open();
    state.put(resourceState("a"));
    state.outputs = { url: "x" };
    state.save();
    expect(open().resources).toEqual([resourceState("a")]);
    expect(open().outputs).toEqual({ url: "x" });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(path, ".."))).toEqual(["state.json"]);
  });

  test("knows what had begun and not ended when it was cut off", () => {
    const state = open();
    state.begin("urn:a", "create");
    state.begin("urn:b", "delete");
    state.end("urn:b");
    const next = open();
    expect(next.interrupted).toEqual([{ urn: "urn:a", operation: "create" }]);
    next.save();
    expect(open().interrupted).toEqual([]);
  });

  test("keeps an old instance beside its replacement until it is removed", () => {
    const state = open();
    state.put(resourceState("a", { id: "old" }));
    state.retire("urn:a");
    state.put(resourceState("a", { id: "new" }));
    expect(state.find("urn:a")?.id).toBe("new");
    expect(state.resources.map(({ id, pendingDelete }) => [id, pendingDelete])).toEqual([
      ["old", true],
      ["new", undefined],
    ]);
    state.put(resourceState("a", { id: "newer" }));
    state.remove(state.resources[0]!);
    expect(state.resources.map(({ id }) => id)).toEqual(["newer"]);
  });

  test("is not written by a preview", () => {
    const state = open(true);
    state.put(resourceState("a"));
    state.begin("urn:a", "create");
    expect(existsSync(path)).toBe(false);
  });

  test.each([
    ["text", /is not JSON: .*restore it or move it away/],
    ['{"version":3,"deployment":{}}', /is not of the embedded engine, version 1/],
    [
      '{"version":1,"project":"p","stack":"s","resources":[]}',
      /belongs to p\/s, not to project\/stack; name another file/,
    ],
  ])("is refused if it is %s", (content, message) => {
    open().save();
    writeFileSync(path, content);
    expect(() => open()).toThrow(message);
    expect(readFileSync(path, "utf8")).toBe(content);
  });
});

describe("the lock of a state file", () => {
  const stateFile = () => join(makeScene(directory).directory, "state.json");

  test("is for one at a time, and is given back", () => {
    const path = stateFile();
    const unlock = lockState(path);
    expect(() => lockState(path)).toThrow(`is in use by process ${process.pid}`);
    unlock();
    lockState(path)();
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  test.each([
    ["a process that is no more", () => execFileSync("sh", ["-c", "echo $$"]).toString()],
    ["a process that died while it wrote it", () => ""],
  ])("of %s is taken over", (_, content) => {
    const path = stateFile();
    writeFileSync(`${path}.lock`, content());
    lockState(path)();
  });
});
