import { rmSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { dockerTarget } from "../../lab/providers/docker/remote";
import { dockerProvider } from "../../lab/providers/docker/provider";
import { containerRequest, networkConnections } from "../../lab/providers/docker/container";
import { execute } from "../support/execute";
import { resourceOf } from "./providers";
import {
  buildImage,
  dockerOverSsh,
  everythingNamed,
  inspectContainer,
  removeLeftovers,
  requireDocker,
} from "./docker";
import { makeDirectory } from "./helpers";
import { closedPort, sharedSshServer, type SshServer } from "./sshServer";

const directory = makeDirectory();
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("requests to Docker", () => {
  test("a container with nothing but an image asks for nothing else", () => {
    expect(containerRequest({ name: "c", image: "i" })).toEqual({
      Image: "i",
      HostConfig: {
        RestartPolicy: { Name: "no", MaximumRetryCount: 0 },
        ...{ AutoRemove: false, ReadonlyRootfs: false, Privileged: false, PublishAllPorts: false },
        ...{ Init: false, NetworkMode: "bridge", LogConfig: {} },
      },
    });
  });

  test.each([
    ["memory in MiB", { memory: 64, memorySwap: 128 }, { Memory: 67108864, MemorySwap: 134217728 }],
    ["unlimited swap", { memorySwap: -1 }, { MemorySwap: -1 }],
    [
      "a volume",
      { mounts: [{ type: "volume", source: "v", target: "/v" }] },
      { Mounts: [{ Type: "volume", Source: "v", Target: "/v", ReadOnly: false }] },
    ],
    ["capabilities", { capabilities: { adds: ["A"], drops: ["ALL"] } }, { CapAdd: ["A"], CapDrop: ["ALL"] }],
  ])("%s", (_, inputs, host) => {
    expect(containerRequest({ name: "c", image: "i", ...inputs })["HostConfig"]).toMatchObject(host);
  });

  test("a health check's durations become nanoseconds", () => {
    const healthcheck = { tests: ["CMD", "true"], interval: "1m30s", timeout: "500ms", retries: 3 };
    expect(containerRequest({ name: "c", image: "i", healthcheck })["Healthcheck"]).toEqual({
      ...{ Test: ["CMD", "true"], Interval: 90e9, Timeout: 5e8, Retries: 3 },
    });
    expect(() => containerRequest({ healthcheck: { interval: "soon" } })).toThrow(/"soon" is not a duration/);
  });

  test("networks are connected one by one, with aliases", () => {
    const networksAdvanced = [{ name: "n", aliases: ["a"] }];
    expect(networkConnections({ networksAdvanced })).toEqual([
      { network: "n", endpoint: { Aliases: ["a"] } },
    ]);
  });

  test("a part of an input that is not supported is refused, not ignored", () => {
    expect(() => containerRequest({ mounts: [{ target: "/a", range: 2 }] })).toThrow(
      /range is not supported/,
    );
  });

  test("the daemon's place is read from host and sshOpts; anything else is refused", () => {
    expect(dockerTarget({ host: "unix:///run/d.sock" })).toEqual({ shell: [], socketPath: "/run/d.sock" });
    const { shell } = dockerTarget({ host: "ssh://me@[2001:db8::1]:2222", sshOpts: '["-F","/c"]' });
    expect(shell.join(" ")).toBe("ssh -F /c -o ConnectTimeout=30 -T -l me -p 2222 -- 2001:db8::1");
    expect(() => dockerTarget({ host: "tcp://192.0.2.1" })).toThrow(/write ssh:\/\/user@host:port or unix/);
    expect(() => dockerTarget({ host: "ssh://a", certPath: "/c" })).toThrow(/certPath not supported/);
  });
});

describe("changes of Docker's resources", () => {
  const containers = resourceOf(dockerProvider, "docker:index/container:Container");
  const base = { name: "c", image: "i", envs: ["A=1", "B=2"], memory: 64 };
  const old = { id: "1", inputs: base, outputs: base };

  test.each([
    ["memory and restart change in place", { memory: 65, restart: "always" }, []],
    ["the order of variables means nothing", { envs: ["B=2", "A=1"] }, []],
    ["a variable replaces", { envs: ["A=1", "B=3"] }, ["envs"]],
    ["another image replaces", { image: "j" }, ["image"]],
  ])("%s", (_, change, replace) => {
    expect(containers.diff(old, { ...base, ...change })).toMatchObject({
      replace,
      deleteBeforeReplace: true,
    });
  });

  test("variables that are taken away stay, since the image has some too", () => {
    const { envs: _, ...without } = base;
    expect(containers.diff(old, without).changed).toEqual([]);
  });

  test("a name that is left open is made up once; only with it a network's replacement can come first", () => {
    const networks = resourceOf(dockerProvider, "docker:index/network:Network");
    const named = { id: "1", inputs: { name: "it-0a1b2c3", __defaults: ["name"] }, outputs: {} };
    expect(networks.diff(named, { internal: true })).toEqual({
      ...{ changed: ["internal"], replace: ["internal"], deleteBeforeReplace: false },
    });
    expect(networks.diff(named, { name: "mine" })).toMatchObject({
      ...{ replace: ["name"], deleteBeforeReplace: true },
    });
  });
});

describe("Docker over SSH", () => {
  const sshServer = sharedSshServer();
  const prefix = `engine-test-${process.pid}-direct`;
  const name = (kind: string) => `${prefix}-${kind}`;
  const resources = (server: SshServer) => {
    const configuration = dockerOverSsh(server);
    const of = (kind: string) =>
      resourceOf(dockerProvider, `docker:index/${kind[0]!.toLowerCase()}${kind.slice(1)}:${kind}`, {
        configuration,
      });
    return {
      containers: of("Container"),
      networks: of("Network"),
      volumes: of("Volume"),
    };
  };
  afterAll(() => removeLeftovers(prefix));

  test("network, volume and container come, change and go; what is gone already is no error", async (context) => {
    requireDocker(context);
    const server = await sshServer(context);
    const { containers, networks, volumes } = resources(server);
    buildImage(name("image"), directory);
    const network = await networks.create({ name: name("network"), internal: true });
    const volume = await volumes.create({ name: name("volume") });
    const inputs = {
      ...{ name: name("container"), image: name("image"), command: ["3600"], memory: 32 },
      networksAdvanced: [{ name: name("network") }],
      mounts: [{ type: "volume", source: name("volume"), target: "/data" }],
    };
    const container = await containers.create(inputs);
    const before = server.connections();
    const updated = await containers.update(container, { ...inputs, memory: 64, restart: "always" });
    expect(server.connections()).toBe(before + 1);
    expect(updated.id).toBe(container.id);
    expect(inspectContainer(name("container"))).toMatchObject({
      ...{ memory: 64 * 1024 * 1024, restart: "always", networks: [name("network")] },
      mounts: [[name("volume"), "/data", true]],
    });
    for (const _ of ["first", "again"]) {
      await containers.delete(container);
      await networks.delete(network);
      await volumes.delete(volume);
    }
    expect(everythingNamed(prefix)).toEqual([name("image")]);
  });

  test("a refresh finds what is there and what is gone; a container that has ended is removed", async (context) => {
    requireDocker(context);
    const { containers, networks, volumes } = resources(await sshServer(context));
    buildImage(name("image"), directory);
    const [network, volume] = [
      await networks.create({ name: name("network"), driver: "bridge" }),
      await volumes.create({ name: name("volume") }),
    ];
    const container = await containers.create({
      name: name("ended"),
      image: name("image"),
      command: ["3600"],
    });
    for (const [kind, instance] of [
      [networks, network],
      [volumes, volume],
      [containers, container],
    ] as const)
      expect(await kind.read(instance)).toEqual(instance);
    execute("docker", ["kill", name("ended")]);
    expect(await containers.read(container)).toBeUndefined();
    await networks.delete(network);
    await volumes.delete(volume);
    expect([await networks.read(network), await volumes.read(volume)]).toEqual([undefined, undefined]);
    expect(everythingNamed(prefix)).toEqual([name("image")]);
  });

  test("a container that does not come up is removed, and the error says why", async (context) => {
    requireDocker(context);
    const { containers } = resources(await sshServer(context));
    buildImage(name("image"), directory);
    const inputs = { name: name("broken"), image: name("image"), networksAdvanced: [{ name: name("none") }] };
    await expect(containers.create(inputs)).rejects.toThrow(
      /container .*-broken: Docker answered 404: .*-none not found/,
    );
    expect(everythingNamed(prefix)).toEqual([name("image")]);
  });

  test("a machine that refuses is reported in ssh's own words", async (context) => {
    const server = await sshServer(context);
    const configuration = { ...dockerOverSsh(server), host: `ssh://127.0.0.1:${closedPort}` };
    const volumes = resourceOf(dockerProvider, "docker:index/volume:Volume", { configuration });
    await expect(volumes.create({ name: name("volume") })).rejects.toThrow(/Connection refused/);
  });
});
