import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { runOverSsh, type SshConnection } from "../../lab/ssh/connection";
import { commandEngine, connectionTo, makeDirectory, makeScene } from "./helpers";
import { closedPort, requireSshServer, sharedSshServer, startSshServer } from "./sshServer";

const directory = makeDirectory();
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const sshServer = sharedSshServer();

// What it has in common with the real plugin is in conformance.test.ts.
describe.concurrent("commands of the command provider", () => {
  test("unchanged means no SSH connection, and a preview makes none", async (context) => {
    requireSshServer(context);
    const server = await startSshServer();
    context.onTestFinished(() => server.stop());
    const scene = makeScene(directory);
    const engine = (stdin: string) => commandEngine(server, scene, [{ name: "a", create: "cat", stdin }]);
    await engine("old").up();
    expect(server.connections()).toBe(1);
    await engine("old").up();
    await engine("new").preview();
    expect(server.connections()).toBe(1);
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

  test("a command that fails is reported with its text and all that it printed, as by the real plugin", async (context) => {
    const server = await sshServer(context);
    const { errors } = await commandEngine(server, makeScene(directory), [
      { name: "a", create: "cat >/dev/null; echo out; echo err >&2; exit 3", stdin: "line\n".repeat(1000) },
      { name: "b", create: `echo ${"long ".repeat(20_000)}; exit 4` },
    ]).up();
    const messages = new Map(errors.map(({ message, urn }) => [urn?.split("::").at(-1), message]));
    expect(messages.get("a")).toBe(
      'Process exited with status 3: running "cat >/dev/null; echo out; echo err >&2; exit 3":\nout\nerr',
    );
    // An error of any length reaches the engine, with its end.
    expect(messages.get("b")).toMatch(/long long$/);
  });
});

describe.concurrent("SSH connections of the command provider", () => {
  const attempt = (connection: Record<string, unknown>) =>
    runOverSsh(connection as unknown as SshConnection, "echo through", "", {});

  test("an agent that does not answer fails the command, although a key is given", async (context) => {
    const server = await sshServer(context);
    const agentSocketPath = join(directory, "no-agent");
    await expect(attempt({ ...connectionTo(server), agentSocketPath })).rejects.toThrow(/ENOENT.*no-agent/);
  });

  test("a wrong host key, a wrong key and a closed port are refused in plain words", async (context) => {
    const server = await sshServer(context);
    const otherKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const strangersKey = readFileSync(join(server.directory, "host_key"), "utf8");
    const refused = (changes: Record<string, unknown>) =>
      expect(attempt(connectionTo(server, { dialErrorLimit: 0, ...changes }))).rejects;
    await refused({ hostKey: otherKey }).toThrow(/host key mismatch: the server has ssh-ed25519 /);
    await refused({ privateKey: strangersKey }).toThrow(/authentication/);
    await refused({ port: closedPort }).toThrow(/after 0 failed attempts: .*ECONNREFUSED/);
    await refused({ privateKey: "nonsense" }).toThrow(/connection.privateKey cannot be read/);
    await refused({ hostKey: "nonsense" }).toThrow(/connection.hostKey: "nonsense" is not a public key/);
  });

  test("an attempt that fails is repeated", async (context) => {
    const server = await sshServer(context);
    await expect(attempt(connectionTo(server, { port: closedPort, dialErrorLimit: 2 }))).rejects.toThrow(
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
