import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { LabHost } from "../../lab/hosts/lab";
import { untilListening } from "../../lab/hosts/listening";
import { gossipPorts } from "../../lab/stack";
import { output } from "./support/cluster";
import {
  discardLab,
  errorsOf,
  monitor,
  sshLog,
  temporaryLab,
  TestedStack,
  type Run,
} from "./support/lifecycle";
import { expectForgedRequestsRefused } from "./support/forgedRequests";
import { startWithoutSystemd } from "./support/lifecycleContainer";
import { changesSince, inventory, leftByHaproxy, leftBySystemd } from "./support/lifecycleInventory";

const unchanged = { gone: [], added: [] };
/** Programs that the hosts have in reach: nothing here is about where they come from. */
const fromPackages = { prometheus: { source: "apt" }, nodeExporter: { source: "apt" } };
const dockerSettings = "/etc/docker/daemon.json";
// A restarted Docker has a new bridge and a new socket for its networks.
const ofRestartedDocker = [/^network \S+ bridge$/, /^socket .*\/docker\/libnetwork\/[0-9a-f]+\.sock$/];

describe("bad input", () => {
  const lab = temporaryLab();
  const stack = new TestedStack(lab, "bad-input");
  const hosts: Record<string, LabHost> = {};
  const named = (name: string) => hosts[name] as LabHost;

  beforeAll(async () => {
    const bare = ["no-key", "new-key", "no-sudo", "fedora"].map((name) => ({
      name,
      flavor: "bare" as const,
    }));
    for (const host of await lab.up([{ name: "monitor-a" }, ...bare])) hosts[host.name] = host;
    hosts["no-systemd"] = await startWithoutSystemd(lab, "no-systemd", named("new-key"));
  });

  afterAll(() => discardLab(lab));

  test("a host that asks for another's name, more names, two certificates or with a broken signature gets no certificate", async () => {
    await expectForgedRequestsRefused(lab, ["no-key", "new-key", "no-sudo", "fedora"].map(named));
  });

  test("what is wrong with the configuration is told all at once, before any host sees a connection", async () => {
    const a = monitor(named("monitor-a"));
    const seen = await sshLog(lab, named("monitor-a"));
    const errorOf = async (settings: object) => {
      const errors = errorsOf(await stack.up({ monitors: [a, monitor(named("new-key"))], ...settings }));
      expect(errors).toHaveLength(1);
      return errors[0];
    };

    expect(await errorOf({ monitors: [] })).toContain("monitors: 0 given; a stack has 1 to 7");
    expect(await errorOf({ alerting: { configYaml: "route: [\nreceivers: {" } })).toMatch(
      /alerting\.configYaml: the Alertmanager configuration is not YAML: .* line 2/,
    );
    const all = await errorOf({
      monitors: [
        a,
        a,
        { name: "Bad_Name", address: "198.51.100.1", connection: {} },
        ...[3, 4, 5, 6, 7].map((number) => ({ ...a, name: `m${number}`, address: `198.51.100.${number}` })),
      ],
      gossip: { streamPort: 9093, datagramPort: 80 },
      certificates: { lifetimeHours: 10, earlyRenewalHours: 20 },
      alerting: {
        config: {
          route: { receiver: "somebody", routes: [{ receiver: "else", group_wait: "soon" }] },
          receivers: [{ name: "nobody" }],
        },
      },
    });
    for (const part of [
      "monitors: 8 given; a stack has 1 to 7",
      'monitors[2].name: "Bad_Name" is not a DNS label',
      "monitors[2].connection.hostKey: the host key is needed",
      'monitors[1].name: "monitor-a" is the name of another host; names must be unique',
      `monitors[1].address: "${named("monitor-a").address}" is the address of monitors[0] already`,
      "gossip.apiPort: 9093 is streamPort already",
      "gossip.datagramPort: 80 is not allowed",
      "certificates.earlyRenewalHours: 20 is not below lifetimeHours, 10",
      'alerting.config.route.receiver: "somebody" is not a receiver; known are "nobody"',
      'alerting.config.route.routes[0].receiver: "else" is not a receiver',
      'alerting.config.route.routes[0].group_wait: "soon" is not a duration',
    ]) {
      expect(all).toContain(part);
    }
    expect(await sshLog(lab, named("monitor-a"))).toEqual(seen);
  });

  test("so is what is wrong with the overlay, what is scraped and the timing", async () => {
    const seen = await sshLog(lab, named("monitor-a"));
    const { address } = named("monitor-a");
    const overlayAddress = "198.19.9.1";
    // Too small for four hosts, and around the address of one of them.
    const network = `${address.replace(/\d+$/, (last) => String(Number(last) & ~3))}/30`;
    const run = await stack.up({
      monitors: [
        { ...monitor(named("monitor-a")), overlayAddress },
        { ...monitor(named("new-key")), overlayAddress },
      ],
      targets: [
        { ...monitor(named("no-key")), name: "new-key", overlayAddress: "198.19.9.2" },
        { ...monitor(named("no-sudo")), labels: { "": "north" } },
      ],
      network: { network },
      prometheus: { port: gossipPorts.streams },
      scraping: { scrapeInterval: "often", evaluationInterval: "30s" },
      ruleGroups: [{ name: "g", rules: [{ alert: "Down", expr: "up == 0", for: "a while" }] }],
      alertmanager: { peerTimeout: "15s" },
    });
    expect(errorsOf(run)).toHaveLength(1);
    for (const part of [
      `network.network: ${network} has room for 2 hosts, and there are 4; take a larger one`,
      `monitors[0].address: ${address}, where monitor-a is reached, is in ${network} of the overlay; choose another network`,
      `monitors[1].overlayAddress: ${overlayAddress} is the address of monitor-a already; each host needs an address of its own`,
      'targets[0].name: "new-key" is the name of another host; names must be unique',
      `prometheus.port: ${gossipPorts.streams} is gossip.streamPort already; each needs a port of its own`,
      'targets[1].labels: "" is not the name of a label',
      'scraping.scrapeInterval: "often" is not a duration',
      'ruleGroups[0].rules[0].for: "a while" is not a duration',
      "alertmanager.peerTimeout: 15s is shorter than the evaluation interval of 30s: ",
    ]) {
      expect(errorsOf(run)[0]).toContain(part);
    }
    expect(await sshLog(lab, named("monitor-a"))).toEqual(seen);
  });

  test("an SSH agent that does not answer is named before any host sees a connection", async () => {
    const seen = await sshLog(lab, named("monitor-a"));
    const socket = join(lab.stateDirectory, "no-agent");
    vi.stubEnv("SSH_AUTH_SOCK", socket);
    const run = await stack.up({ monitors: [monitor(named("monitor-a")), monitor(named("new-key"))] });
    vi.unstubAllEnvs();
    expect(errorsOf(run)).toEqual([
      expect.stringContaining(`SSH_AUTH_SOCK is "${socket}", and no SSH agent answers there; `),
    ]);
    expect(await sshLog(lab, named("monitor-a"))).toEqual(seen);
  });

  test("one clear error for each host that cannot be a monitor, and no other host's work is in it", async () => {
    const before = await inventoriesOf(["no-key", "new-key", "no-sudo", "fedora", "no-systemd", "monitor-a"]);
    await breakHosts();
    const broken = await inventoriesOf(["no-key", "new-key", "no-sudo", "fedora", "no-systemd"]);
    const address = (name: string) => named(name).address.replaceAll(".", "\\.");
    const nobody = named("new-key").address.replace(/\d+$/, "99");

    const run = await stack.up({
      monitors: [
        monitor(named("monitor-a")),
        { ...monitor(named("new-key")), name: "nobody", address: nobody },
        monitor(named("no-key")),
        monitor(named("new-key"), { hostKey: named("no-key").hostKey }),
        monitor(named("no-sudo"), { user: "nobody-special" }),
        monitor(named("fedora")),
        monitor(named("no-systemd")),
      ],
      ...{ software: fromPackages, alertmanager: { image: { name: "somebody/else:1", pull: false } } },
    });

    expect(errorLines(run)).toEqual(
      Object.fromEntries(
        Object.entries({
          "nobody-prepare": `${nobody.replaceAll(".", "\\.")}:22.*(EHOSTUNREACH|no route to host)`,
          "no-key-prepare": `${address("no-key")}:22`,
          "new-key-prepare": "host key mismatch",
          "no-sudo-prepare":
            "^ha-monitoring: connected as nobody-special, who is not root: connect as root, or give the user passwordless sudo$",
          "fedora-prepare":
            "^ha-monitoring: this host runs fedora-42; supported are Debian 12, Debian 13 and Ubuntu 24\\.04$",
          "no-systemd-prepare":
            "^ha-monitoring: the init of this host is sshd, not systemd; supported are .*$",
        }).map(([resource, line]) => [`monitoring-${resource}`, expect.stringMatching(new RegExp(line))]),
      ),
    );
    for (const [name, lines] of Object.entries(broken))
      expect(await changesSince(lab, named(name), lines), name).toEqual(unchanged);
    // Of the one that can be a monitor nothing was changed: it waits for all.
    expect(await bundlesOf("monitor-a")).toBe("");
    expect(await output(lab, "monitor-a", "ls -d /etc/ha-monitoring || true")).toBe("");

    expect(errorLines(await stack.up(withBrokenDocker()))).toEqual({
      "monitoring-monitor-a-alertmanager-image": expect.stringMatching(
        /^ha-monitoring: monitor-a: bundle alertmanager-image: docker\.service did not start: .*daemon\.json.*; nothing was left behind$/,
      ) as string,
      ...imageMissing,
    });
    // Everything else but the Alertmanager is there, and the firewall, which comes last.
    expect(await bundlesOf("monitor-a")).toBe(
      [
        "gateway gateway-certificates identity node-exporter node-exporter-software prometheus",
        "prometheus-software prometheus-targets wireguard wireguard-key wireguard-secrets",
      ].join(" "),
    );
    expect(await output(lab, "monitor-a", "ls /etc/ha-monitoring | tr '\\n' ' '")).toBe(
      "gateway identity prometheus software wireguard",
    );

    expect(errorsOf(await stack.destroy({}))).toEqual([]);
    await repairMonitor();
    expect(
      await changesSince(lab, named("monitor-a"), before["monitor-a"]!, [
        ...ofRestartedDocker,
        ...leftBySystemd,
        ...leftByHaproxy,
      ]),
    ).toEqual(unchanged);
  });

  test("a port that somebody else has, and that a user with sudo may not use Docker, are reported before anything is changed on any host; then, that an image is missing", async () => {
    await lab.exec(
      "monitor-a",
      "gpasswd --delete operator docker; systemd-run --quiet --unit squatter systemd-socket-activate --listen 9094 /usr/bin/cat",
    );
    await untilListening(lab, "monitor-a", 9094);
    const settings = {
      monitors: [monitor(named("monitor-a"), { user: "operator" }), monitor(named("new-key"))],
      software: fromPackages,
      alertmanager: { image: { name: await loadedImage("monitor-a"), pull: false } },
    };
    expect(errorLines(await stack.up(settings))).toEqual({
      "monitoring-monitor-a-preflight": expect.stringMatching(
        /^ha-monitoring: monitor-a: port 9094 \(tcp\) of \*:9094 is held by systemd-socket- \(squatter\.service, process \d+\); choose another gossip\.streamPort, or stop what holds it\nha-monitoring: monitor-a: the user operator may not use Docker, .* usermod --append --groups docker operator on the host .*, or connect as root$/,
      ) as string,
    });
    for (const host of ["monitor-a", "new-key"]) expect(await bundlesOf(host)).toBe("");
    await lab.exec("monitor-a", "systemctl stop squatter; gpasswd --add operator docker");
    // The image of the other host has no program in it.
    expect(errorLines(await stack.up(settings))).toEqual({
      "monitoring-monitor-a-alertmanager-config": expect.stringMatching(
        /^ha-monitoring: monitor-a: bundle alertmanager: check .*"amtool": executable file not found.*; nothing live was changed$/,
      ) as string,
      ...imageMissing,
    });
    expect(errorsOf(await stack.destroy({}))).toEqual([]);
  });

  const bundlesOf = async (host: string) =>
    (await output(lab, host, "ls /var/lib/ha-monitoring/bundles | tr '\\n' ' '")).trim();

  const imageMissing = {
    "monitoring-new-key-alertmanager-image": expect.stringMatching(
      /^ha-monitoring: new-key: bundle alertmanager-image: .*the image somebody\/else:1 is not on this machine: put it there with docker load, .*; nothing was left behind$/,
    ) as string,
  };

  function withBrokenDocker() {
    return {
      monitors: [monitor(named("monitor-a")), monitor(named("new-key"))],
      ...{ software: fromPackages, alertmanager: { image: { name: "somebody/else:1", pull: false } } },
    };
  }

  async function inventoriesOf(names: string[]): Promise<Record<string, string[]>> {
    const lists = await Promise.all(names.map((name) => inventory(lab, named(name))));
    return Object.fromEntries(names.map((name, index) => [name, lists[index] as string[]]));
  }

  /** The line of our own programs in each error, or else the whole error, by the resource's name. */
  function errorLines({ errors }: Run): Record<string, string> {
    const lines = errors.map(({ message, urn = "" }) => {
      const ours = message.split("\n").filter((line) => line.startsWith("ha-monitoring:"));
      return [urn.split("::").pop() ?? "", ours.length > 0 ? ours.join("\n") : message] as const;
    });
    expect(new Set(lines.map(([resource]) => resource)).size).toBe(lines.length);
    return Object.fromEntries(lines);
  }

  /** A tiny image on a host, from nowhere. */
  async function loadedImage(host: string): Promise<string> {
    await lab.exec(host, "tar -c /etc/hostname 2>/dev/null | docker import - somebody/else:1 >/dev/null");
    return "somebody/else:1";
  }

  async function breakHosts(): Promise<void> {
    await lab.exec("no-key", "mv /etc/ssh/lab_authorized_keys /root");
    await lab.exec("fedora", "rm /etc/os-release && printf 'ID=fedora\\nVERSION_ID=42\\n' >/etc/os-release");
    await lab.exec(
      "monitor-a",
      `cp ${dockerSettings} /root && echo '{' >${dockerSettings} && systemctl stop --quiet docker.socket docker.service`,
    );
  }

  async function repairMonitor(): Promise<void> {
    await lab.exec(
      "monitor-a",
      `mv /root/daemon.json ${dockerSettings}; systemctl reset-failed; systemctl start docker.socket docker.service`,
    );
  }
});
