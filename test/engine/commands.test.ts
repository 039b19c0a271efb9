import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { EngineEvent, EngineOptions } from "../../lab/engine/run";
import { renderPreview } from "../../lab/engine/run";
import { commandEngine, connectionTo, log, type CommandDescription } from "./helpers";
import { freePort, sshServerProblem, startSshServer, type SshServer } from "./sshServer";

const problem = sshServerProblem();

describe.skipIf(problem)(
  `commands over SSH${problem ? ` (not run: ${problem})` : ""}`,
  { timeout: 60_000 },
  () => {
    let server: SshServer;
    let events: EngineEvent[];
    const journal = () => join(server.directory, "journal");
    const written = () => (existsSync(journal()) ? readFileSync(journal(), "utf8").trim().split("\n") : []);
    const note = (word: string) => `echo ${word} >> ${journal()}`;
    const engine = (commands: CommandDescription[], changes: Partial<EngineOptions> = {}) =>
      commandEngine(server, commands, { onEvent: (event) => events.push(event), ...changes });

    beforeEach(async () => {
      events = [];
      server = await startSshServer();
    });
    afterEach(() => server.stop());

    test("create, nothing, update, delete", async () => {
      const first = [
        { name: "a", create: "cat", update: "echo updated; cat", delete: note("deleted"), stdin: "one\n" },
      ];
      const created = await engine(first).up();
      expect(created).toMatchObject({ errors: [], outputs: { a: "one" }, changes: { create: 3 } });

      const before = server.connections();
      expect((await engine(first).up()).changes).toEqual({
        create: 0,
        update: 0,
        replace: 0,
        delete: 0,
        same: 3,
      });
      expect(server.connections()).toBe(before);

      const second = [{ ...first[0]!, stdin: "two\n" }];
      expect(await engine(second).up()).toMatchObject({
        errors: [],
        outputs: { a: "updated\ntwo" },
        changes: { update: 1 },
      });
      expect(server.connections()).toBe(before + 1);

      expect(await engine(second).destroy()).toMatchObject({ errors: [], changes: { delete: 3 } });
      expect(written()).toEqual(["deleted"]);
    });

    test("without update, a changed input runs create; a changed delete text too", async () => {
      await engine([{ name: "a", create: note("create"), delete: note("old delete") }]).up();
      await engine([{ name: "a", create: note("create"), delete: note("new delete") }]).up();
      await engine([]).up();
      expect(written()).toEqual(["create", "create", "new delete"]);
    });

    test("triggers replace: new create first, then old delete; the other way with deleteBeforeReplace", async () => {
      const command = (version: string, options = {}) => [
        {
          name: "a",
          create: note(`create ${version}`),
          delete: note(`delete ${version}`),
          triggers: [version],
          options,
        },
      ];
      await engine(command("1")).up();
      const replaced = await engine(command("2")).up();
      expect(replaced.changes).toMatchObject({ replace: 1, delete: 0, create: 0 });
      await engine(command("3", { deleteBeforeReplace: true })).up();
      expect(written()).toEqual(["create 1", "create 2", "delete 1", "delete 2", "create 3"]);
    });

    test("a failed update keeps the old state, a failed create leaves nothing; independent ones go on, up continues", async () => {
      const good = [{ name: "a", create: "echo 1" }];
      await engine(good).up();
      const bad = [
        { name: "a", create: "echo out; echo err >&2; exit 3" },
        { name: "b", create: "echo b", dependsOn: ["a"] },
        { name: "c", create: "echo c" },
        { name: "d", create: "exit 4" },
      ];
      const failed = await engine(bad).up();
      expect(failed.errors).toHaveLength(2);
      expect(failed.errors.map(({ message }) => message).join()).toMatch(
        /Process exited with status 3: running "echo out.*\nout\nerr/,
      );
      expect(log(events).sort()).toEqual(["create a", "create c", "failed create d", "failed update a"]);
      expect(failed.changes).toMatchObject({ create: 1, update: 0 });

      expect((await engine(good).preview()).changes).toMatchObject({ same: 3, delete: 1 });
      const mended = await engine([
        ...good,
        { name: "b", create: "echo b" },
        { name: "d", create: "echo d" },
      ]).up();
      expect(mended).toMatchObject({ errors: [], changes: { create: 2, delete: 1 } });
    });

    test("deletes dependents first, what is deletedWith another not at all", async () => {
      const step = (name: string, more = {}) => ({ name, create: "true", delete: note(name), ...more });
      const commands = [
        ...[step("host"), step("one", { dependsOn: ["host"] }), step("two", { dependsOn: ["one"] })],
        ...[step("gone", { deletedWith: "host" }), step("kept", { options: { retainOnDelete: true } })],
      ];
      await engine(commands).up();
      const result = await engine(commands).destroy();
      expect(result).toMatchObject({ errors: [], changes: { delete: 7 } });
      expect(written()).toEqual(["two", "one", "host"]);
    });

    test("what is protected is neither deleted nor replaced", async () => {
      const command = (version: string) => [
        { name: "a", create: "true", triggers: [version], options: { protect: true } },
      ];
      await engine(command("1")).up();
      expect((await engine(command("2")).up()).errors[0]?.message).toMatch(
        /is protected and cannot be replaced/,
      );
      const destroyed = await engine(command("1")).destroy();
      expect(destroyed.errors[0]?.message).toMatch(/is protected and cannot be deleted/);
      expect((await engine(command("1")).preview()).changes.same).toBe(3);
    });

    test("a preview touches nothing, shows changed lines and never secrets", async () => {
      const text = (middle: string) => ["1", "2", "3", middle, "5", "6", "7", ""].join("\n");
      const commands = (middle: string, secret: string) => [
        { name: "a", create: "cat", stdin: text(middle) },
        { name: "b", create: "cat", secretStdin: secret },
        { name: "c", create: "cat", stdinFrom: "a" },
      ];
      await engine(commands("old line", "first password")).up();
      const before = server.connections();
      const result = await engine(commands("new line", "second password")).preview();
      expect(server.connections()).toBe(before);
      expect(result.changes).toMatchObject({ update: 3, same: 2 });
      const shown = renderPreview(result, { colour: false });
      expect(shown).toContain("-old line\n");
      expect(shown).toContain("+new line\n");
      expect(shown).not.toContain(" 7");
      expect(shown).toContain("~ stdin: [secret] => [secret]");
      expect(shown).toContain("=> [unknown]");
      expect(JSON.stringify([result, events])).not.toMatch(/password|PRIVATE KEY/);
    });

    test("the state file is the owner's alone", async () => {
      await engine([{ name: "a", create: "true" }]).up();
      expect(statSync(join(server.directory, "state.json")).mode & 0o777).toBe(0o600);
    });

    test("a wrong host key, a wrong key and a closed port are refused in plain words", async () => {
      const attempt = async (changes: Record<string, unknown>) =>
        (
          await engine([{ name: "a", create: "true", connection: connectionTo(server, changes) }], {
            stateFile: join(server.directory, "other.json"),
          }).up()
        ).errors[0]?.message;
      const otherKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
      expect(await attempt({ hostKey: otherKey })).toMatch(/host key mismatch: the server has ssh-ed25519 /);
      expect(await attempt({ privateKey: readFileSync(join(server.directory, "host_key"), "utf8") })).toMatch(
        /authentication/,
      );
      expect(await attempt({ port: await freePort() })).toMatch(/after 1 failed attempts: .*ECONNREFUSED/);
      expect(await attempt({ privateKey: "nonsense" })).toMatch(/connection.privateKey cannot be read/);
    });

    test("goes through a bastion", async () => {
      const bastion = await startSshServer();
      try {
        const { dialErrorLimit: _none, ...proxy } = connectionTo(bastion);
        const result = await engine([
          { name: "a", create: "echo through", connection: connectionTo(server, { proxy }) },
        ]).up();
        expect(result).toMatchObject({ errors: [], outputs: { a: "through" } });
        expect([bastion.connections(), server.connections()]).toEqual([1, 1]);
      } finally {
        bastion.stop();
      }
    });

    test("killed in the middle, the next run converges", async () => {
      const commands = [
        { name: "a", create: note("a") },
        { name: "b", create: `${note("b")}; sleep 3`, dependsOn: ["a"] },
        { name: "c", create: note("c"), dependsOn: ["b"] },
      ];
      let processId = 0;
      const killed = await engine(commands, {
        onProcess: (id) => (processId = id),
        onEvent: ({ kind, name }) => {
          if (kind === "start" && name === "b") setTimeout(() => process.kill(processId, "SIGKILL"), 500);
        },
      }).up();
      expect(killed.errors[0]?.message).toMatch(/ended by SIGKILL before it was done/);
      const resumed = await engine(commands).up();
      expect(resumed).toMatchObject({ errors: [], changes: { create: 2, same: 3 } });
      expect(written()).toEqual(["a", "b", "b", "c"]);
    });

    test("one state file serves one run at a time; several stacks run at the same time", async () => {
      const slow = [{ name: "a", create: "sleep 2" }];
      const other = { stateFile: join(server.directory, "other.json"), stack: "other" };
      const [first, second, third] = await Promise.all([
        engine(slow).up(),
        engine(slow).up(),
        engine(slow, other).up(),
      ]);
      expect([first, second].filter(({ errors }) => errors.length > 0)).toHaveLength(1);
      expect([...first.errors, ...second.errors][0]?.message).toMatch(/in use by process \d+/);
      expect(third.errors).toEqual([]);
    });
  },
);
