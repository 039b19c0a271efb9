import { rmSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { dockerTarget, quote } from "../../lab/engine/dockerRemote";
import { dockerProvider } from "../../lab/engine/providers/docker";
import { containerRequest, networkConnections } from "../../lab/engine/providers/dockerContainer";
import { buildCommand } from "../../lab/engine/providers/dockerImage";
import { resourceOf } from "./providers";
import {
  dockerOverSsh,
  everythingNamed,
  inspectContainer,
  readFromContainer,
  removeLeftovers,
  requireDocker,
  writeImageContext,
} from "./docker";
import { makeDirectory } from "./helpers";
import { freePort, sharedSshServer, type SshServer } from "./sshServer";

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
    ["part of a processor", { cpus: "0.5" }, { NanoCpus: 500_000_000 }],
    [
      "a port on one address",
      { ports: [{ internal: 9093, external: 19093, ip: "127.0.0.1", protocol: "tcp" }] },
      { PortBindings: { "9093/tcp": [{ HostIp: "127.0.0.1", HostPort: "19093" }] } },
    ],
    [
      "a directory of the host, read-only",
      { volumes: [{ hostPath: "/run/x", containerPath: "/x", readOnly: true }] },
      { Binds: ["/run/x:/x:ro"] },
    ],
    [
      "a volume",
      { mounts: [{ type: "volume", source: "v", target: "/v" }] },
      { Mounts: [{ Type: "volume", Source: "v", Target: "/v", ReadOnly: false }] },
    ],
    [
      "names of other hosts",
      { hosts: [{ host: "a.test", ip: "192.0.2.1" }] },
      { ExtraHosts: ["a.test:192.0.2.1"] },
    ],
    ["capabilities", { capabilities: { adds: ["A"], drops: ["ALL"] } }, { CapAdd: ["A"], CapDrop: ["ALL"] }],
    ["kernel settings", { sysctls: { a: "1" } }, { Sysctls: { a: "1" } }],
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

  test("networks are connected one by one, with aliases and addresses", () => {
    const networksAdvanced = [{ name: "n", aliases: ["a"], ipv4Address: "192.0.2.9" }];
    expect(networkConnections({ networksAdvanced })).toEqual([
      { network: "n", endpoint: { Aliases: ["a"], IPAMConfig: { IPv4Address: "192.0.2.9" } } },
    ]);
  });

  test("a part of an input that is not supported is refused, not ignored", () => {
    expect(() => containerRequest({ ports: [{ internal: 1, range: 2 }] })).toThrow(/range is not supported/);
  });

  test("an image is built with the options that the program gives", () => {
    const options = { context: "ignored", buildArgs: { A: "1 2" }, target: "last", noCache: true };
    expect(buildCommand("name:1", options).join("|")).toBe(
      "docker|build|--tag|name:1|--file|Dockerfile|--build-arg|A=1 2|--target|last|--no-cache|-",
    );
    expect(quote("A=1 'x'")).toBe(`'A=1 '\\''x'\\'''`);
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
    ["memory, restart and wait change in place", { memory: 65, restart: "always", wait: true }, []],
    ["the order of variables means nothing", { envs: ["B=2", "A=1"] }, []],
    ["a variable replaces", { envs: ["A=1", "B=3"] }, ["envs"]],
    ["an uploaded file replaces", { uploads: [{ file: "/f", content: "x" }] }, ["uploads"]],
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

  test("a name that is left open is made up once; only with it a network's replacement can come first", async () => {
    const networks = resourceOf(dockerProvider, "docker:index/network:Network");
    const named = { id: "1", inputs: { name: "it-0a1b2c3", __defaults: ["name"] }, outputs: {} };
    expect(networks.diff(named, { internal: true })).toEqual({
      ...{ changed: ["internal"], replace: ["internal"], deleteBeforeReplace: false },
    });
    expect(networks.diff(named, { name: "mine" })).toMatchObject({
      ...{ replace: ["name"], deleteBeforeReplace: true },
    });
    await expect(
      Promise.resolve().then(() =>
        resourceOf(dockerProvider, "docker:index/remoteImage:RemoteImage").create({}),
      ),
    ).rejects.toThrow(/name: is missing/);
  });
});

describe("Docker over SSH", { timeout: 120_000 }, () => {
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
      images: of("RemoteImage"),
    };
  };
  afterAll(() => removeLeftovers(prefix));

  test("network, volume, image and container come, change and go; what is gone already is no error", async (context) => {
    requireDocker(context);
    const server = await sshServer(context);
    const { containers, networks, volumes, images } = resources(server);
    writeImageContext(directory);
    const network = await networks.create({ name: name("network"), internal: true });
    const volume = await volumes.create({ name: name("volume") });
    const image = await images.create({ name: name("image"), build: { context: directory } });
    expect(image.outputs["imageId"]).toMatch(/^sha256:/);
    const inputs = {
      ...{ name: name("container"), image: image.outputs["imageId"]!, command: ["3600"], memory: 32 },
      ...{ networksAdvanced: [{ name: name("network") }], stopSignal: "SIGKILL" },
      mounts: [{ type: "volume", source: name("volume"), target: "/data" }],
      uploads: [{ file: "/etc/greeting", content: "hello\n", permissions: "0600" }],
    };
    const container = await containers.create(inputs);
    const before = server.connections();
    const updated = await containers.update(container, { ...inputs, memory: 64, restart: "always" });
    expect(server.connections()).toBe(before + 1);
    expect(updated.id).toBe(container.id);
    expect(inspectContainer(name("container"))).toMatchObject({
      ...{ memory: 64 * 1024 * 1024, restart: "always", networks: [name("network")] },
      mounts: [[name("volume"), "/data"]],
    });
    expect(readFromContainer(name("container"), "/etc/greeting")).toContain("hello\n");
    for (const _ of ["first", "again"]) {
      await containers.delete(container);
      await networks.delete(network);
      await volumes.delete(volume);
      await images.delete(image);
    }
    expect(everythingNamed(prefix)).toEqual([]);
  });

  test("a container that does not come up is removed, and the error says why", async (context) => {
    requireDocker(context);
    const { containers, images } = resources(await sshServer(context));
    writeImageContext(directory);
    const image = await images.create({ name: name("image"), build: { context: directory } });
    const inputs = { name: name("broken"), image: image.outputs["imageId"]! };
    await expect(containers.create({ ...inputs, entrypoints: ["/nothing"] })).rejects.toThrow(
      /container .*-broken: Docker answered 400: .*\/nothing/s,
    );
    const healthcheck = { tests: ["CMD", "/bin/sleep", "nonsense"], interval: "1s", retries: 1 };
    await expect(
      containers.create({ ...inputs, command: ["60"], healthcheck, wait: true, waitTimeout: 1 }),
    ).rejects.toThrow(/not healthy after 1 s \(waitTimeout\)/);
    await images.delete(image);
    expect(everythingNamed(prefix)).toEqual([]);
  });

  test("a machine that refuses is reported in ssh's own words", async (context) => {
    const server = await sshServer(context);
    const configuration = { ...dockerOverSsh(server), host: `ssh://127.0.0.1:${await freePort()}` };
    const volumes = resourceOf(dockerProvider, "docker:index/volume:Volume", { configuration });
    await expect(volumes.create({ name: name("volume") })).rejects.toThrow(/Connection refused/);
  });
});
