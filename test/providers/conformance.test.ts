import { rmSync } from "node:fs";
import { afterAll, describe, expect, test, type TestContext } from "vitest";
import type { Result } from "../../lab/engine/events";
import type { PulumiEngine } from "../../lab/engine/pulumiEngine";
import { toText } from "../../lab/properties/values";
import { expectGolden } from "../support/goldens";
import { describeCertificate, makeRequest, requireOpenssl } from "./certificates";
import { execute } from "../support/execute";
import {
  buildImage,
  dockerOverSsh,
  everythingNamed,
  inspectContainer,
  removeLeftovers,
  requireDocker,
} from "./docker";
import { testedPlugins } from "./engines";
import {
  commandConfig,
  diffOf,
  makeDirectory,
  makeScene,
  operations,
  type CommandDescription,
} from "./helpers";
import { sharedSshServer } from "./sshServer";

const directory = makeDirectory();
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const sshServer = sharedSshServer();

function succeeded(result: Result): Result {
  expect(result.errors).toEqual([]);
  return result;
}

// The same programs and the same expectations for the lab's plugins and the real ones; where they differ, the real ones are right.
describe.each(testedPlugins(["command", "docker", "tls"]))(
  "$name",
  { timeout: 400_000, concurrent: true },
  ({ name, problem, make }) => {
    const begin = async (context: TestContext) => {
      if (problem !== undefined) context.skip(problem);
      const server = await sshServer(context);
      const scene = makeScene(directory);
      const engine = (commands: CommandDescription[]): PulumiEngine =>
        make({
          ...{ program: "commands", secretConfig: ["connection"], directory: scene.directory },
          config: commandConfig(server, commands),
        });
      return { server, scene, engine };
    };
    const rest = ["same Group group", "same Stack engine-test-test"];

    test("commands: create, nothing, a preview of changed lines without secrets, update, destroy", async (context) => {
      const { engine, scene } = await begin(context);
      const text = (middle: string) => ["1", "2", "3", middle, "5", "6", "7", ""].join("\n");
      const commands = (middle: string, secret: string) => [
        {
          ...{ name: "a", create: "cat", update: "echo updated; cat", delete: scene.note("deleted") },
          stdin: text(middle),
        },
        { name: "b", create: "wc -w", secretStdin: secret },
        { name: "c", create: "cat", stdinFrom: "a" },
      ];
      const created = succeeded(await engine(commands("old", "a password")).up());
      expect(operations(created)).toEqual([
        ...["create Command a", "create Command b", "create Command c"],
        ...["create Group group", "create Stack engine-test-test"],
      ]);
      expect(created.outputs).toEqual({ a: text("old").trimEnd(), b: "2", c: text("old").trimEnd() });

      const unchanged = succeeded(await engine(commands("old", "a password")).up());
      expect(unchanged.changes).toEqual({ create: 0, update: 0, replace: 0, delete: 0, same: 5 });
      expect(unchanged.outputs).toEqual(created.outputs);

      const preview = succeeded(await engine(commands("new", "another longer password")).preview());
      expect(preview.changes).toEqual({ create: 0, update: 3, replace: 0, delete: 0, same: 2 });
      const change = { path: "stdin", kind: "update", replaces: false };
      expect(diffOf(preview, "a")).toEqual([{ ...change, old: text("old"), new: text("new") }]);
      expect(diffOf(preview, "b")).toEqual([{ ...change, old: "[secret]", new: "[secret]" }]);
      expect(diffOf(preview, "c")).toEqual([{ ...change, old: text("old").trimEnd(), new: "[unknown]" }]);
      expect(preview.outputs).toEqual({ a: "[unknown]", b: "[unknown]", c: "[unknown]" });
      expect(JSON.stringify(preview)).not.toMatch(/password|PRIVATE KEY/);

      const updated = succeeded(await engine(commands("new", "another longer password")).up());
      expect(updated.changes).toEqual(preview.changes);
      expect(updated.outputs).toMatchObject({ a: `updated\n${text("new").trimEnd()}`, b: "3" });

      const destroyed = succeeded(await engine([]).destroy());
      expect(operations(destroyed)).toEqual(
        operations(created).map((line) => line.replace("create", "delete")),
      );
      expect(destroyed.outputs).toEqual({});
      expect(scene.written()).toEqual(["deleted"]);
    });

    test("triggers replace: new create before old delete, after it with deleteBeforeReplace", async (context) => {
      const { engine, scene } = await begin(context);
      const commands = (version: string, options = {}) => [
        {
          ...{ name: "a", create: scene.note(`create-${version}`), delete: scene.note(`delete-${version}`) },
          ...{ triggers: [version], options },
        },
        { name: "b", create: `cat; ${scene.note("b")}`, stdinFrom: "a" },
      ];
      await engine(commands("1")).up();
      const replaced = succeeded(await engine(commands("2")).up());
      expect(operations(replaced)).toEqual([
        ...["delete-replaced Command a", "replace Command a", "same Command b", ...rest],
      ]);
      expect(diffOf(replaced, "a").filter(({ replaces }) => replaces)).toEqual([
        { path: "triggers[0]", kind: "update", old: "1", new: "2", replaces: true },
      ]);
      succeeded(await engine(commands("3", { deleteBeforeReplace: true })).up());
      expect(scene.written()).toEqual(["create-1", "b", "create-2", "delete-1", "delete-2", "create-3"]);
    });

    test("what fails keeps its old state and stops what depends on it; the rest goes on, nothing is deleted, the next run continues", async (context) => {
      const { engine, scene } = await begin(context);
      const good = { name: "a", create: "echo 1" };
      const old = { name: "old", create: "true", delete: scene.note("deleted") };
      await engine([good, old]).up();
      const failed = await engine([
        { name: "a", create: "echo out; echo what is wrong >&2; exit 3" },
        { name: "b", create: scene.note("b"), dependsOn: ["a"] },
        { name: "c", create: scene.note("c") },
        { name: "d", create: "exit 4" },
      ]).up();
      const messages = new Map(failed.errors.map(({ message, urn }) => [urn?.split("::").at(-1), message]));
      expect([...messages.keys()].sort()).toEqual(["a", "d"]);
      expect(messages.get("a")).toContain("what is wrong");
      expect(messages.get("d")).toMatch(/^Process exited with status 4: /);
      expect(operations(failed)).toEqual([
        ...["create Command c", "failed create Command d", "failed update Command a", ...rest],
      ]);
      expect(scene.written()).toEqual(["c"]);

      const mended = succeeded(
        await engine([
          good,
          { name: "b", create: "echo b", dependsOn: ["a"] },
          { name: "d", create: "echo d" },
        ]).up(),
      );
      expect(operations(mended)).toEqual([
        ...["create Command b", "create Command d", "delete Command c", "delete Command old"],
        ...["same Command a", ...rest],
      ]);
      expect(scene.written()).toEqual(["c", "deleted"]);
    });

    test("destroy: dependents first, no delete of what is deletedWith another or retained, nothing that is protected", async (context) => {
      const { engine, scene } = await begin(context);
      const step = (word: string, more = {}) => ({
        ...{ name: word, create: "true", delete: scene.note(word) },
        ...more,
      });
      await engine([
        ...[step("host"), step("one", { dependsOn: ["host"] }), step("two", { dependsOn: ["one"] })],
        ...[step("gone", { deletedWith: "host" }), step("kept", { options: { retainOnDelete: true } })],
        step("safe", { options: { protect: true } }),
      ]).up();
      const preview = await engine([]).preview();
      expect(preview.errors.map(({ message }) => message)).toEqual([expect.stringContaining("protected")]);
      const destroyed = await engine([]).destroy();
      expect(destroyed.errors.map(({ message }) => message)).toEqual([expect.stringContaining("protected")]);
      expect(operations(destroyed)).toEqual([
        ...["delete Command gone", "delete Command host", "delete Command kept", "delete Command one"],
        ...["delete Command two", "failed delete Command safe"],
      ]);
      expect(scene.written()).toEqual(["two", "one", "host"]);
    });

    test("certificates: kinds of keys, extensions, secrets, change in place, renewal", async (context) => {
      if (problem !== undefined) context.skip(problem);
      const scene = makeScene(directory);
      requireOpenssl(context);
      const request = makeRequest(scene.directory);
      const authorities = [
        { name: "ed25519", algorithm: "ED25519" },
        { name: "p256", algorithm: "ECDSA", ecdsaCurve: "P256" },
        { name: "p384", algorithm: "ECDSA", ecdsaCurve: "P384" },
        { name: "p521", algorithm: "ECDSA", ecdsaCurve: "P521" },
        { name: "rsa", algorithm: "RSA" },
      ];
      const engine = (hours: number, early: number, some = authorities) =>
        make({
          ...{ program: "certificates", directory: scene.directory },
          config: { hours: `${hours}`, early: `${early}`, request, authorities: JSON.stringify(some) },
        });
      const created = succeeded(await engine(100, 10).up());
      expect(created.changes).toMatchObject({ create: 1 + 3 * authorities.length });
      expect(created.secretOutputs.sort()).toEqual(authorities.map((authority) => authority.name));
      for (const { name: kind } of authorities) {
        const made = created.outputs[kind] as Record<"key" | "publicKey" | "authority" | "leaf", string>;
        const described = [
          made.key.split("\n")[0],
          made.publicKey.split(" ")[0],
          describeCertificate(made.authority, made.authority),
          describeCertificate(made.leaf, made.authority),
        ];
        expectGolden(`providers/goldens/certificates.${kind}.txt`, described.join("\n"));
      }

      const only = [{ name: "ed25519", algorithm: "ED25519" }];
      const noted = succeeded(await engine(100, 20, only).up());
      expect(noted.changes).toMatchObject({ update: 1, delete: 3 * (authorities.length - 1), same: 3 });
      expect(diffOf(noted, "ed25519-leaf")).toEqual([
        { path: "earlyRenewalHours", kind: "update", old: 10, new: 20, replaces: false },
      ]);
      const due = succeeded(await engine(100, 200, only).preview());
      expect(operations(due)).toEqual([
        ...["delete-replaced LocallySignedCert ed25519-leaf", "replace LocallySignedCert ed25519-leaf"],
        ...["same PrivateKey ed25519", "same SelfSignedCert ed25519", "same Stack engine-test-test"],
      ]);
      expect(diffOf(due, "ed25519-leaf")).toEqual([
        { path: "earlyRenewalHours", kind: "update", old: 20, new: 200, replaces: false },
        { path: "readyForRenewal", kind: "update", old: false, new: "[unknown]", replaces: true },
      ]);
      expect(JSON.stringify(due)).not.toMatch(/PRIVATE KEY/);

      const other = [{ name: "ed25519", algorithm: "ECDSA", ecdsaCurve: "P256" }];
      const rooted = succeeded(await engine(100, 20, other).preview());
      const replaced = rooted.steps.filter(({ operation }) => operation === "replace");
      const reasons = replaced.map(({ type, diff = [] }) => [
        type.split(":").at(-1),
        ...diff.filter(({ replaces }) => replaces).map(({ path, new: next }) => `${path}: ${toText(next)}`),
      ]);
      expect(reasons).toEqual([
        ["PrivateKey", "algorithm: ECDSA", "ecdsaCurve: P256"],
        ["SelfSignedCert", "privateKeyPem: [secret]"],
        ["LocallySignedCert", "caCertPem: [unknown]", "caPrivateKeyPem: [secret]"],
      ]);
    });

    test("containers: create, nothing, update in place, replace with what needs them, destroy", async (context) => {
      const { server, scene } = await begin(context);
      requireDocker(context);
      const prefix = `engine-test-${process.pid}-${name.replaceAll(/\W/g, "")}`;
      context.onTestFinished(() => removeLeftovers(prefix));
      buildImage(`${prefix}-image`, scene.directory);
      const { host, sshOpts } = dockerOverSsh(server);
      const given = { prefix, host, sshOpts: JSON.stringify(sshOpts), directory: scene.directory };
      const engine = (changes: Record<string, string>) =>
        make({
          ...{ program: "containers", directory: scene.directory },
          config: { ...given, ...changes },
        });
      const others = ["same Stack engine-test-test", "same Volume volume"];
      const created = succeeded(await engine({}).up());
      expect(operations(created)).toEqual([
        ...["create Container container", "create Network network", "create Stack engine-test-test"],
        ...["create Volume volume", "create docker machine"],
      ]);
      const everything = ["container", "network", "volume", "image"].map((kind) => `${prefix}-${kind}`);
      expect(everythingNamed(prefix)).toEqual(everything.sort());
      expect(created.outputs["address"]).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
      expect(inspectContainer(`${prefix}-container`)).toEqual({
        ...{ command: ["3600"], environment: ["A=1", "B=2"], user: "65534:65534", hostname: "sleeper" },
        ...{ memory: 64 * 1024 * 1024, swap: 64 * 1024 * 1024, restart: "unless-stopped" },
        ...{ readOnly: true, dropped: ["ALL"], security: ["no-new-privileges:true"], log: "json-file" },
        healthcheck: {
          Test: ["CMD", "/bin/sleep", "0"],
          ...{ Interval: 30_000_000_000, Timeout: 5_000_000_000, Retries: 3 },
        },
        mounts: [
          [scene.directory, "/given", false],
          [`${prefix}-volume`, "/data", true],
        ].sort(),
        ...{ networks: [`${prefix}-network`], alias: true },
      });
      expect(operations(succeeded(await engine({}).up()))).toEqual([
        ...["same Container container", "same Network network", ...others, "same docker machine"],
      ]);

      const grown = succeeded(await engine({ memory: "96", restart: "always" }).up());
      expect(operations(grown)).toContain("update Container container");
      expect(grown.outputs).toEqual(created.outputs);
      const limit = 96 * 1024 * 1024;
      expect(inspectContainer(`${prefix}-container`)).toMatchObject({ memory: limit, restart: "always" });

      const renamed = succeeded(await engine({ memory: "96", restart: "always", variable: "7" }).up());
      expect(operations(renamed)).toEqual([
        ...["delete-replaced Container container", "replace Container container", "same Network network"],
        ...[...others, "same docker machine"],
      ]);
      expect(diffOf(renamed, "container")).toEqual([
        { path: "envs[1]", kind: "update", old: "A=1", new: "A=7", replaces: true },
      ]);

      const changes = { memory: "96", restart: "always", variable: "7", betweenContainers: "true" };
      const preview = succeeded(await engine(changes).preview());
      expect(operations(preview)).toEqual([
        ...["delete-replaced Container container", "delete-replaced Network network"],
        ...["replace Container container", "replace Network network", ...others, "same docker machine"],
      ]);
      expect(diffOf(preview, "container")).toEqual([
        expect.objectContaining({ path: "networksAdvanced", new: "[unknown]", replaces: true }),
      ]);
      expect(diffOf(preview, "network")).toEqual([
        expect.objectContaining({ kind: "update", old: "false", new: "true", replaces: true }),
      ]);
      expect(operations(succeeded(await engine(changes).up()))).toEqual(operations(preview));

      const unchanged = succeeded(await engine(changes).refresh());
      // The stack and the provider are written anew by every run of the program.
      expect(operations(unchanged)).toEqual(
        expect.arrayContaining(["same Container container", "same Network network", "same Volume volume"]),
      );
      execute("docker", ["rm", "--force", `${prefix}-container`]);
      const gone = succeeded(await engine(changes).refresh());
      expect(operations(gone)).toContain("delete Container container");
      expect(operations(succeeded(await engine(changes).up()))).toContain("create Container container");

      expect(succeeded(await engine({}).destroy()).changes.delete).toBe(5);
      expect(everythingNamed(prefix)).toEqual([`${prefix}-image`]);
    });
  },
);
