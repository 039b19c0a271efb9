import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { OverlayAddress, WireGuardLinkArgs } from "../../components";
import { exportState } from "./support/state";
import { deployed } from "../../lab/demo/deploy";
import type { Result } from "../../lab/engine/events";
import { PulumiEngine } from "../../lab/engine/pulumiEngine";
import { Lab, type LabHost } from "../../lab/hosts/lab";
import { untilListening } from "../../lab/hosts/listening";
import type { HostSystem } from "../../lab/hosts/systems";
import { eventually, inTime, report } from "../../lab/polling";
import { applyPath, renderHostBundle, type HostBundle } from "../../templates/host/hostBundle";
import { wireGuardLayout } from "../../templates/overlay/wireGuardLayout";
import { leaks } from "./support/leaks";

const project = "wireguard-test";
/** So that a peer that has moved is noticed soon. */
const quick = { keepaliveSeconds: 3 };

/** What is said of a host beyond its name. */
type HostSettings = Partial<Record<"endpoint" | "overlayAddress", string>>;

/** What is deployed: hosts by name, and settings of the link. */
interface Overlay {
  hubs?: Record<string, HostSettings>;
  spokes?: Record<string, HostSettings>;
  settings?: Omit<WireGuardLinkArgs, "hubs" | "spokes">;
}

/** Everything that the link could leave behind on a host. */
const inventory = `
find /etc/ha-monitoring /etc/systemd/system /usr/local /var/lib/ha-monitoring /run/ha-monitoring* /run/wireguard /root 2>/dev/null | grep -v '^/run/wireguard$' | sort
find /etc -newer /root/started -type f | grep -vE '^/etc/(hosts|hostname|resolv.conf)$' | sort
dpkg-query -W -f '\${Package} \${db:Status-Status}\\n'
ls /sys/class/net
ip rule; ip -6 rule; ip -6 route show table all | grep -v eth0 | grep -c static
ip route show type unreachable; ip -6 route show type unreachable
systemctl list-unit-files --no-legend | grep -c ha-monitoring; true`;

