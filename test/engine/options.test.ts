import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test, type TestContext } from "vitest";
import { PulumiEngine, type PulumiEngineOptions } from "../../lab/engine/pulumiEngine";
import { pluginsDirectory } from "../../lab/plugins/directory";
import { clockVariable } from "../../lab/providers/calls";
import { makeRequest, requireOpenssl } from "../providers/certificates";
import {
  commandConfig,
  commandEngine,
  makeDirectory,
  makeScene,
  operations,
  programPath,
  type CommandDescription,
} from "../providers/helpers";
import { sharedSshServer } from "../providers/sshServer";

const directory = makeDirectory();
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const sshServer = sharedSshServer();

// What the library and its users rely on; protect, retainOnDelete and deletedWith are in test/providers/conformance.test.ts.
describe("options of resources and of the CLI", () => {
  const begin = async (context: TestContext) => {
    const server = await sshServer(context);
    const scene = makeScene(directory);
    const engine = (commands: CommandDescription[], options: Partial<PulumiEngineOptions> = {}) =>
      commandEngine(server, scene, commands, options);
    return { server, scene, engine };
  };

  test("aliases: children of a component that is renamed stay, and so does a renamed command", async (context) => {
    const { server, scene, engine } = await begin(context);
    const a = { name: "a", create: scene.note("a"), delete: scene.note("deleted") };
    const b = { ...a, name: "b", create: scene.note("b") };
    expect((await engine([a, b]).up()).errors).toEqual([]);
    const renamed = [a, { ...b, name: "c", options: { aliases: [{ name: "b" }] } }];
    const config = { ...commandConfig(server, renamed), group: JSON.stringify(["team", "group"]) };
    const run = await engine(renamed, { config }).up();
    expect(run.errors).toEqual([]);
    expect(operations(run)).toEqual([
      ...["same Command a", "same Command c", "same Group team", "same Stack engine-test-test"],
    ]);
    expect(scene.written().sort()).toEqual(["a", "b"]);
  });

  test("--target: only what is named changes", async (context) => {
    const { scene, engine } = await begin(context);
    const commands = (version: string) =>
      ["a", "b"].map((name) => ({ name, create: scene.note(`${name}-${version}`) }));
    expect((await engine(commands("1")).up()).errors).toEqual([]);
    const run = await engine(commands("2"), { flags: ["--target", "**::b"] }).up();
    expect(run.errors).toEqual([]);
    expect(run.changes).toMatchObject({ create: 0, update: 1, replace: 0, delete: 0 });
    expect(scene.written().slice(2)).toEqual(["b-2"]);
    expect(operations(await engine(commands("2")).preview())).toContain("update Command a");
  });

  test("refresh: commands are as they were made, whatever has happened on the host", async (context) => {
    const { scene, engine } = await begin(context);
    const commands = [{ name: "a", create: scene.note("a") }];
    expect((await engine(commands).up()).errors).toEqual([]);
    const refreshed = await engine(commands).refresh();
    expect(refreshed.errors).toEqual([]);
    expect(operations(refreshed)).toContain("same Command a");
    expect(scene.written()).toEqual(["a"]);
  });

  test("the clock of the lab's plugins: a certificate that was made 95 of its 100 hours ago is due", async (context) => {
    const scene = makeScene(directory);
    requireOpenssl(context);
    const request = makeRequest(scene.directory);
    const authorities = JSON.stringify([{ name: "a", algorithm: "ED25519" }]);
    const engine = (hoursAhead: number) =>
      new PulumiEngine({
        ...{ program: programPath("certificates"), project: "engine-test", stack: "test" },
        config: { hours: "100", early: "10", request, authorities },
        ...{ stateDirectory: join(scene.directory, "pulumi"), plugins: pluginsDirectory },
        environment: { [clockVariable]: String(hoursAhead * 3_600_000) },
      });
    expect((await engine(-95).up()).errors).toEqual([]);
    expect(operations(await engine(0).preview())).toContain("replace LocallySignedCert a-leaf");
    expect(operations(await engine(-95).preview())).toContain("same LocallySignedCert a-leaf");
  });
});
