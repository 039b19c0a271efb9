import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readCapture } from "../../lab/hosts/capture";
import { run } from "../../lab/hosts/command";
import { sshArguments, statusTable } from "../../lab/hosts/commands";
import { containmentFlags, unavailableCapabilities } from "../../lab/hosts/containment";
import { createArguments, type HostRecipe } from "../../lab/hosts/host";
import { buildAlertmanagerImage, copiedFiles } from "../../lab/hosts/images";
import { raiseKernelLimits } from "../../lab/hosts/kernelLimits";
import { labId, labels } from "../../lab/hosts/labels";
import { Lab, type LabHost } from "../../lab/hosts/lab";
import { administratorEnvironment, packagesFor } from "../../lab/hosts/machine";
import { describePacket } from "../../lab/hosts/router";
import { LabState, knownHosts } from "../../lab/hosts/state";
import { candidateSubnets, hostAddresses, isFree, sourceHosts } from "../../lab/hosts/subnets";
import { eventually, slowness } from "../../lab/polling";
import { runOverSsh } from "../../lab/ssh/connection";

describe("what the lab asks of this machine", () => {
  test("a limit of time is that of an idle machine, and as many times longer as each core has work", () => {
    expect([0, 1.5, 2, 8].map((load) => slowness(load, 2))).toEqual([1, 1, 1, 4]);
  });

  test("with all privileges on cgroup v2, a host is privileged in a namespace of its own", () => {
    expect(containmentFlags({ cgroupVersion: 2, unavailableCapabilities: [] })).toEqual([
      "--privileged",
      "--cgroupns=private",
    ]);
  });

  test("without some privileges, a host gets all others, and cgroup v1 is forced on systemd", () => {
    const flags = containmentFlags({ cgroupVersion: 1, unavailableCapabilities: ["SYS_RESOURCE"] }).join(" ");
    expect(flags).toContain("--cap-add ALL --cap-drop SYS_RESOURCE");
    expect(flags).toContain("--cgroupns=host --volume /sys/fs/cgroup:/sys/fs/cgroup");
    expect(flags).toContain("SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1");
    expect(flags).not.toContain("--privileged");
  });

  test("an engine before 23 is told which capabilities this machine lacks, a newer one finds out itself", () => {
    expect(unavailableCapabilities("20.10.24+dfsg1", "CapEff:\t0\nCapBnd:\t000001fffeffffff\n")).toEqual([
      "SYS_RESOURCE",
    ]);
    expect(unavailableCapabilities("20.10.24+dfsg1", "CapBnd:\t000001ffffffffff\n")).toEqual([]);
    expect(unavailableCapabilities("26.1.5+dfsg1", "CapBnd:\t000001fffeffffff\n")).toEqual([]);
  });

  test("inotify instances are raised where there are too few for many hosts, and never lowered", () => {
    const directory = mkdtempSync(join(tmpdir(), "ha-monitoring-limits-"));
    const file = join(directory, "max_user_instances");
    const said: string[] = [];
    try {
      for (const [present, isRoot, then] of [
        ["128\n", true, "1024\n"],
        ["8192\n", true, "8192\n"],
        ["128\n", false, "128\n"],
      ] as const) {
        writeFileSync(file, present);
        raiseKernelLimits((line) => said.push(line), file, isRoot);
        expect(readFileSync(file, "utf8")).toBe(then);
      }
      expect(said).toEqual([
        "This machine allows 128 inotify instances, enough for about 17 hosts; for more: sudo sysctl fs.inotify.max_user_instances=1024",
      ]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test("each missing command becomes its packages, once", () => {
    expect(packagesFor(["docker", "dockerd", "debootstrap"])).toEqual([
      "docker.io",
      "debootstrap",
      "debian-archive-keyring",
    ]);
  });
});

describe("networks", () => {
  test("only ranges for documentation and benchmarks, another pair per lab, never 192.0.2.0/24", () => {
    const candidates = candidateSubnets();
    expect(candidates[0]).toEqual({ subnet: "198.51.100.0/24", subnet6: "2001:db8:1::/64" });
    for (const { subnet } of candidates)
      expect(subnet).toMatch(/^(198\.51\.100|203\.0\.113|198\.18\.\d+)\.0\/24$/);
    expect(new Set(candidates.flatMap(({ subnet, subnet6 }) => [subnet, subnet6])).size).toBe(
      2 * candidates.length,
    );
  });

  test("a subnet is not free if this machine has or needs an address in it, in either family", () => {
    const subnets = { subnet: "203.0.113.0/24", subnet6: "2001:db8:2::/64" };
    expect(isFree(subnets, ["192.0.2.2", "::1", "fe80::1%eth0", "2001:db8:3::80"])).toBe(true);
    expect(isFree(subnets, ["192.0.2.2", "203.0.113.7"])).toBe(false);
    expect(isFree(subnets, ["::ffff:203.0.113.7"])).toBe(false);
    expect(isFree(subnets, ["2001:db8:2::80"])).toBe(false);
  });

  test("package sources are known by apt's lists, without what is commented out", () => {
    const text =
      "# deb http://old.example.com/debian trixie main\nURIs: http://a.example.com/debian\ndeb [x=y] https://b.example.com:8443/ x";
    expect(sourceHosts(text)).toEqual(["a.example.com", "b.example.com"]);
  });

  test("the last part of a host's addresses reads the same in both families", () => {
    const subnets = { subnet: "198.18.7.0/24", subnet6: "2001:db8:a::/64" };
    expect(hostAddresses(subnets, 12)).toEqual({ address: "198.18.7.12", address6: "2001:db8:a::12" });
  });
});

describe("a capture of the router", () => {
  const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ""), "hex");
  const header = hex("d4c3b2a1 0200 0400 00000000 00000000 00020000 01000000");
  // A datagram "hi" from 198.51.100.10 port 1000 to 192.0.2.7 port 9, padded as short Ethernet frames are.
  const frame = hex(
    `0242c6336402 0242c633640a 0800 4500001e00000000401100 00c633640a c0000207 03e80009000a0000 6869 00000000`,
  );
  const record = Buffer.concat([
    hex("01000000 20a10700"),
    Buffer.from([frame.length, 0, 0, 0, frame.length, 0, 0, 0]),
    frame,
  ]);

  test("is read packet by packet, without the padding of frames", () => {
    expect(readCapture(Buffer.concat([header, record, record]))).toEqual(
      Array.from({ length: 2 }, () => ({
        ...{ time: 1500, protocol: "udp", source: "198.51.100.10", destination: "192.0.2.7" },
        ...{ sourcePort: 1000, port: 9, data: "hi" },
      })),
    );
  });

  test("may end within a packet that is still being written, and must be one", () => {
    for (const length of [record.length + 1, record.length + 16, 2 * record.length - 1])
      expect(readCapture(Buffer.concat([header, record, record]).subarray(0, 24 + length))).toHaveLength(1);
    expect(() => readCapture(Buffer.from("not a capture at all, but long enough"))).toThrow("pcap");
  });
});

describe("what is written for a host", () => {
  const recipe: HostRecipe = {
    hostname: "monitor-a",
    name: "monitor-a",
    os: "debian13",
    flavor: "docker",
    lab: "lab-0a1b2c3d",
    image: "ha-monitoring-lab/debian13-docker:x",
    address: "198.51.100.10",
    address6: "2001:db8:1::10",
    resolverConfiguration: "/state/resolv.conf",
    hostKey: "ssh-ed25519 AAAA",
    authorizedKey: "ssh-ed25519 BBBB",
  };
  const containment = { cgroupVersion: 2, unavailableCapabilities: [] } as const;
  const recipeLabel = (one: HostRecipe) =>
    createArguments(one, { ...containment, unavailableCapabilities: [] }).find((word) =>
      word.startsWith(labels.recipe),
    );

  test("the container has fixed addresses, and labels by which it is found after a crash", () => {
    const words = createArguments(recipe, { ...containment, unavailableCapabilities: [] }).join(" ");
    expect(words).toContain("--network lab-0a1b2c3d --ip 198.51.100.10 --ip6 2001:db8:1::10");
    expect(words).toContain("--label ha-monitoring.lab.host=monitor-a");
    expect(words).toContain("--label ha-monitoring.lab.id=lab-0a1b2c3d");
  });

  test("a host is made anew when its image, address or keys change, and only then", () => {
    expect(recipeLabel({ ...recipe })).toBe(recipeLabel(recipe));
    for (const change of [
      { image: "y" },
      { address: "198.51.100.11" },
      { hostKey: "c" },
      { authorizedKey: "d" },
    ]) {
      expect(recipeLabel({ ...recipe, ...change })).not.toBe(recipeLabel(recipe));
    }
  });

  test("known_hosts has one line per host, with both addresses, and none for a host whose key is its own affair", () => {
    expect(knownHosts([recipe, { ...recipe, hostKey: "" }])).toBe(
      "198.51.100.10,2001:db8:1::10 ssh-ed25519 AAAA\n",
    );
  });

  test("ssh takes the pinned key or none", () => {
    const paths = { privateKeyPath: "/s/key", knownHostsPath: "/s/known" };
    expect(sshArguments(paths, recipe, "operator").join(" ")).toBe(
      "-F none -i /s/key -o UserKnownHostsFile=/s/known -o GlobalKnownHostsFile=/dev/null -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes operator@198.51.100.10",
    );
  });

  test("the Alertmanager image depends on the files that its Dockerfile copies, not on those of other images", () => {
    const dockerfile =
      "COPY --from=upstream /bin/a /b\nCOPY --chmod=0755 one.sh two.sh \\\n  /usr/local/bin/\n";
    expect(copiedFiles(dockerfile)).toEqual(["one.sh", "two.sh"]);
  });

  test("the table shows what is switched off without an uptime", () => {
    const host = { ...recipe, container: "c", startedAt: "2026-01-01T00:00:00Z", recipe: "" };
    const now = Date.parse("2026-01-01T02:03:04Z");
    expect(statusTable([{ ...host, state: "running" }], now)).toContain("running │ 2 h 3 min");
    expect(statusTable([{ ...host, state: "exited" }], now)).toMatch(/exited │\s+│/);
  });
});

describe("the state of a lab", () => {
  const directory = mkdtempSync(join(tmpdir(), "lab-state-"));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test("a host keeps its number until it is forgotten", () => {
    const state = new LabState(directory);
    expect(["a", "b", "a"].map((name) => state.claimHostNumber(name))).toEqual([10, 11, 10]);
    state.forgetHost("a");
    expect(["b", "c"].map((name) => new LabState(directory).claimHostNumber(name))).toEqual([11, 10]);
  });

  test("the key is for its owner only, stays the same, and ssh-keygen reads it", async () => {
    const state = new LabState(directory);
    const { publicKey } = state.key();
    expect(statSync(state.privateKeyPath).mode & 0o777).toBe(0o600);
    expect(new LabState(directory).key().publicKey).toBe(publicKey);
    const { stdout } = await run("ssh-keygen", ["-y", "-f", state.privateKeyPath]);
    expect(stdout.startsWith(publicKey)).toBe(true);
  });

  test("names that cannot be a host's, or are there twice, are refused before anything starts", async () => {
    const lab = new Lab({ stateDirectory: join(directory, "unused") });
    await expect(lab.up([{ name: "Monitor_A" }])).rejects.toThrow('Bad host name "Monitor_A"');
    await expect(lab.up([{ name: "a" }, { name: "a" }])).rejects.toThrow('"a" is there twice');
  });
});

describe("real hosts", () => {
  const stateDirectory = mkdtempSync(join(tmpdir(), "lab-hosts-"));
  const lab = new Lab({ stateDirectory });
  const wanted = [
    { name: "thirteen", os: "debian13" },
    { name: "twelve", os: "debian12" },
    { name: "bare", os: "debian13", flavor: "bare" },
  ] as const;
  let hosts: LabHost[] = [];
  const named = (name: string) => hosts.find((host) => host.name === name)!;
  const ssh = (host: LabHost, address: string, user: string, command: string) =>
    runOverSsh({ host: address, user, privateKey: lab.privateKey, hostKey: host.hostKey }, command, "", {});

  beforeAll(async () => {
    hosts = await lab.up([...wanted]);
  });

  afterAll(async () => {
    await lab.down();
    rmSync(stateDirectory, { recursive: true, force: true });
  });

  test("addresses follow the order of the names", () => {
    expect(hosts.map(({ address }) => address.split(".").at(-1))).toEqual(["10", "11", "12"]);
  });

  test("each boots completely, into the system that was asked for", async () => {
    expect(hosts.map(({ name, os }) => ({ name, os }))).toEqual(wanted.map(({ name, os }) => ({ name, os })));
    for (const [name, version] of [
      ["thirteen", "13"],
      ["twelve", "12"],
      ["bare", "13"],
    ] as const) {
      const { stdout } = await lab.exec(
        name,
        "systemctl is-system-running; . /etc/os-release; echo $VERSION_ID",
      );
      expect(stdout).toBe(`running\n${version}\n`);
    }
  });

  test("SSH with the pinned host key works on IPv4 and IPv6, and with another key it does not", async () => {
    for (const host of hosts) {
      for (const address of [host.address, host.address6]) {
        expect((await ssh(host, address, "root", "hostname")).stdout).toBe(`${host.name}\n`);
      }
    }
    const impostor = { ...named("thirteen"), hostKey: named("twelve").hostKey };
    const config = { host: impostor.address, privateKey: lab.privateKey, hostKey: impostor.hostKey };
    await expect(runOverSsh({ ...config, dialErrorLimit: 0 }, "true", "", {})).rejects.toThrow(
      "host key mismatch",
    );
  });

  test("operator may use sudo and Docker, nobody-special neither", async () => {
    for (const host of [named("thirteen"), named("twelve")]) {
      expect((await ssh(host, host.address, "operator", "sudo -n id -u && docker ps -q")).stdout).toBe("0\n");
      expect((await ssh(host, host.address, "nobody-special", "sudo -n id -u")).problem).not.toBe("");
      expect((await ssh(host, host.address, "nobody-special", "docker ps")).problem).not.toBe("");
    }
  });

  test("hosts reach each other over IPv4 and IPv6 without the router", async () => {
    const { address, address6 } = named("twelve");
    await lab.router.reset();
    await lab.exec("thirteen", `ping -c 1 -W 20 ${address} && ping -c 1 -W 20 ${address6}`);
    expect(await lab.router.seen()).toEqual([]);
  });

  test.each(["thirteen", "twelve"])(
    "the router answers host %s for every address and port, and records what it gets",
    async (name) => {
      const { address, address6 } = named(name);
      await lab.router.reset();
      const begun = Date.now();
      // Addresses of a documentation network that no lab uses, and of an overlay.
      const request = "printf 'POST /api/v2/alerts HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n'";
      const commands = [
        `exec 3<>/dev/tcp/192.0.2.77/9093; ${request} >&3; head -n 1 <&3`,
        `exec 3<>/dev/tcp/fd00::77/9093; ${request} >&3; head -n 1 <&3`,
        "exec 3<>/dev/udp/192.0.2.77/51820; printf one >&3; dd bs=64 count=1 status=none <&3; echo",
        "exec 3<>/dev/udp/fd00::77/51820; printf two >&3; dd bs=64 count=1 status=none <&3; echo",
      ];
      const answers = await lab.exec(
        name,
        commands.map((command) => `timeout 60 bash -c ${JSON.stringify(command)}`).join("; "),
      );
      expect(answers.stdout).toBe("HTTP/1.1 200 OK\r\nHTTP/1.1 200 OK\r\none\ntwo\n");
      await lab.exec(name, "ping -c 1 -W 20 192.0.2.77 && ping -c 1 -W 20 fd00::77");

      const seen = await lab.router.seen();
      expect(seen.map(describePacket)).toEqual(
        expect.arrayContaining([
          `tcp ${address} -> 192.0.2.77 port 9093: "POST /api/v2/alerts HTTP/1.1"`,
          `tcp ${address6} -> fd00::77 port 9093: "POST /api/v2/alerts HTTP/1.1"`,
          `udp ${address} -> 192.0.2.77 port 51820: "one"`,
          `udp ${address6} -> fd00::77 port 51820: "two"`,
          `icmp ${address} -> 192.0.2.77`,
          `icmp6 ${address6} -> fd00::77`,
        ]),
      );
      for (const { time } of seen) {
        expect(time).toBeGreaterThanOrEqual(begun);
        expect(time).toBeLessThanOrEqual(Date.now());
      }
    },
  );

  test("names fail at once, with and without a name server, and no host takes the lab for a cloud", async () => {
    // A resolver would wait 5 seconds for a server that does not answer.
    const unknown = "timeout 4 getent hosts name.example; echo $?";
    expect((await lab.exec("thirteen", unknown)).stdout).toBe("2\n");
    const withServer = `cp /etc/resolv.conf /tmp/own; echo 'nameserver 192.0.2.53' >/etc/resolv.conf; ${unknown}; cat /tmp/own >/etc/resolv.conf`;
    expect((await lab.exec("thirteen", withServer)).stdout).toBe("2\n");
    expect((await lab.router.seen()).map(({ destination, port }) => `${destination} ${port}`)).toContain(
      "192.0.2.53 53",
    );
    const metadata = await lab.exec("thirteen", "bash -c '</dev/tcp/169.254.169.254/80'", {
      allowFailure: true,
    });
    expect(metadata.stderr).toContain("Network is unreachable");
  });

  test("nothing that a host sends to the router leaves this machine", async () => {
    const { stdout } = await run("docker", [
      "exec",
      `${lab.id}.router`,
      "sh",
      "-c",
      "ip route show default; ip -6 route show default; cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding",
    ]);
    expect(stdout).toBe("0\n0\n");
    const { stdout: internal } = await run("docker", [
      "network",
      "inspect",
      "--format",
      "{{.Internal}}",
      lab.id,
    ]);
    expect(internal).toBe("true\n");
  });

  test.each(["thirteen", "twelve"])(
    "Alertmanager's image is built, put on host %s, and runs there",
    async (name) => {
      const image = await buildAlertmanagerImage();
      await lab.loadImage(name, image);
      const loaded = await lab.exec(
        name,
        `docker image inspect --format '{{.Metadata.LastTagTime}}' ${image}`,
      );
      await lab.loadImage(name, image);
      expect(
        await lab.exec(name, `docker image inspect --format '{{.Metadata.LastTagTime}}' ${image}`),
      ).toEqual(loaded);
      const command = "amtool check-config /etc/conf && command -v socat && alertmanager --version";
      const configuration = "route: {receiver: a}\nreceivers: [{name: a}]\n";
      const { stdout } = await lab.exec(
        name,
        `cat >/root/conf && docker run --rm -v /root/conf:/etc/conf --sysctl net.ipv4.tcp_retries2=5 --entrypoint sh ${image} -c '${command}'`,
        { stdin: configuration },
      );
      expect(stdout).toMatch(/SUCCESS[^]*\/usr\/bin\/socat[^]*alertmanager, version 0\.35\.0/);
    },
  );

  test("what a container of a host uses ends with the host's own control groups", async () => {
    const { stdout } = await lab.exec("thirteen", "docker info --format '{{.CgroupDriver}}'");
    expect(stdout).toBe("systemd\n");
  });

  test.each(["thirteen", "twelve"])(
    "haproxy is not on host %s, and installs without the internet",
    async (name) => {
      const before = await lab.exec(
        name,
        "for name in haproxy socat openssl curl; do command -v $name; done; true",
      );
      expect(before.stdout).toBe("");
      const update = await lab.exec(name, "apt-get -q update 2>&1");
      expect(update.stdout).not.toMatch(/^(E|W|Err)/m);
      await lab.exec(name, "apt-get install -y haproxy socat openssl curl prometheus-node-exporter 2>&1");
      expect((await lab.exec(name, "haproxy -v; systemctl is-active haproxy")).stdout).toMatch(
        /HAProxy[^]*\nactive\n$/,
      );
    },
  );

  test("on a bare host Docker installs and runs", async () => {
    expect((await lab.exec("bare", "command -v docker", { allowFailure: true })).status).not.toBe(0);
    await lab.exec("bare", "apt-get -q update && apt-get install -y docker.io docker-cli 2>&1");
    expect((await lab.exec("bare", "systemctl is-active docker && docker ps -q")).stdout).toBe("active\n");
  });

  test("a second up changes nothing", async () => {
    const before = await lab.status();
    const again = await lab.up(wanted.map(({ name }) => ({ name })));
    expect(again).toEqual(hosts);
    expect(await lab.status()).toEqual(before);
  });

  test.each(["thirteen", "twelve"])(
    "after a reboot host %s has its addresses, its routes, its key and its files",
    async (name) => {
      const host = named(name);
      const routes = () => lab.exec(name, "ip route show default; ip -6 route show default");
      const before = await routes();
      await lab.exec(name, "echo kept >/root/file; echo lost >/run/file");
      await lab.reboot(name);
      expect(await routes()).toEqual(before);
      const { stdout } = await ssh(
        host,
        host.address6,
        "root",
        "cat /root/file; ls /run/file; ip -o address show eth0",
      );
      expect(stdout).toMatch(/^kept\n/);
      expect(stdout).not.toContain("/run/file\n");
      for (const address of [host.address, host.address6]) expect(stdout).toContain(`${address}/`);
    },
  );

  test("a reboot that was asked for on the host itself is one", async () => {
    const started = async () => (await lab.status()).find(({ name }) => name === "thirteen")?.startedAt;
    const before = await started();
    await lab.exec("thirteen", "systemctl reboot", { allowFailure: true });
    await eventually(120, async () => expect(await started()).not.toBe(before));
    await eventually(120, async () =>
      expect((await lab.exec("thirteen", "systemctl is-system-running", { allowFailure: true })).stdout).toBe(
        "running\n",
      ),
    );
  });

  test("a host that is switched off keeps its addresses, and up switches it on", async () => {
    await lab.switchOff("bare", { suddenly: true });
    const off = (await lab.status()).find(({ name }) => name === "bare");
    expect(off).toMatchObject({
      state: "exited",
      address: named("bare").address,
      address6: named("bare").address6,
    });
    expect(await lab.up([{ name: "bare" }])).toEqual([named("bare")]);
  });

  test("a single host can be removed, the others stay", async () => {
    await lab.remove(["bare", "never-was"]);
    expect((await lab.status()).map(({ name }) => name)).toEqual(["thirteen", "twelve"]);
    expect(readFileSync(lab.knownHostsPath, "utf8")).not.toContain(named("bare").address);
  });

  test("down leaves no container, network, volume or file, also when the state was lost before", async () => {
    const bridge = `br-${(await run("docker", ["network", "inspect", "--format", "{{.Id}}", lab.id])).stdout.slice(0, 12)}`;
    rmSync(stateDirectory, { recursive: true });
    await new Lab({ stateDirectory }).down();
    const firewall = await run("iptables-save", [], { environment: administratorEnvironment });
    expect(firewall.stdout).toContain("DOCKER-USER");
    expect(firewall.stdout).not.toContain(bridge);
    const filter = ["--quiet", "--filter", `label=${labels.lab}=${labId(stateDirectory)}`];
    for (const command of [
      ["ps", "--all"],
      ["network", "ls"],
      ["volume", "ls"],
    ]) {
      expect((await run("docker", [...command, ...filter])).stdout).toBe("");
    }
    await expect(run("ls", [stateDirectory])).rejects.toThrow("No such file");
  });
});
