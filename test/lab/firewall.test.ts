import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { InboundRule } from "../../components";
import { Lab, type LabHost } from "../../lab/hosts/lab";
import type { HostSystem } from "../../lab/hosts/systems";
import { joinOverlay } from "./support/handmadeOverlay";
import { GuardedMachine, messages, type FirewallSettings } from "./support/guardedMachine";
import { answerOn, openPorts, watchPort, type PortHistory } from "./support/portProbes";
import { leaks } from "./support/leaks";
import { eventually, inTime, report } from "../../lab/polling";
import { SshSession } from "./support/sshSession";

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
const overlayNetwork = "fd5e:1::/64";
const overlay = { guarded: "fd5e:1::1", neighbour: "fd5e:1::2", other: "fd5e:1::3" };

/** What became of a trial that nobody could confirm. */
const takenBack = "no new SSH connection came through the new firewall rules, so the previous ones are back";

describe("a firewall on Debian 13 and one on Debian 12, side by side,", () => {
  const stateDirectory = mkdtempSync(join(tmpdir(), "lab-firewall-"));
  const lab = new Lab({ stateDirectory });
  let machines: Record<HostSystem, GuardedMachine>;
  let neighbour: LabHost, other: LabHost;
  const sessions = new Map<GuardedMachine, SshSession>();
  const foreignBefore = new Map<GuardedMachine, string>();

  /** The same, or different things, on the two machines at the same time. */
  async function onBoth(
    onDebian13: (machine: GuardedMachine) => Promise<void>,
    onDebian12 = onDebian13,
  ): Promise<void> {
    const outcomes = await Promise.allSettled([onDebian13(machines.debian13), onDebian12(machines.debian12)]);
    const failures = outcomes.flatMap((outcome, index) =>
      outcome.status === "rejected" ? [{ system: index === 0 ? "13" : "12", ...outcome }] : [],
    );
    for (const { system, reason } of failures) (reason as Error).message += ` (on Debian ${system})`;
    if (failures.length > 0) throw failures[0]?.reason;
  }

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
  const guard = (): FirewallSettings => ({ mode: "guard", rules: rules(), confirmWithinSeconds: 6 });
  const deny = (): FirewallSettings => ({ ...guard(), mode: "deny" });
  /** Whoever applies these has mistaken the port of SSH. */
  const cutting = (): FirewallSettings => ({ ...deny(), sshPort: 2222 });

  /** What of everything that listens on the machine answers, on IPv4 and IPv6. */
  async function expectOpen(machine: GuardedMachine, from: LabHost, ...open: string[]): Promise<void> {
    const tcp = [...new Set([...(await machine.listening()), 22, ...listeners.tcp])];
    const { address, address6 } = machine.host;
    const [v4, v6] = await Promise.all(
      [address, address6].map((each) => openPorts(lab, from, each, { ...listeners, tcp })),
    );
    expect({ v4, v6 }).toEqual({ v4: open.sort(), v6: open });
  }
  const forAll = ["tcp 22", `udp ${ports.wireGuard}`];
  const gossip = `tcp ${ports.ours}`;
  async function expectGuarded(machine: GuardedMachine): Promise<void> {
    const untouched = [`tcp ${ports.foreign}`, `udp ${ports.foreignUdp}`];
    await Promise.all([
      expectOpen(machine, neighbour, ...forAll, ...untouched, gossip),
      expectOpen(machine, other, ...forAll, ...untouched),
    ]);
  }
  async function expectDenied(machine: GuardedMachine): Promise<void> {
    await Promise.all([
      expectOpen(machine, neighbour, ...forAll, gossip),
      expectOpen(machine, other, ...forAll),
    ]);
  }
  async function expectRest(machine: GuardedMachine): Promise<void> {
    expect(await machine.foreignRules()).toBe(foreignBefore.get(machine));
    expect(await sessions.get(machine)?.answers()).toBe(true);
  }

  /** New rules shut SSH, and are taken back; who is logged in stays so. Says which table there was before, and is again. */
  async function cutOff(machine: GuardedMachine, before: string): Promise<void> {
    const table = () => machine.ownTable().catch(() => "none");
    expect(await table()).toBe(before);
    const { open, shutFor } = await watchPort(lab, other, machine.host.address, 22, async () => {
      const run = machine.up(cutting());
      await eventually(60, async () => expect(await table()).toContain("tcp dport 2222 accept"));
      expect(await sessions.get(machine)?.answers()).toBe(true);
      expect(messages(await run)).toContain(takenBack);
    });
    report(`SSH was shut for ${shutFor.toFixed(1)} s by rules that nobody confirmed within 6 s`);
    expect(open).toBeGreaterThan(5);
    // For as long as the trial was, and for a second one, which the confirmation makes of its own connection.
    expect(shutFor).toBeGreaterThan(4);
    expect(inTime(shutFor, 30), `SSH was shut for ${shutFor} s`).toBe(true);
    expect(await table()).toBe(before);
    await expectOpen(machine, other, ...openBefore(before));
    // On disk as well.
    await machine.run("systemctl restart ha-monitoring-firewall");
    expect(await table()).toBe(before);
    await expectRest(machine);
  }
  function openBefore(table: string): string[] {
    const untouched = [`tcp ${ports.foreign}`, `udp ${ports.foreignUdp}`];
    if (table !== "none") return [...forAll, ...untouched];
    const ours = [gossip, `tcp ${ports.oursForOthers}`, `tcp ${ports.exporter}`];
    return [...forAll, ...untouched, ...ours];
  }

  beforeAll(async () => {
    const started = await lab.up([
      { name: "guarded-13", os: "debian13" },
      { name: "guarded-12", os: "debian12" },
      { name: "neighbour", flavor: "bare" },
      { name: "other", flavor: "bare" },
    ]);
    const [guarded13, guarded12] = started as [LabHost, LabHost];
    [neighbour, other] = started.slice(2) as [LabHost, LabHost];
    machines = {
      debian13: new GuardedMachine(lab, guarded13),
      debian12: new GuardedMachine(lab, guarded12),
    };
    await onBoth(async (machine) => {
      await answerOn(lab, machine.host, listeners);
      // Somebody else's table, and whatever Docker has.
      await machine.run(
        "nft 'table inet somebodys { chain c { type filter hook input priority 5; tcp dport 7777 counter drop; }; }'",
      );
      foreignBefore.set(machine, await machine.foreignRules());
      sessions.set(machine, await SshSession.open(lab, machine.host));
    });
    // One of them has no nft: it comes, and goes, with the firewall.
    await machines.debian12.run("apt-get -qq -y purge nftables");
  });

  afterAll(async () => {
    for (const session of sessions.values()) session.close();
    await lab.down();
    rmSync(stateDirectory, { recursive: true, force: true });
  });

  test("without one, everything is open: what follows is its work", () =>
    onBoth(async (machine) => {
      const open = (protocol: "tcp" | "udp") => listeners[protocol].map((port) => `${protocol} ${port}`);
      await expectOpen(machine, other, "tcp 22", ...open("tcp"), ...open("udp"));
    }));

  test("the very first rules shut SSH: they are gone within 30 s; guard closes our ports to all but their sources, and nothing else", () =>
    onBoth(
      async (machine) => {
        // A run that is killed when the host has finished its bundle, before the engine records that: nobody confirms, and the rules go.
        await machine.up(guard(), { stopAfter: "firewall-rules" });
        await machine.forget("firewall-rules");
        await eventually(60, async () =>
          expect(await machine.run("nft list tables")).not.toContain("ha_monitoring"),
        );
        await machine.apply(guard());
        await expectGuarded(machine);
        await expectRest(machine);
        const { changes } = await machine.up(guard());
        expect(changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
      },
      (machine) => cutOff(machine, "none"),
    ));

  test("the same the other way round; what comes back are the rules that were confirmed", () =>
    onBoth(
      async (machine) => cutOff(machine, await machine.ownTable()),
      async (machine) => {
        await machine.apply(guard());
        await expectGuarded(machine);
        await expectRest(machine);
      },
    ));

  test("deny leaves open exactly SSH and the rules; pings arrive, and the machine reaches others", () =>
    onBoth(async (machine) => {
      const { address, address6 } = machine.host;
      await machine.apply(deny());
      await expectDenied(machine);
      await lab.exec(neighbour, `ping -c 1 -W 20 ${address} && ping -c 1 -W 20 ${address6}`);
      for (const away of [neighbour.address, neighbour.address6]) {
        await machine.run(`timeout 20 bash -c '</dev/tcp/${away}/22'`);
      }
      await expectRest(machine);
    }));

  test("deny, guard, deny: at no moment is a closed port open, or an open one shut", () =>
    onBoth(async (machine) => {
      const { address } = machine.host;
      const before = await machine.ownTable();
      const change = async () => {
        await machine.apply(guard());
        await expectGuarded(machine);
        await machine.apply(deny());
      };
      let closed: PortHistory | undefined;
      const open = await watchPort(
        lab,
        neighbour,
        address,
        ports.ours,
        async () => {
          closed = await watchPort(lab, other, address, ports.oursForOthers, change);
        },
        { patient: true },
      );
      expect(closed).toMatchObject({ open: 0 });
      expect(open).toMatchObject({ shut: 0 });
      expect(open.open).toBeGreaterThan(10);
      expect(await machine.ownTable()).toBe(before);
      await expectDenied(machine);
      await expectRest(machine);
    }));

  test("when a change fails after the rules are loaded, or before, the previous ones are back at once", () =>
    onBoth(
      async (machine) => {
        const isProbe = `[ "$*" = "list table inet ha_monitoring" ]`;
        await machine.replaceProgram("nft", `${isProbe} && exit 1; exec /usr/sbin/nft "$@"`);
        await expectRolledBack(machine, "probe");
      },
      async (machine) => {
        await machine.replaceProgram("systemd-run", "echo 'no timer for you' >&2; exit 1");
        await expectRolledBack(machine, "no timer for you");
      },
    ));
  async function expectRolledBack(machine: GuardedMachine, problem: string): Promise<void> {
    const before = await machine.ownTable();
    const failure = messages(await machine.up(guard()));
    await machine.restorePrograms();
    expect(failure).toContain(problem);
    expect(failure).toContain("the previous version is back");
    expect(await machine.ownTable()).toBe(before);
    const left = "cmp /etc/ha-monitoring/firewall/*.nft; systemctl list-units --all --no-legend '*deadman*'";
    // systemd forgets a unit that was made for once a moment after its end.
    await eventually(30, async () => expect(await machine.run(left)).toBe(""));
    await expectRest(machine);
  }

  test("a restart of Docker keeps the rules, and Debian's nftables.service, which flushes everything, brings them back", () =>
    onBoth(async (machine) => {
      const table = await machine.ownTable();
      await machine.run("systemctl restart docker");
      expect(await machine.ownTable()).toBe(table);
      for (const verb of ["start", "reload", "restart", "stop", "start"]) {
        await machine.run(`systemctl ${verb} nftables`);
        if (verb === "stop") continue;
        await eventually(60, async () => {
          expect(await machine.ownTable(), verb).toBe(table);
          expect(await machine.run("systemctl is-active ha-monitoring-firewall"), verb).toBe("active");
        });
      }
      await machine.run("systemctl stop nftables; systemctl start ha-monitoring-firewall");
      expect(await sessions.get(machine)?.answers()).toBe(true);
    }));

  test("a run that ends between rules and confirmation: the old rules come back, and the next run makes it whole", () =>
    onBoth(
      async (machine) => {
        const before = await machine.ownTable();
        const user = "operator";
        const run = machine.up(guard(), { user, stopAfter: "firewall-rules" });
        // Before the engine has ended, which may take longer than the trial.
        await eventually(120, async () => expect(await machine.ownTable()).toContain("policy accept;"));
        await run;
        await eventually(60, async () => expect(await machine.ownTable()).toBe(before));
        // The confirmation, which is all that is left to do, tries the rules again.
        await machine.apply(guard(), { user });
        await expectWhole(machine);
      },
      async (machine) => {
        const before = await machine.ownTable();
        const killer = `kill -9 $(sed 's/pid \\([0-9]*\\).*/\\1/' /run/ha-monitoring.lock); exec /usr/bin/systemd-run "$@"`;
        await machine.replaceProgram("systemd-run", killer);
        expect(messages(await machine.up({ ...guard(), confirmWithinSeconds: 60 }))).not.toBe("");
        await machine.restorePrograms();
        await eventually(30, async () => expect(await machine.ownTable()).toContain("policy accept;"));
        // A reboot ends the trial, too.
        await lab.reboot(machine.host);
        expect(await machine.ownTable()).toBe(before);
        await machine.apply(guard());
        await expectWhole(machine);
      },
    ));
  async function expectWhole(machine: GuardedMachine): Promise<void> {
    expect(await machine.ownTable()).toContain("policy accept;");
    expect(await machine.ownTable()).not.toContain("proof");
    const left = "ls /var/lib/ha-monitoring/unfinished; systemctl list-units --all --no-legend '*deadman*'";
    await eventually(30, async () =>
      expect(await machine.run(`cmp /etc/ha-monitoring/firewall/*.nft; ${left}`)).toBe(""),
    );
  }

  test("on the overlay a source reaches what it may and nothing else; beside ufw, open is what both let in", () =>
    onBoth(overlayIsClosed, worksBesideUfw));
  async function overlayIsClosed(machine: GuardedMachine): Promise<void> {
    await joinOverlay(lab, { host: machine.host, address: overlay.guarded }, [
      { host: neighbour, address: overlay.neighbour },
      { host: other, address: overlay.other },
    ]);
    const reaches = (host: LabHost, address: string) =>
      eventually(30, () => lab.exec(host, `ping -c 1 -W 2 ${address}`));
    for (const host of [neighbour, other]) await reaches(host, overlay.guarded);
    const wireGuard = `udp ${ports.wireGuard}`;
    const open = (from: LabHost) =>
      openPorts(lab, from, overlay.guarded, { ...listeners, tcp: [22, ...listeners.tcp] });
    for (const each of [guard(), deny()]) {
      const settings = { ...each, overlayNetworks: [overlayNetwork] };
      await machine.apply(settings);
      expect(await open(neighbour), settings.mode).toEqual([`tcp ${ports.exporter}`, wireGuard]);
      expect(await open(other), settings.mode).toEqual([wireGuard]);
      for (const host of [neighbour, other]) await reaches(host, overlay.guarded);
      // The hub reaches its spokes, they do not reach each other.
      await machine.run(`timeout 20 bash -c '</dev/tcp/${overlay.other}/22'`);
      const between = `ping -c 2 -W 1 ${overlay.other}`;
      expect((await lab.exec(neighbour, between, { allowFailure: true })).status, settings.mode).not.toBe(0);
    }
    await machine.run("nft delete chain inet ha_monitoring forward");
    await reaches(neighbour, overlay.other);
    await machine.run("systemctl restart ha-monitoring-firewall; ip link delete wg0");
    await expectNothingLeaks(machine);
  }
  /** Without its interface, and without the link's routes, packets to the overlay would follow the default route to the router, which answers them. */
  async function expectNothingLeaks(machine: GuardedMachine): Promise<void> {
    const isAnswered = async () => {
      const connect = `timeout 3 bash -c '</dev/tcp/${overlay.neighbour}/9093'`;
      return (await lab.exec(machine.host, connect, { allowFailure: true })).status === 0;
    };
    const addresses = Object.values(overlay);
    const before = await leaks(lab, addresses);
    expect(await isAnswered()).toBe(false);
    expect(await leaks(lab, addresses)).toEqual(before);
    await machine.run("nft delete chain inet ha_monitoring output");
    await eventually(30, async () => expect(await isAnswered()).toBe(true));
    expect((await leaks(lab, addresses)).length).toBeGreaterThan(before.length);
    await machine.run("systemctl restart ha-monitoring-firewall");
    expect(await isAnswered()).toBe(false);
  }
  async function worksBesideUfw(machine: GuardedMachine): Promise<void> {
    await machine.run(
      "apt-get -qq -y install ufw; for port in 22 8000 9094; do ufw allow $port/tcp; done; ufw --force enable; systemctl enable ufw",
    );
    const foreign = await machine.foreignRules();
    await machine.apply({ ...guard(), rules: rules().slice(0, 3) });
    const forEverybody = ["tcp 22", `tcp ${ports.foreign}`];
    await expectOpen(machine, neighbour, ...forEverybody, gossip);
    await expectOpen(machine, other, ...forEverybody);
    await machine.apply(deny());
    await expectOpen(machine, neighbour, "tcp 22", gossip);
    expect(await machine.foreignRules()).toBe(foreign);
    const table = await machine.ownTable();
    await machine.run("ufw reload && ufw delete allow 9094/tcp");
    expect(await machine.ownTable()).toBe(table);
    await expectOpen(machine, neighbour, "tcp 22");
    await lab.reboot(machine.host);
    expect(await machine.ownTable()).toBe(table);
    expect(await machine.run("ufw status | head -1")).toBe("Status: active");
    await machine.run("ufw --force disable; apt-get -qq -y purge ufw");
  }

  test("a reboot keeps the rules, and destroy leaves everything as it was", () =>
    onBoth(async (machine) => {
      const table = await machine.ownTable();
      await lab.reboot(machine.host);
      expect(await machine.ownTable()).toBe(table);
      await expectDenied(machine);
      const foreign = await machine.foreignRules();
      expect(messages(await machine.destroy())).toBe("");
      const left =
        "find /etc /usr/local /var/lib /run -name '*ha-monitoring*' ! -name ha-monitoring-lab ! -path '*/docker/*'; find /etc -name nftables.service.wants; systemctl list-units --all --plain --no-legend 'ha-monitoring*'; ls /usr/local/libexec 2>/dev/null || :";
      await eventually(30, async () => expect(await machine.run(left)).toBe(""));
      const isOurs = machine === machines.debian12;
      expect(await machine.run("command -v nft || :")).toBe(isOurs ? "" : "/usr/sbin/nft");
      if (isOurs) await machine.run("apt-get -qq -y install nftables");
      expect(await machine.run("nft --stateless --handle list ruleset")).toBe(foreign);
    }));
});