describe("an overlay of two hubs and two spokes", () => {
  const stateDirectory = mkdtempSync(join(tmpdir(), "wireguard-"));
  const lab = new Lab({ stateDirectory });
  const told: string[] = [];
  let hosts: LabHost[] = [];
  let before: string[] = [];
  let overlay: Record<string, string> = {};

  const systems: Record<string, HostSystem> = {
    "hub-a": "debian13",
    "hub-b": "debian12",
    "spoke-a": "debian12",
    "spoke-b": "debian13",
  };
  const names = Object.keys(systems);
  const named = (name: string) => hosts.find((host) => host.name === name) as LabHost;
  const sh = async (name: string, command: string) => (await lab.exec(name, command)).stdout.trimEnd();
  const status = async (name: string, command: string) =>
    (await lab.exec(name, command, { allowFailure: true })).status;
  const reaches = (name: string, address: string) => status(name, `ping -c 1 -W 2 -n ${address}`);
  /** Every host reaches every other, and itself; hosts by name with their addresses. */
  const allReachAll = (addresses: Record<string, string>, within = 60) =>
    Promise.all(
      Object.keys(addresses).map(async (from) => {
        for (const [to, address] of Object.entries(addresses)) {
          await eventually(within, async () =>
            expect(await reaches(from, address), `${from} to ${to}`).toBe(0),
          );
        }
      }),
    );
  /** Where a host sends its packets for another one of the overlay. */
  const endpointOf = (name: string, to: string) =>
    sh(
      name,
      `wg show wg0 endpoints | grep "$(wg show wg0 allowed-ips | grep -F ${overlay[to]} | cut -f 1)" | cut -f 2`,
    );
  const { watchUnit } = wireGuardLayout;
  const watchEnds = `while [ "$(systemctl show --property ActiveState --value ${watchUnit})" = activating ]; do sleep 0.1; done`;
  // A run that the timer has begun may have looked already. systemd would refuse the sixth start within ten seconds.
  const watchNow = (name: string) =>
    sh(name, `${watchEnds}; systemctl reset-failed ${watchUnit}; systemctl start ${watchUnit}`);
  /** Nobody looks after the interface of a host any more, until the timer is started. */
  const stopWatching = `systemctl stop ${wireGuardLayout.timer}; ${watchEnds}`;
  const unwatched = async (name: string, work: () => Promise<void>) => {
    await sh(name, stopWatching);
    try {
      await work();
    } finally {
      await sh(name, `systemctl start ${wireGuardLayout.timer}`);
    }
  };
  const takeInventory = () => Promise.all(names.map((name) => sh(name, inventory)));

  const engine = ({ hubs, spokes, settings = {} }: Overlay) => {
    const described = (all: Record<string, HostSettings>) =>
      Object.entries(all).map(([name, rest]) => {
        const { address, hostKey } = named(name);
        return { name, address, hostKey, ...rest };
      });
    const values = {
      hubs: described(hubs ?? { "hub-a": {}, "hub-b": {} }),
      spokes: described(spokes ?? { "spoke-a": {} }),
      settings,
    };
    const config: Record<string, string> = { [`${project}:sshPrivateKey`]: lab.privateKey };
    for (const [key, value] of Object.entries(values)) config[`${project}:${key}`] = JSON.stringify(value);
    return new PulumiEngine({
      program: join(__dirname, "programs/wireguard.ts"),
      project,
      stack: "test",
      config,
      secretConfig: [`${project}:sshPrivateKey`],
      stateDirectory: join(stateDirectory, "stack"),
      onEvent: (event) => told.push(JSON.stringify(event)),
      onOutput: (line) => told.push(line),
    });
  };
  const run = async (what: Overlay, operation: "up" | "preview" | "destroy" = "up"): Promise<Result> => {
    const result = await engine(what)[operation]();
    told.push(JSON.stringify(result.steps), JSON.stringify(result.errors));
    return result;
  };
  const up = async (what: Overlay) => deployed(await run(what));
  const work = ({ steps }: Result) =>
    steps
      .filter(({ operation, type }) => operation !== "same" && type === "command:remote:Command")
      .map(({ operation, name }) => `${operation} ${name}`)
      .sort();

  beforeAll(async () => {
    hosts = await lab.up(names.map((name) => ({ name, os: systems[name], flavor: "bare" as const })));
    await Promise.all(names.map((name) => sh(name, "touch /root/started")));
    before = await takeInventory();
  });

  afterAll(async () => {
    await lab.down();
    rmSync(stateDirectory, { recursive: true, force: true });
  });

  test("a preview knows every address before any machine was touched, and no public key", async () => {
    const { outputs } = deployed(await run({}, "preview"));
    const addresses = outputs["addresses"] as OverlayAddress[];
    overlay = Object.fromEntries(addresses.map(({ name, address }) => [name, address]));
    expect(Object.keys(overlay)).toEqual(["hub-a", "hub-b", "spoke-a"]);
    for (const address of Object.values(overlay)) expect(address).toMatch(/^fd[0-9a-f:]+$/);
    expect(outputs["publicKeys"]).toEqual({
      "hub-a": "[unknown]",
      "hub-b": "[unknown]",
      "spoke-a": "[unknown]",
    });
    expect(await takeInventory()).toEqual(before);
  });

  test("hubs reach each other and the spoke, and the spoke both hubs", async () => {
    const { outputs } = await up({});
    expect(outputs["addresses"]).toEqual(
      Object.entries(overlay).map(([name, address]) => ({ name, address })),
    );
    await allReachAll(overlay);
    for (const from of Object.keys(overlay)) {
      expect((outputs["publicKeys"] as Record<string, string>)[from]).toBe(
        await sh(from, "wg show wg0 public-key"),
      );
      expect(await sh(from, "wg show wg0 latest-handshakes | awk '$2 == 0'")).toBe("");
    }
  });

  const journal = (name: string) =>
    sh(name, `journalctl --sync; journalctl --unit ${wireGuardLayout.unit} --output cat --no-pager`);

  test("it says whether the kernel or wireguard-go does the work", async () => {
    for (const name of Object.keys(overlay)) {
      expect(await journal(name)).toMatch(
        /wg0 is made by (the kernel|wireguard-go, because the kernel has no WireGuard)/,
      );
    }
  });

  test("keys are for root only, each peer has a preshared key, the readable configuration has none", async () => {
    const { directory, privateKey, presharedKeys } = wireGuardLayout;
    for (const name of Object.keys(overlay)) {
      expect(await sh(name, `stat -c '%a %U' ${directory} ${privateKey} ${presharedKeys}`)).toBe(
        "700 root\n600 root\n600 root",
      );
      expect(await sh(name, "wg show wg0 preshared-keys")).not.toContain("(none)");
      expect(await sh(name, `grep -rlE '(Private|Preshared)Key' ${directory} /run /tmp || true`)).toBe("");
    }
  });

  test("a key is made once, made anew when it is broken, and never put in the place of somebody else's file", async () => {
    const path = "/etc/ha-monitoring/test.key";
    const apply = (more: Partial<HostBundle> = {}) =>
      lab.exec("hub-a", `${applyPath} apply`, {
        stdin: renderHostBundle({
          ...{ name: "key-test", host: "hub-a" },
          wireGuardKeys: [{ path, mode: "0640", owner: "root:daemon" }],
          ...more,
        }),
        allowFailure: true,
      });
    const publicKey = () => sh("hub-a", `wg pubkey <${path}`);

    await sh("hub-a", `echo theirs >${path}`);
    expect((await apply()).stderr).toContain(`${path} is there already and is no private key of WireGuard`);
    expect(await sh("hub-a", `cat ${path}; rm ${path}`)).toBe("theirs");

    const first = await apply();
    const made = await publicKey();
    expect(first).toMatchObject({ status: 0, stdout: `wireguard ${path} ${made}\n` });
    expect(await sh("hub-a", `stat -c '%a %U:%G' ${path}`)).toBe("640 root:daemon");
    expect((await apply({ checks: ["false"] })).status).not.toBe(0);
    expect((await apply()).stdout).toBe(first.stdout);
    await sh("hub-a", `echo broken >${path}`);
    expect((await apply()).stdout).toBe(`wireguard ${path} ${await publicKey()}\n`);
    expect(await publicKey()).not.toBe(made);
    await sh("hub-a", `${applyPath} remove key-test`);
    expect(await status("hub-a", `test -e ${path}`)).not.toBe(0);
  });

  test("a program that a machine does not need is not installed there", async () => {
    const apply = (unless: string) =>
      lab.exec("hub-a", `${applyPath} apply; ${applyPath} remove needs`, {
        stdin: renderHostBundle({
          ...{ name: "needs", host: "hub-a" },
          commands: [{ name: "ha-none", packages: ["ha-none"], unless }],
        }),
      });
    expect((await apply("true")).stderr).toBe("");
    expect((await apply("false")).stderr).toContain(
      "ha-none is missing, and this distribution has no package ha-none",
    );
  });

  test("a second run changes nothing", async () => {
    const { changes } = await up({});
    expect(changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
  });

  test("a stream through another tunnel loses nothing while a spoke comes, which only hubs notice, and goes", async () => {
    const hub = overlay["hub-a"];
    // Both ends tell the microsecond, by the one clock of this machine: a sender that waits for a processor is not taken for a tunnel that is away.
    const receive = 'while read -r line; do echo "${EPOCHREALTIME/[^0-9]/} $line"; done >/root/received';
    const send = `exec >/dev/tcp/${hub}/7000; n=0; while sleep 0.05; do echo "\${EPOCHREALTIME/[^0-9]/} $n"; n=$((n + 1)); done`;
    const received = async () =>
      (await sh("hub-a", "cat /root/received")).split("\n").map((line) => line.split(" ").map(Number));
    const receivedBytes = async () =>
      Number(
        await sh(
          "hub-a",
          `wg show wg0 transfer | grep "$(wg show wg0 allowed-ips | grep -F ${overlay["spoke-a"]} | cut -f 1)" | cut -f 2`,
        ),
      );
    const begin = (name: string, script: string, command: string) =>
      lab.exec(name, `cat >/root/stream && systemd-run --quiet --collect --unit stream ${command}`, {
        stdin: script,
      });
    try {
      const listen = `systemd-socket-activate --listen [${hub}]:7000 --accept --inetd bash /root/stream`;
      await begin("hub-a", receive, listen);
      await untilListening(lab, "hub-a", 7000);
      await begin("spoke-a", send, "bash /root/stream");
      await eventually(60, async () => expect((await received()).length).toBeGreaterThan(20));
      const bytes = await receivedBytes();

      await addAndRemoveSpoke();

      await sleep(1_000);
      await sh("spoke-a", "systemctl stop stream");
      const lines = await received();
      expect(lines.map(([, , number]) => number)).toEqual(lines.map((_, index) => index));
      const delays = lines.map(([arrived = Infinity, sent = 0]) => (arrived - sent) / 1e6);
      report(`the slowest line came after ${Math.max(...delays).toFixed(3)} s`);
      expect(inTime(Math.max(...delays), 3), `a line took ${Math.max(...delays)} s`).toBe(true);
      // A tunnel that was made anew would count from nothing.
      expect(await receivedBytes()).toBeGreaterThan(bytes);
    } finally {
      for (const name of ["spoke-a", "hub-a"])
        await sh(name, "systemctl stop stream 2>/dev/null; rm -f /root/stream /root/received");
    }
  });

  async function addAndRemoveSpoke() {
    const hub = overlay["hub-a"];
    const spokes = { "spoke-a": {}, "spoke-b": {} };
    const preview = deployed(await run({ spokes }, "preview"));
    const added = await up({ spokes });
    const onHubs = ["hub-a", "hub-b"].flatMap((name) => [
      `update overlay-${name}-secrets`,
      `update overlay-${name}-wireguard`,
    ]);
    const ofSpoke = [
      "spoke-b-prepare",
      "overlay-spoke-b-key",
      "overlay-spoke-b-secrets",
      "overlay-spoke-b-wireguard",
    ];
    expect(work(added)).toEqual([...ofSpoke.map((name) => `create ${name}`), ...onHubs].sort());
    expect(work(preview)).toEqual(work(added));
    const addresses = added.outputs["addresses"] as OverlayAddress[];
    overlay = Object.fromEntries(addresses.map(({ name, address }) => [name, address]));
    expect(overlay["hub-a"]).toBe(hub);

    const spokeB = overlay["spoke-b"] as string;
    for (const name of ["hub-a", "hub-b"]) {
      await allReachAll({ [name]: overlay[name] as string, "spoke-b": spokeB });
    }
    await expectSpokesApart();

    const removed = await up({});
    expect(work(removed)).toEqual([...ofSpoke.map((name) => `delete ${name}`), ...onHubs].sort());
    expect(await sh("hub-a", "wg show wg0 allowed-ips")).not.toContain(spokeB);
    expect(await sh("hub-a", "ip -6 route show dev wg0")).not.toContain(spokeB);
    delete overlay["spoke-b"];
  }

  /** Not by any way that a spoke's own root could open, although hubs forward packets. */
  async function expectSpokesApart() {
    const [spokeB, hubAddress] = [overlay["spoke-b"] as string, overlay["hub-a"] as string];
    expect(await reaches("spoke-a", spokeB)).not.toBe(0);
    await sh("hub-a", "sysctl -qw net.ipv6.conf.all.forwarding=1");
    const peer = `"$(wg show wg0 allowed-ips | grep -F ${hubAddress} | cut -f 1)"`;
    const elsewhere = named("hub-b").address6;
    await sh(
      "spoke-a",
      `wg set wg0 peer ${peer} allowed-ips ${hubAddress}/128,${spokeB}/128,${elsewhere}/128 &&
       ip -6 route add ${spokeB} dev wg0 && ip -6 route add ${elsewhere} dev wg0`,
    );
    await sh(
      "hub-a",
      "nft add table inet watch; nft 'add chain inet watch forward { type filter hook forward priority 0; }; add rule inet watch forward iifname wg0 counter'",
    );
    await eventually(30, async () => expect(await reaches("spoke-a", hubAddress)).toBe(0));
    expect(await reaches("spoke-a", spokeB)).not.toBe(0);
    expect(await reaches("spoke-a", elsewhere)).not.toBe(0);
    expect(await sh("hub-a", "nft list table inet watch")).toContain("counter packets 0 ");
    // Without the rule, the hub would forward: what was seen is not an accident of the lab.
    await unwatched("hub-a", async () => {
      await sh("hub-a", "ip -6 rule delete iif wg0 blackhole");
      await eventually(30, async () => {
        await reaches("spoke-a", elsewhere);
        expect(await sh("hub-a", "nft list table inet watch")).toMatch(/counter packets [1-9]/);
      });
    });
    await sh("hub-a", `systemctl reload ${wireGuardLayout.unit}`);
    expect(await sh("hub-a", "ip -6 rule")).toContain("iif wg0 blackhole");
    await sh("hub-a", "nft delete table inet watch; sysctl -qw net.ipv6.conf.all.forwarding=0");
    await sh(
      "spoke-a",
      `wg set wg0 peer ${peer} allowed-ips ${hubAddress}/128; ip -6 route del ${spokeB} dev wg0; ip -6 route del ${elsewhere} dev wg0`,
    );
  }

  test("an interface that somebody deleted comes back: by a restart, by a changed text, and by itself within half a minute", async () => {
    const bySelf = async (name: string) => {
      await sh(name, "ip link delete wg0");
      await eventually(60, async () => expect(await status(name, "ip link show wg0")).toBe(0));
    };
    await sh("spoke-a", `ip link delete wg0 && systemctl restart ${wireGuardLayout.unit}`);
    await allReachAll(overlay);
    await sh("hub-b", "ip link delete wg0");
    expect(work(await up({ settings: quick }))).toHaveLength(3);
    await allReachAll(overlay);
    await bySelf("spoke-a");
    await allReachAll(overlay);
  });

  /** Hosts that send a datagram to each address again and again, also from early in a boot on, while something is done. */
  const sending = async (from: string[], addresses: string[], meanwhile: () => Promise<void>) => {
    const loop = `while sleep 0.1; do for to in ${addresses.join(" ")}; do echo metric >/dev/udp/$to/9100; done; n=$((n + 1)); echo $n >/run/sent; done 2>/dev/null`;
    const unit =
      "[Unit]\nDefaultDependencies=no\nAfter=local-fs.target\n[Service]\nExecStart=/bin/bash /root/send\n[Install]\nWantedBy=sysinit.target\n";
    const unitFile = "/etc/systemd/system/sending.service";
    const onAll = (command: string, stdin?: string) =>
      Promise.all(from.map((name) => lab.exec(name, command, { stdin })));
    try {
      await onAll("cat >/root/send", loop);
      await onAll(`cat >${unitFile}`, unit);
      await onAll("systemctl --quiet enable --now sending");
      await meanwhile();
    } finally {
      await onAll(
        `systemctl --quiet disable --now sending; rm -f /root/send ${unitFile}; systemctl daemon-reload`,
      );
    }
  };
  /** Waits until a host has sent to every address once more, from now on. */
  const sent = async (name: string) => {
    // The shell empties the file before it writes the number.
    const rounds = async () =>
      Number(await sh(name, "until grep . /run/sent 2>/dev/null; do sleep 0.05; done"));
    const before = await rounds();
    await eventually(60, async () => expect(await rounds()).toBeGreaterThan(before + 1));
  };

  test("without its interface, no packet to the overlay leaves a host: deleted, its process killed, its unit failed, at a boot with it and without", async () => {
    const addresses = Object.values(overlay);
    const names = ["hub-a", "spoke-a"];
    const { unit, timer, routesUnit, privateKey, program } = wireGuardLayout;
    const onBoth = (work: (name: string) => Promise<unknown>) => Promise.all(names.map(work));
    const whileGone = async (name: string) => {
      await eventually(60, async () => expect(await status(name, "ip link show wg0")).not.toBe(0));
      await sent(name);
    };
    await lab.router.reset();
    await sending(names, addresses, async () => {
      await onBoth(async (name) => {
        await sh(name, `${stopWatching}; ip link delete wg0`);
        await whileGone(name);
        await sh(name, `systemctl restart ${unit}`);
        // In the kernel there is no process, only the interface.
        await sh(name, "pkill -9 -x wireguard-go || ip link delete wg0");
        await whileGone(name);
        await sh(name, `mv ${privateKey} /root/key`);
        expect(await status(name, `systemctl restart ${unit}`)).not.toBe(0);
        await whileGone(name);
        await sh(name, `mv /root/key ${privateKey}; systemctl restart ${unit}; systemctl start ${timer}`);
        await lab.reboot(name);
        await sent(name);
      });
      await allReachAll(overlay);
      await onBoth(async (name) => {
        await sh(name, `systemctl --quiet disable ${unit} ${timer}`);
        await lab.reboot(name);
        await whileGone(name);
      });
      expect(await leaks(lab, addresses)).toEqual([]);

      // Without the routes everything leaks, also what is for the host itself: that nothing was seen is no accident of the lab.
      await onBoth((name) => sh(name, `${program} remove`));
      const ways = names.flatMap((name) =>
        addresses.map((to) => `udp ${named(name).address6} -> ${to} port 9100: "metric"`),
      );
      // The router echoes, and the host answers the echo by ICMPv6: no program waits for it.
      const sentAway = async () => (await leaks(lab, addresses)).filter((line) => line.startsWith("udp "));
      await eventually(60, async () => expect(await sentAway()).toEqual(ways.sort()));

      await onBoth((name) => sh(name, `systemctl restart ${routesUnit}`));
      await onBoth(sent);
      await lab.router.reset();
      await onBoth(sent);
      expect(await leaks(lab, addresses)).toEqual([]);
      await onBoth((name) => sh(name, `systemctl --quiet enable --now ${unit} ${timer}`));
      await allReachAll(overlay);
    });
  });

  test("addresses, rules and routes that somebody deleted come back, also after the interface was down, and without them the status is bad", async () => {
    const hub = overlay["hub-a"] as string;
    const inOrder = () => status("spoke-a", `${wireGuardLayout.program} status wg0`);
    const damages = [
      `ip -6 rule delete iif wg0 blackhole; ip -6 route delete ${hub} dev wg0`,
      `ip -6 route delete unreachable ${hub} metric 4200005182`,
      `ip -6 address delete ${overlay["spoke-a"]}/128 dev wg0`,
      `ip -6 route delete ${hub} dev wg0`,
      "ip link set dev wg0 down",
      "ip link set dev wg0 down; ip link set dev wg0 up",
    ];
    await unwatched("spoke-a", async () => {
      for (const damage of damages) {
        await sh("spoke-a", damage);
        expect(await inOrder(), damage).not.toBe(0);
        await watchNow("spoke-a");
        expect(await inOrder(), damage).toBe(0);
      }
    });
    expect(await sh("spoke-a", `ip -6 route show ${hub}`)).toContain("dev wg0");
    await allReachAll(overlay);
    // systemd-networkd takes it for the kernel's own, and leaves it alone.
    expect(await sh("spoke-a", "ip -d -6 rule show iif wg0")).toContain("proto kernel");
  });

  test("an interface whose making was cut short is ours, and one without a name in our note is not", async () => {
    const reload = () => status("spoke-a", `systemctl reload ${wireGuardLayout.unit}`);
    const note = "/run/ha-monitoring-wireguard-creating";
    await unwatched("spoke-a", async () => {
      await sh("spoke-a", "ip link set dev wg0 alias ''");
      expect(await reload()).not.toBe(0);
      await sh("spoke-a", `echo wg0 >${note}`);
      expect(await reload()).toBe(0);
    });
    expect(await sh("spoke-a", `cat /sys/class/net/wg0/ifalias; ls ${note} 2>/dev/null || true`)).toBe(
      "ha-monitoring",
    );
  });

  test("runs of the program wait for each other, and wireguard-go keeps none of them waiting", async () => {
    const { directory, program } = wireGuardLayout;
    const held = `${program} up wg0 & run=$!; sleep 1; kill -0 "$run" && echo waits; echo "$run" >/root/run`;
    await unwatched("spoke-a", async () => {
      expect(await status("spoke-a", `flock --nonblock ${directory} true`)).toBe(0);
      expect(
        await sh(
          "spoke-a",
          `flock --close ${directory} sh -c '${held}' 2>&1; tail --pid "$(cat /root/run)" -f /dev/null; rm /root/run`,
        ),
      ).toBe("waits");
    });
  });

  test("a machine whose lo has no IPv6 is told so", async () => {
    const setting = "/proc/sys/net/ipv6/conf/lo/disable_ipv6";
    const check = `${wireGuardLayout.program} check wg0 /etc/ha-monitoring/wireguard/wg0.conf fd5e:77::/64`;
    expect(await status("spoke-a", check)).toBe(0);
    const { stderr } = await lab.exec("spoke-a", `echo 1 >${setting}; ${check}; echo 0 >${setting}`);
    expect(stderr).toContain("this host has no IPv6; give every host an overlayAddress of IPv4");
    await allReachAll(overlay);
  });

  test("one that was stopped on purpose stays away", async () => {
    await sh("spoke-a", `systemctl stop ${wireGuardLayout.unit}`);
    await watchNow("spoke-a");
    await sleep(1_000);
    expect(await status("spoke-a", "ip link show wg0")).not.toBe(0);
    await sh("spoke-a", `systemctl start ${wireGuardLayout.unit}`);
    await eventually(30, async () => expect(await reaches("spoke-a", overlay["hub-a"] as string)).toBe(0));
  });

  test("a hub that is known by name is followed, also when its name led nowhere at first, and to another family", async () => {
    const { address, address6 } = named("hub-b");
    const spoke = named("spoke-a");
    const named6 = {
      hubs: { "hub-a": {}, "hub-b": { endpoint: "hub-b.example" } },
      spokes: { "spoke-a": { endpoint: spoke.address6 } },
    };
    const endpoint = () => endpointOf("spoke-a", "hub-b");
    const nameLeadsTo = (to: string) =>
      sh(
        "spoke-a",
        `sed '/hub-b.example/d' /etc/hosts >/tmp/hosts; echo '${to} hub-b.example' >>/tmp/hosts; cat /tmp/hosts >/etc/hosts`,
      );
    await up({ ...named6, settings: quick });
    // Silent, so that its packets do not tell where it is.
    await sh("hub-b", `systemctl stop ${wireGuardLayout.unit}`);
    await sh("spoke-a", `systemctl restart ${wireGuardLayout.unit}`);
    expect(await endpoint()).toBe("(none)");
    expect(await journal("spoke-a")).toContain("hub-b.example has no address at the moment");
    await nameLeadsTo(address);
    await watchNow("spoke-a");
    expect(await endpoint()).toBe(`${address}:51820`);
    await nameLeadsTo(address6);
    await watchNow("spoke-a");
    expect(await endpoint()).toBe(`[${address6}]:51820`);
    await sh("hub-b", `systemctl start ${wireGuardLayout.unit}`);
    await eventually(60, async () => expect(await reaches("hub-b", overlay["spoke-a"] as string)).toBe(0));
    await eventually(60, async () => expect(await endpoint()).toBe(`[${address6}]:51820`));
    // One peer over IPv4 and one over IPv6: no packet for the one goes to the other.
    expect(await endpointOf("hub-b", "hub-a")).toBe(`${named("hub-a").address}:51820`);
    expect(await endpointOf("hub-b", "spoke-a")).toBe(`[${spoke.address6}]:51820`);
    const both = ["hub-a", "spoke-a"].map((name) => `ping -c 1 -W 20 -n ${overlay[name]}`).join(" && ");
    await sh("hub-b", `for n in 1 2 3 4 5; do ${both} || exit 1; done`);
    await up({ settings: quick });
    await eventually(60, async () => expect(await endpoint()).toBe(`${address}:51820`));
    await allReachAll(overlay);
  });

  test("a spoke that moves is found again", async () => {
    const { address } = named("spoke-a");
    // Pairs of the test before may have stayed with IPv6, where each one sends to where it last heard the other: the move does not concern them.
    await Promise.all(
      ["hub-a", "hub-b", "spoke-a"].map((name) => sh(name, `systemctl restart ${wireGuardLayout.unit}`)),
    );
    await allReachAll(overlay);
    const elsewhere = address.replace(/\d+$/, "200");
    await sh("spoke-a", `ip address del ${address}/24 dev eth0; ip address add ${elsewhere}/24 dev eth0`);
    await watchNow("spoke-a");
    // The hubs cannot help: what they send goes to the old address.
    for (const hub of ["hub-a", "hub-b"]) {
      await eventually(60, async () => expect(await endpointOf(hub, "spoke-a")).toBe(`${elsewhere}:51820`));
    }
    await allReachAll(overlay);
  });

  test("when all machines reboot at once, all tunnels are back without help, that of a deleted interface too", async () => {
    await sh("hub-a", "ip link delete wg0");
    await Promise.all(Object.keys(overlay).map((name) => lab.reboot(name)));
    await allReachAll(overlay);
    expect(await endpointOf("hub-a", "spoke-a")).toBe(`${named("spoke-a").address}:51820`);
  });

  test("what is on a machine already is left alone, and the overlay that runs stays", async () => {
    const refusals: [prepare: string, undo: string, settings: Overlay["settings"], message: string][] = [
      [
        "ip -6 route add 2001:db8:77:1::/64 dev eth0",
        "ip -6 route del 2001:db8:77:1::/64 dev eth0",
        { network: "2001:db8:77::/48" },
        "the overlay's 2001:db8:77::/48 overlaps what this host routes already (2001:db8:77:1::/64); choose another network",
      ],
      [
        "ip tuntap add dev wg5 mode tun",
        "ip link del wg5",
        { interfaceName: "wg5" },
        "wg5 is on this host already and is not ours; choose another interfaceName",
      ],
      [
        "systemd-run --quiet --collect --unit busy systemd-socket-activate --datagram --listen 51821 sleep infinity; until ss -Hlun 'sport = :51821' | grep -q .; do sleep 0.1; done",
        "systemctl stop busy",
        { listenPort: 51821 },
        "UDP port 51821 is in use on this machine; choose another listenPort",
      ],
    ];
    for (const [prepare, undo, settings, message] of refusals) {
      await sh("spoke-a", prepare);
      const { errors } = await run({ settings: { ...quick, ...settings } }).finally(() =>
        sh("spoke-a", undo),
      );
      expect(errors.map((error) => error.message).join()).toContain(`${message}; nothing live was changed`);
      expect(await sh("spoke-a", "wg show wg0 listen-port; ip -o -6 address show wg0 scope global")).toMatch(
        new RegExp(`^51820\\n.* ${overlay["spoke-a"]}/128 `),
      );
    }
    await up({ settings: quick });
    await allReachAll(overlay);
  });

  test("peers of both families are refused where wireguard-go would mix them up", async () => {
    const hubs = { "hub-a": {}, "hub-b": { endpoint: named("hub-b").address6 } };
    const { errors } = await run({ hubs, settings: quick });
    if ((await journal("hub-a")).includes("made by the kernel")) {
      expect(errors).toEqual([]);
      expect(await endpointOf("hub-a", "hub-b")).toBe(`[${named("hub-b").address6}]:51820`);
    } else {
      expect(errors.map((error) => error.message).join()).toMatch(
        /hub-a: bundle wireguard: check .*: the kernel has no WireGuard, and wireguard-go [\d.]+ loses packets when .*; give all hosts an endpoint of one family; nothing live was changed/,
      );
      expect(await endpointOf("hub-a", "hub-b")).toBe(`${named("hub-b").address}:51820`);
    }
  });

  test("everything can change at once: another interface, a port below 1024, addresses of IPv4, over IPv6", async () => {
    const chosen: Record<string, string> = {
      "hub-a": "10.77.0.1",
      "hub-b": "10.77.0.2",
      "spoke-a": "10.77.0.10",
    };
    const place = (name: string) => ({
      [name]: { overlayAddress: chosen[name] as string, endpoint: named(name).address6 },
    });
    await up({
      hubs: { ...place("hub-a"), ...place("hub-b") },
      spokes: place("spoke-a"),
      settings: { network: "10.77.0.0/24", interfaceName: "overlay0", listenPort: 443 },
    });
    await allReachAll(chosen);
    for (const from of Object.keys(chosen)) {
      expect(await status(from, "ip link show wg0")).not.toBe(0);
      expect(await sh(from, "wg show overlay0 endpoints | grep -vc '\\[2001:db8:.*]:443$' || true")).toBe(
        "0",
      );
    }
    const addresses = Object.values(chosen);
    await lab.router.reset();
    await sending(["hub-a", "spoke-a"], addresses, async () => {
      const { unit, timer } = wireGuardLayout;
      for (const name of ["hub-a", "spoke-a"]) {
        await sh(name, `${stopWatching}; ip link delete overlay0`);
        await sent(name);
        await sh(name, `systemctl restart ${unit}; systemctl start ${timer}`);
      }
    });
    expect(await leaks(lab, addresses)).toEqual([]);
    // What is no overlay any more is the host's to route again.
    expect(await sh("spoke-a", "ip -6 route show type unreachable")).not.toContain("metric 4200005182");
  });

  test("no secret of WireGuard is in the state in clear, in a message, a preview or a journal", async () => {
    const whole = JSON.stringify(await exportState(engine({}), "in the clear"));
    const visible = JSON.stringify(await exportState(engine({})));
    for (const name of Object.keys(overlay)) {
      const privateKey = await sh(name, `cat ${wireGuardLayout.privateKey}`);
      const preshared = (await sh(name, `cut -d ' ' -f 2 ${wireGuardLayout.presharedKeys}`)).split("\n");
      expect(preshared).toHaveLength(2);
      const journal = await sh(name, "journalctl --no-pager");
      expect(whole).not.toContain(privateKey);
      for (const secret of [privateKey, ...preshared]) {
        expect(secret).toMatch(/^[A-Za-z0-9+/]{43}=$/);
        expect(visible).not.toContain(secret);
        expect(journal).not.toContain(secret);
        expect(told.join("\n")).not.toContain(secret);
      }
    }
    expect(visible).toContain("PublicKey = ");
  });

  test("destroyed, it leaves no interface, rule, route, unit, file or package", async () => {
    deployed(await run({}, "destroy"));
    await sh("spoke-a", "sed '/hub-b.example/d' /etc/hosts >/tmp/hosts; cat /tmp/hosts >/etc/hosts");
    expect(await takeInventory()).toEqual(before);
  });
});
