import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test, type TestContext } from "vitest";
import type { Result } from "../../lab/engine/events";
import type { PulumiEngine, PulumiEngineOptions } from "../../lab/engine/pulumiEngine";
import { projectDirectory } from "../../lab/stack";
import {
  commandEngine,
  makeDirectory,
  makeScene,
  operations,
  type CommandDescription,
  type Scene,
} from "../providers/helpers";
import { sharedSshServer } from "../providers/sshServer";
import { killTree } from "../support/processes";

const directory = makeDirectory();
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const sshServer = sharedSshServer();

const locked = /the stack is currently locked by 1 lock\(s\)/;

/** A stack whose command `b` goes on until it is released. */
interface Slow {
  scene: Scene;
  engine: (commands?: CommandDescription[], options?: Partial<PulumiEngineOptions>) => PulumiEngine;
  /** Commands `a`, `b` and `c`, one after the other. */
  commands: (version?: string) => CommandDescription[];
  release: () => void;
  /** Waits until `b` runs. */
  untilSlow: () => Promise<void>;
}

async function slowStack(context: TestContext): Promise<Slow> {
  const server = await sshServer(context);
  const scene = makeScene(directory);
  const release = join(scene.directory, "release");
  const commands = (version = "1") => [
    { name: "a", create: scene.note("a") },
    {
      ...{ name: "b", dependsOn: ["a"], stdin: version },
      create: `${scene.note(`begin-${version}`)}; until [ -e ${release} ]; do sleep 0.1; done; ${scene.note(`end-${version}`)}`,
    },
    { name: "c", create: scene.note("c"), dependsOn: ["b"] },
  ];
  return {
    ...{ scene, commands },
    engine: (given = commands(), options = {}) => commandEngine(server, scene, given, options),
    release: () => writeFileSync(release, ""),
    untilSlow: async () => {
      await expect.poll(() => scene.written().at(-1), { timeout: 240_000 }).toMatch(/^begin/);
    },
  };
}

/** Begins an `up`, waits until the slow command runs, and kills the CLI with its plugins. */
async function killedUp({ engine, untilSlow }: Slow, commands: CommandDescription[]): Promise<Result> {
  let processId = 0;
  const run = engine(commands, { onProcess: (id) => (processId = id) }).up();
  await untilSlow();
  killTree(processId);
  return run;
}

function pendingOperations(engine: PulumiEngine): string[] {
  const path = join(engine.backend, ".pulumi", "stacks", "engine-test", "test.json");
  const { checkpoint } = JSON.parse(readFileSync(path, "utf8")) as {
    checkpoint: { latest: { pending_operations?: { type: string; resource: { urn: string } }[] } };
  };
  const pending = checkpoint.latest.pending_operations ?? [];
  return pending.map(({ type, resource }) => `${type} ${resource.urn.split("::").at(-1)}`);
}

const messages = ({ errors }: Result) => errors.map(({ message }) => message).join("\n");

describe("an up that is cut off", () => {
  test("killed while it creates: `pulumi cancel` takes the lock, and the next up creates it again", async (context) => {
    const stack = await slowStack(context);
    const { engine, commands, scene, release } = stack;
    expect(messages(await killedUp(stack, commands()))).toMatch(/pulumi up was killed/);
    expect(pendingOperations(engine())).toEqual(["creating b"]);

    expect(messages(await engine().up())).toMatch(locked);
    expect((await engine().command(["cancel", "--yes"])).status).toBe(0);
    release();
    const resumed = await engine().up();
    expect(messages(resumed)).toBe("");
    expect(operations(resumed).filter((line) => line.includes("Command"))).toEqual([
      ...["create Command b", "create Command c", "same Command a"],
    ]);
    expect(scene.written().filter((word) => word !== "end-1")).toEqual(["a", "begin-1", "begin-1", "c"]);
    // That the first attempt may have left something is still noted, and hinders nothing.
    expect(pendingOperations(engine())).toEqual(["creating b"]);
    const clearing = engine(commands(), { flags: ["--clear-pending-creates"] });
    expect(messages(await clearing.refresh())).toBe("");
    expect(pendingOperations(engine())).toEqual([]);
    expect((await engine().preview()).changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
  });

  test("killed while it updates: after `pulumi cancel` the next up updates again", async (context) => {
    const stack = await slowStack(context);
    const { engine, commands, scene, release } = stack;
    release();
    expect(messages(await engine().up())).toBe("");
    rmSync(join(scene.directory, "release"));
    await killedUp(stack, commands("2"));
    expect(messages(await engine(commands("2")).up())).toMatch(locked);
    expect((await engine().command(["cancel", "--yes"])).status).toBe(0);
    release();
    const resumed = await engine(commands("2")).up();
    expect(messages(resumed)).toBe("");
    expect(operations(resumed)).toContain("update Command b");
    expect((await engine(commands("2")).preview()).changes).toMatchObject({ update: 0, create: 0 });
  });

  test("Ctrl-C: what runs is finished, nothing else begins, and the next up goes on without further ado", async (context) => {
    const { engine, scene, release, untilSlow } = await slowStack(context);
    const interruption = new AbortController();
    const said: string[] = [];
    const onOutput = (line: string) => void said.push(line);
    const run = engine(undefined, { signal: interruption.signal, onOutput }).up();
    await untilSlow();
    interruption.abort();
    await expect.poll(() => said.join("\n"), { timeout: 60_000 }).toMatch(/cancelling/);
    release();
    expect(messages(await run)).not.toBe("");
    expect(scene.written()).toEqual(["a", "begin-1", "end-1"]);
    const resumed = await engine().up();
    expect(messages(resumed)).toBe("");
    expect(operations(resumed).filter((line) => line.includes("Command"))).toEqual([
      ...["create Command c", "same Command a", "same Command b"],
    ]);
    expect(scene.written()).toEqual(["a", "begin-1", "end-1", "c"]);
  });

  test("a second up beside one that runs is refused, and does not disturb it", async (context) => {
    const { engine, scene, release, untilSlow } = await slowStack(context);
    const first = engine().up();
    await untilSlow();
    expect(messages(await engine().up())).toMatch(locked);
    release();
    expect(messages(await first)).toBe("");
    expect(scene.written()).toEqual(["a", "begin-1", "end-1", "c"]);
  });

  test("an empty .attrs file beside the state stops every command, and the command in docs/restore.md removes it", async (context) => {
    const { engine, release } = await slowStack(context);
    release();
    expect(messages(await engine().up())).toBe("");
    const attributes = join(engine().backend, ".pulumi", "stacks", "engine-test", "test.json.attrs");
    truncateSync(attributes);
    expect(messages(await engine().up())).toMatch(/EOF/);
    const page = readFileSync(join(projectDirectory, "docs", "restore.md"), "utf8");
    const [, command = ""] = /failed to load checkpoint: EOF`:[^\n]*: `([^`]+)`\.$/m.exec(page) ?? [];
    execFileSync("sh", ["-c", command], { cwd: engine().backend });
    expect(existsSync(attributes)).toBe(false);
    const healed = await engine().up();
    expect(messages(healed)).toBe("");
    expect(healed.changes).toMatchObject({ create: 0, update: 0 });
  });
});
