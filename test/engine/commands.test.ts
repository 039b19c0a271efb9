import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { runOverSsh, type SshConnection } from "../../lab/engine/ssh";
import { renderPreview, type Result } from "../../lab/engine/run";
import { commandEngine, connectionTo, makeDirectory, makeScene } from "./helpers";
import { freePort, requireSshServer, sharedSshServer, startSshServer } from "./sshServer";

const directory = makeDirectory();
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const sshServer = sharedSshServer();

// What all engines do is in conformance.test.ts.
describe.concurrent("commands of the embedded engine", { timeout: 120_000 }, () => {
  test("unchanged means no SSH connection; a preview makes none and shows changed lines only; state is the owner's", async (context) => {
    requireSshServer(context);
    const server = await startSshServer();
    context.onTestFinished(() => server.stop());
    const scene = makeScene(directory);
    const text = (middle: string) => ["1", "2", "3", middle, "5", "6", "7", ""].join("\n");
    const engine = (middle: string) =>
      commandEngine(server, scene, [{ name: "a", create: "cat", stdin: text(middle) }]);
    await engine("old line").up();
    expect(server.connections()).toBe(1);
    expect(statSync(join(scene.directory, "state.json")).mode & 0o777).toBe(0o600);
    await engine("old line").up();
    const preview = await engine("new line").preview();
    expect(server.connections()).toBe(1);
    const shown = renderPreview(preview, { colour: false });
    expect(shown).toContain("    -old line\n");
    expect(shown).toContain("    +new line\n");
    expect(shown).not.toContain(" 7");
  });

  test("without update a changed input runs create, and so does a changed delete", async (context) => {
    const server = await sshServer(context);
    const scene = makeScene(directory);
    const { note } = scene;
    await commandEngine(server, scene, [{ name: "a", create: note("create"), delete: note("old") }]).up();
    await commandEngine(server, scene, [{ name: "a", create: note("create"), delete: note("new") }]).up();
    await commandEngine(server, scene, []).up();
    expect(scene.written()).toEqual(["create", "create", "new"]);
  });

  test("a command that fails is reported in the words of its stderr, one that says nothing by its status", async (context) => {
    const server = await sshServer(context);
    const { errors } = await commandEngine(server, makeScene(directory), [
      {
        name: "a",
        create: "cat; echo ha-monitoring: no such unit >&2; exit 1",
        stdin: "line\n".repeat(1000),
      },
      { name: "b", create: `true ${"long ".repeat(100)}\nexit 3` },
    ]).up();
    const messages = new Map(errors.map(({ message, urn }) => [urn?.split("::").at(-1), message]));
    expect(messages.get("a")).toBe("ha-monitoring: no such unit");
    expect(messages.get("b")).toMatch(/^Process exited with status 3: true long [a-z ]{90} \.\.\.$/);
  });

  test("killed in the middle, the next run does again what was cut off and converges", async (context) => {
    const server = await sshServer(context);
    const scene = makeScene(directory);
    const commands = [
      { name: "a", create: scene.note("a") },
      { name: "b", create: `${scene.note("b")}; sleep 2`, dependsOn: ["a"] },
      { name: "c", create: scene.note("c"), dependsOn: ["b"] },
    ];
    let processId = 0;
    const killed = await commandEngine(server, scene, commands, {
      onProcess: (id) => (processId = id),
      onEvent: ({ kind, name }) => {
        if (kind !== "start" || name !== "b") return;
        void expect
          .poll(() => scene.written(), { timeout: 20_000 })
          .toEqual(["a", "b"])
          .then(() => process.kill(processId, "SIGKILL"));
      },
    }).up();
    expect(killed.errors[0]?.message).toMatch(/ended by SIGKILL before it was done/);
    const resumed = await commandEngine(server, scene, commands).up();
    expect(resumed).toMatchObject({ errors: [], changes: { create: 2, same: 3 } });
    expect(scene.written()).toEqual(["a", "b", "b", "c"]);
  });

  test("one state file serves one run at a time", async (context) => {
    const server = await sshServer(context);
    const scene = makeScene(directory);
    const release = join(scene.directory, "release");
    const slow = [{ name: "a", create: `until [ -e ${release} ]; do sleep 0.1; done` }];
    let second: Result | undefined;
    const first = await commandEngine(server, scene, slow, {
      onEvent: ({ kind, name }) => {
        if (kind !== "start" || name !== "a") return;
        void commandEngine(server, scene, slow)
          .up()
          .then((result) => {
            second = result;
            writeFileSync(release, "");
          });
      },
    }).up();
    expect(first.errors).toEqual([]);
    expect(second?.errors[0]?.message).toMatch(/in use by process \d+/);
  });
});

describe.concurrent("SSH connections of the embedded engine", { timeout: 60_000 }, () => {
  const attempt = (connection: Record<string, unknown>) =>
    runOverSsh(connection as unknown as SshConnection, "echo through", "", {});

  test("a wrong host key, a wrong key and a closed port are refused in plain words", async (context) => {
    const server = await sshServer(context);
    const otherKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const strangersKey = readFileSync(join(server.directory, "host_key"), "utf8");
    const refused = (changes: Record<string, unknown>) =>
      expect(attempt(connectionTo(server, { dialErrorLimit: 0, ...changes }))).rejects;
    await refused({ hostKey: otherKey }).toThrow(/host key mismatch: the server has ssh-ed25519 /);
    await refused({ privateKey: strangersKey }).toThrow(/authentication/);
    await refused({ port: await freePort() }).toThrow(/after 0 failed attempts: .*ECONNREFUSED/);
    await refused({ privateKey: "nonsense" }).toThrow(/connection.privateKey cannot be read/);
    await refused({ hostKey: "nonsense" }).toThrow(/connection.hostKey: "nonsense" is not a public key/);
  });

  test("an attempt that fails is repeated", async (context) => {
    const server = await sshServer(context);
    const port = await freePort();
    await expect(attempt(connectionTo(server, { port, dialErrorLimit: 2 }))).rejects.toThrow(
      /after 2 failed attempts/,
    );
  });

  test("a connection through a bastion uses one connection of each", async (context) => {
    requireSshServer(context);
    const [bastion, server] = await Promise.all([startSshServer(), startSshServer()]);
    context.onTestFinished(() => {
      bastion.stop();
      server.stop();
    });
    const { dialErrorLimit: _none, ...proxy } = connectionTo(bastion);
    expect(await attempt(connectionTo(server, { proxy }))).toMatchObject({
      problem: "",
      stdout: "through\n",
    });
    expect([bastion.connections(), server.connections()]).toEqual([1, 1]);
  });
});
