import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { InboundRule } from "../../components";
import { EmbeddedEngine, type Result } from "../../lab/engine/run";
import { Lab, type LabHost } from "../../lab/hosts/lab";

const minute = 60_000;

/** What somebody else listens on, what is ours, and what is ours on the overlay. */
const ports = {
  foreign: 8000,
  ours: 9094,
  oursForOthers: 9095,
  exporter: 9100,
  wireGuard: 51820,
  foreignUdp: 5300,
};
const listeners = {
  tcp: [ports.foreign, ports.ours, ports.oursForOthers, ports.exporter],
  udp: [ports.wireGuard, ports.foreignUdp],
};
const overlay = { guarded: "fd5e:1::1", neighbour: "fd5e:1::2", other: "fd5e:1::3" };

interface FirewallConfig {
  mode?: string;
  rules: InboundRule[];
  sshPort?: number;
  overlayInterface?: string;
  confirmWithinSeconds?: number;
}

describe.each(["debian13", "debian12"] as const)("a firewall on %s", (os) => {
  const stateDirectory = mkdtempSync(join(tmpdir(), "lab-firewall-"));
  const lab = new Lab({ stateDirectory });
  let guarded: LabHost, neighbour: LabHost, other: LabHost;
  let rulesetBefore: string;

  const output = async (host: string, command: string) => (await lab.exec(host, command)).stdout.trimEnd();
  const foreignRuleset = async () =>
    (await output("guarded", "nft --stateless list ruleset"))
      .replace(/table inet ha_monitoring \{[^]*?\n\}\n?/, "")
      .trimEnd();
  const ownTable = () => output("guarded", "nft --stateless list table inet ha_monitoring");

  const rules = (): InboundRule[] => [
    {
      protocol: "tcp",
      port: ports.ours,
      sources: [neighbour.address, neighbour.address6],
      purpose: "gossip streams",
    },
    { protocol: "tcp", port: ports.oursForOthers, sources: ["203.0.113.9"], purpose: "gossip datagrams" },
    { protocol: "udp", port: ports.wireGuard, sources: [], purpose: "WireGuard" },
    {
      protocol: "tcp",
      port: ports.exporter,
      sources: [overlay.neighbour],
      networkInterface: "wg0",
      purpose: "node_exporter",
    },
  ];

  function engine(firewall: FirewallConfig, options: { user?: string; stopAfter?: string } = {}) {
    const abort = new AbortController();
    return new EmbeddedEngine({
      program: join(__dirname, "programs/firewall.ts"),
      project: "ha-monitoring",
      stack: "firewall",
      stateFile: join(stateDirectory, "firewall.json"),
      config: {
        "ha-monitoring:sshPrivateKey": lab.privateKey,
        "ha-monitoring:host": JSON.stringify({ ...guarded, user: options.user ?? "root" }),
        "ha-monitoring:firewall": JSON.stringify(firewall),
      },
      secretConfig: ["ha-monitoring:sshPrivateKey"],
      signal: abort.signal,
      onEvent: (event) => {
        // What has begun is finished, and nothing else begins.
        if (event.kind === "start" && event.name === options.stopAfter) abort.abort();
      },
    });
  }
  const messages = ({ errors }: Result) => errors.map(({ message }) => message).join("\n");
  const up = async (firewall: FirewallConfig, user?: string) =>
    expect(messages(await engine(firewall, { user }).up())).toBe("");

  /** What of everything that listens on the machine answers somebody. */
  async function openTo(host: string, address: string): Promise<string[]> {
    const listening = await output(
      "guarded",
      "ss -Htln | sed -E 's/.*:([0-9]+) .*/\\1/' | sort -nu | tr '\\n' ' '",
    );
    const tcp = [...new Set([...listening.trim().split(/\s+/).map(Number), 22, ...listeners.tcp])];
    const probes = [
      ...tcp.map(
        (port) => `(timeout 2 bash -c '</dev/tcp/${address}/${port}' 2>/dev/null && echo tcp ${port})`,
      ),
      ...listeners.udp.map(
        (port) =>
          `(timeout 2 bash -c 'exec 3<>/dev/udp/${address}/${port}; echo >&3; read -r <&3' 2>/dev/null && echo udp ${port})`,
      ),
    ];
    const found = await output(host, `${probes.join(" & ")} & wait`);
    return found.split("\n").filter(Boolean).sort();
  }
  const everywhere = async (host: string) => {
    const [v4, v6] = await Promise.all([openTo(host, guarded.address), openTo(host, guarded.address6)]);
    return { v4, v6 };
  };
  const both = (...open: string[]) => ({ v4: open.sort(), v6: [...open].sort() });

  /** What guard and deny leave open to a neighbour who is in the rules, and to one who is not. */
  async function expectGuarded() {
    const all = [`tcp 22`, `tcp ${ports.foreign}`, `udp ${ports.foreignUdp}`, `udp ${ports.wireGuard}`];
    expect(await everywhere("neighbour")).toEqual(both(...all, `tcp ${ports.ours}`));
    expect(await everywhere("other")).toEqual(both(...all));
  }
  async function expectDenied() {
    const all = [`tcp 22`, `udp ${ports.wireGuard}`];
    expect(await everywhere("neighbour")).toEqual(both(...all, `tcp ${ports.ours}`));
    expect(await everywhere("other")).toEqual(both(...all));
  }

  /** Asks for SSH again and again until told to stop; says for how long it was shut, in seconds. */
  function watchSsh(): () => Promise<number> {
    const stopFile = "/tmp/stop-watching";
    const loop = output(
      "other",
      `rm -f ${stopFile}; until [ -e ${stopFile} ]; do timeout 1 bash -c '</dev/tcp/${guarded.address}/22' 2>/dev/null || date +%s%3N; sleep 0.2; done`,
    );
    return async () => {
      await lab.exec("other", `touch ${stopFile}`);
      const shut = (await loop).split("\n").map(Number);
      return ((shut.at(-1) as number) - (shut[0] as number)) / 1000;
    };
  }

  beforeAll(async () => {
    [guarded, neighbour, other] = (await lab.up([
      { name: "guarded", os },
      { name: "neighbour", flavor: "bare" },
      { name: "other", flavor: "bare" },
    ])) as [LabHost, LabHost, LabHost];
    await lab.exec("guarded", "apt-get update -q && apt-get install -y socat 2>&1");
    const unit = (listen: string) =>
      `[Service]\nExecStart=/usr/bin/socat -T 3 ${listen},ipv6only=0,fork,reuseaddr EXEC:/bin/cat\n[Install]\nWantedBy=multi-user.target\n`;
    const put = (path: string, stdin: string) => lab.exec("guarded", `cat >${path}`, { stdin });
    await put("/etc/systemd/system/listen-tcp@.service", unit("TCP6-LISTEN:%i"));
    await put("/etc/systemd/system/listen-udp@.service", unit("UDP6-LISTEN:%i"));
    const units = Object.entries(listeners).flatMap(([protocol, numbers]) =>
      numbers.map((port) => `listen-${protocol}@${port}`),
    );
    await lab.exec("guarded", `systemctl enable --now ${units.join(" ")} 2>&1`);
    // Somebody else's table, and whatever Docker has.
    await lab.exec(
      "guarded",
      "nft 'table inet somebodys { chain c { type filter hook input priority 5; tcp dport 7777 counter drop; }; }'",
    );
    rulesetBefore = await output("guarded", "nft --stateless list ruleset");
  }, 8 * minute);

  afterAll(async () => {
    await lab.down();
    rmSync(stateDirectory, { recursive: true, force: true });
  }, minute);

  test("without one, everything is open: what follows is its work", async () => {
    const all = [
      ...listeners.tcp.map((port) => `tcp ${port}`),
      ...listeners.udp.map((port) => `udp ${port}`),
    ];
    expect(await everywhere("other")).toEqual(both("tcp 22", ...all));
  });

  test("guard: our ports are open to their sources only, and all others are as they were, on IPv4 and IPv6", async () => {
    await up({ rules: rules() });
    await expectGuarded();
    expect(await foreignRuleset()).toBe(rulesetBefore);
  });

  test("nothing changed: nothing is done", async () => {
    const { changes, errors } = await engine({ rules: rules() }).up();
    expect(errors).toEqual([]);
    expect(changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
  });

  test(
    "a rule set that cuts SSH is back within 30 s, on disk as well, and the next one that does not is taken",
    async () => {
      const before = await ownTable();
      for (const [sshPort, confirmWithinSeconds] of [[2222], [2223, 8]] as const) {
        const cutting: FirewallConfig = { mode: "deny", sshPort, rules: rules(), confirmWithinSeconds };
        const stop = watchSsh();
        const failure = messages(await engine(cutting).up());
        const seconds = await stop();
        expect(failure).toContain(
          "no new SSH connection came through the new firewall rules, so the previous ones are back",
        );
        expect(seconds).toBeGreaterThan((confirmWithinSeconds ?? 30) - 3);
        // The second, shorter attempt that the confirmation makes is in it, and what is between the two.
        expect(seconds).toBeLessThan((confirmWithinSeconds ?? 30) + 20);
        expect(await ownTable()).toBe(before);
        await lab.exec("guarded", "systemctl restart ha-monitoring-firewall");
        expect(await ownTable()).toBe(before);
      }
      await up({ mode: "deny", rules: rules() });
      await expectDenied();
    },
    4 * minute,
  );

  test("deny: open are exactly SSH and the rules, on IPv4 and IPv6; pings arrive, and the machine reaches others", async () => {
    await expectDenied();
    await lab.exec("neighbour", `ping -c 1 -W 2 ${guarded.address} && ping -c 1 -W 2 ${guarded.address6}`);
    for (const address of [neighbour.address, neighbour.address6]) {
      await lab.exec("guarded", `timeout 2 bash -c '</dev/tcp/${address}/22'`);
    }
    expect(await foreignRuleset()).toBe(rulesetBefore);
  });

  test(
    "a restart of Docker and a reboot keep the rules",
    async () => {
      const table = await ownTable();
      await lab.exec("guarded", "systemctl restart docker");
      expect(await ownTable()).toBe(table);
      await lab.reboot("guarded");
      expect(await ownTable()).toBe(table);
      await expectDenied();
    },
    2 * minute,
  );

  test(
    "when the distribution's nftables.service flushes everything, our table comes back",
    async () => {
      const table = await ownTable();
      await lab.exec("guarded", "systemctl start nftables; systemctl restart ha-monitoring-firewall");
      for (const verb of ["reload", "restart"]) {
        await lab.exec("guarded", `systemctl ${verb} nftables`);
        await expect.poll(() => ownTable().catch(() => ""), { timeout: 10_000, message: verb }).toBe(table);
      }
      await lab.exec(
        "guarded",
        "systemctl stop nftables; systemctl start ha-monitoring-firewall; systemctl restart docker",
      );
      expect(await ownTable()).toBe(table);
    },
    minute,
  );

  describe("when a run is stopped between rules and confirmation,", () => {
    const changed = () => ({ rules: rules().slice(0, 3), confirmWithinSeconds: 6 });

    test.each(["root", "operator"])(
      "the old rules come back, and the next run as %s makes it whole",
      async (user) => {
        await up({ mode: "deny", rules: rules(), confirmWithinSeconds: 6 }, user);
        const before = await ownTable();
        await engine(changed(), { user, stopAfter: "firewall-rules" }).up();
        expect(await ownTable()).not.toBe(before);
        await expect.poll(ownTable, { timeout: 10_000 }).toBe(before);
        await up(changed(), user);
        expect(await ownTable()).toMatch(/policy accept;[^]*gossip/);
        expect(await ownTable()).not.toContain("proof");
        await sleep(7000);
        expect(await ownTable()).toContain("policy accept;");
      },
      2 * minute,
    );

    test(
      "a reboot brings the old rules back",
      async () => {
        await up({ mode: "deny", rules: rules() });
        const before = await ownTable();
        await engine({ rules: rules() }, { stopAfter: "firewall-rules" }).up();
        expect(await ownTable()).not.toBe(before);
        await lab.reboot("guarded");
        expect(await ownTable()).toBe(before);
        await up({ rules: rules() });
        await expectGuarded();
      },
      2 * minute,
    );
  });

  test(
    "on the overlay, a source reaches what it may and nothing else, and no spoke another",
    async () => {
      await joinOverlay(lab, { guarded, neighbour, other });
      for (const mode of ["guard", "deny"]) {
        await up({ mode, rules: rules() });
        const wireGuard = `udp ${ports.wireGuard}`;
        expect(await openTo("neighbour", overlay.guarded), mode).toEqual(
          [`tcp ${ports.exporter}`, wireGuard].sort(),
        );
        expect(await openTo("other", overlay.guarded), mode).toEqual([wireGuard]);
        for (const host of ["neighbour", "other"]) await lab.exec(host, `ping -c 1 -W 2 ${overlay.guarded}`);
        // The hub reaches its spokes.
        await lab.exec("guarded", `timeout 2 bash -c '</dev/tcp/${overlay.other}/22'`);
        const between = await lab.exec("neighbour", `ping -c 2 -W 1 ${overlay.other}`, {
          allowFailure: true,
        });
        expect(between.status, mode).not.toBe(0);
      }
      await lab.exec("guarded", "nft delete chain inet ha_monitoring forward");
      await lab.exec("neighbour", `ping -c 1 -W 2 ${overlay.other}`);
      await lab.exec("guarded", "systemctl restart ha-monitoring-firewall; ip link delete wg0");
    },
    2 * minute,
  );

  test(
    "beside ufw: open is what both let in, and neither touches the other",
    async () => {
      await lab.exec(
        "guarded",
        "apt-get install -y ufw 2>&1; ufw allow 22/tcp; ufw allow 8000/tcp; ufw allow 9094/tcp; ufw --force enable",
      );
      await lab.exec("guarded", "systemctl enable ufw");
      const foreign = await foreignRuleset();
      await up({ rules: rules() });
      expect(await everywhere("neighbour")).toEqual(
        both("tcp 22", `tcp ${ports.foreign}`, `tcp ${ports.ours}`),
      );
      expect(await everywhere("other")).toEqual(both("tcp 22", `tcp ${ports.foreign}`));
      await up({ mode: "deny", rules: rules() });
      expect(await everywhere("neighbour")).toEqual(both("tcp 22", `tcp ${ports.ours}`));
      expect(await foreignRuleset()).toBe(foreign);
      const table = await ownTable();
      await lab.exec("guarded", "ufw reload && ufw delete allow 9094/tcp");
      expect(await ownTable()).toBe(table);
      expect(await everywhere("neighbour")).toEqual(both("tcp 22"));
      await lab.reboot("guarded");
      expect(await ownTable()).toBe(table);
      expect(await output("guarded", "ufw status | head -1")).toBe("Status: active");
      await lab.exec("guarded", "ufw --force disable; apt-get purge -y ufw 2>&1");
    },
    3 * minute,
  );

  test(
    "destroy leaves everything as it was",
    async () => {
      await lab.reboot("guarded");
      const before = await foreignRuleset();
      await up({ mode: "deny", rules: rules() });
      expect(messages(await engine({ rules: rules() }).destroy())).toBe("");
      expect(await output("guarded", "nft --stateless list ruleset")).toBe(before);
      const left = await output(
        "guarded",
        "find /etc /usr/local /var/lib /run -name '*ha-monitoring*' ! -name ha-monitoring-lab ! -path '*/docker/*'; systemctl list-units --all --plain --no-legend 'ha-monitoring*'; ls /usr/local/libexec 2>/dev/null",
      );
      expect(left).toBe("");
      expect(await output("guarded", "command -v nft")).toBe("/usr/sbin/nft");
    },
    2 * minute,
  );
});

/** A WireGuard by hand, with the guarded host in the middle, as a router for the others if nobody stops it. */
async function joinOverlay(lab: Lab, hosts: Record<keyof typeof overlay, LabHost>): Promise<void> {
  const names = Object.keys(overlay) as (keyof typeof overlay)[];
  const keys = new Map<string, string>();
  for (const name of names) {
    const { stdout } = await lab.exec(name, "umask 077; wg genkey | tee /root/wg.key | wg pubkey");
    keys.set(name, stdout.trim());
  }
  const peer = (name: keyof typeof overlay, allowed: string) =>
    `wg set wg0 peer ${keys.get(name)} allowed-ips ${allowed} endpoint ${hosts[name].address}:51821 persistent-keepalive 5`;
  for (const name of names) {
    const peers =
      name === "guarded"
        ? [peer("neighbour", `${overlay.neighbour}/128`), peer("other", `${overlay.other}/128`)]
        : [peer("guarded", "fd5e:1::/64")];
    await lab.exec(
      name,
      [
        "ip link add wg0 type wireguard 2>/dev/null || wireguard-go wg0 >/dev/null 2>&1",
        "wg set wg0 private-key /root/wg.key listen-port 51821",
        ...peers,
        "sysctl -q -w net.ipv6.conf.wg0.disable_ipv6=0",
        `ip address add ${overlay[name]}/64 dev wg0 nodad`,
        "ip link set wg0 up",
        "sysctl -q -w net.ipv6.conf.all.forwarding=1",
      ].join(" && "),
    );
  }
  await lab.exec("neighbour", `ping -c 5 -i 0.5 -W 2 ${overlay.guarded}`, { allowFailure: true });
}
