import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { targetsAt } from "../../lab/demo/alerts";
import { deployed } from "../../lab/demo/deploy";
import type { Result } from "../../lab/engine/events";
import type { PulumiEngine } from "../../lab/engine/pulumiEngine";
import { loadBaseImage, offerSoftware, type OfferedSoftware } from "../../lab/hosts/defaults";
import type { Lab, LabHost } from "../../lab/hosts/lab";
import { untilListening } from "../../lab/hosts/listening";
import { eventually, report } from "../../lab/polling";
import { shellBlocks } from "../support/markdown";
import { output, untilWhole } from "./support/cluster";
import { documentationPages } from "./support/documentation";
import { machine, StagedExamples, type ExampleSettings } from "./support/examples";
import { sshLog, temporaryLab } from "./support/lifecycle";
import { openPorts } from "./support/portProbes";
import { TestAuthority } from "./support/testAuthority";
import { everyJob, untilScraped } from "./support/wholeStack";

describe("the examples", () => {
  const lab = temporaryLab();
  let examples: StagedExamples;
  let offered: OfferedSoftware["settings"];

  beforeAll(async () => {
    examples = await StagedExamples.stage(lab);
    offered = (await offerSoftware(lab, [])).settings;
  });

  afterAll(async () => {
    await lab.down();
    rmSync(lab.stateDirectory, { recursive: true, force: true });
  });

  /** Deploys, and deploys again, which changes nothing. */
  const comesUp = async (engine: PulumiEngine): Promise<Result> => {
    const first = deployed(await engine.up());
    const second = deployed(await engine.up());
    report(`up ${Math.round(first.seconds)} s, again ${second.seconds.toFixed(1)} s`);
    expect({ ...second.changes, same: 0 }).toEqual({ create: 0, update: 0, replace: 0, delete: 0, same: 0 });
    return second;
  };
  const boot = async (monitors: string[], others: string[]): Promise<Record<string, LabHost>> => {
    const hosts = await lab.up([
      ...monitors.map((name) => ({ name })),
      ...others.map((name) => ({ name, flavor: "bare" as const })),
    ]);
    await loadBaseImage(lab, hosts.slice(0, monitors.length));
    return Object.fromEntries(hosts.map((host) => [host.name, host]));
  };

  test("minimal: the README's program, with the addresses of the lab's machines and what they have in reach", async () => {
    const hosts = await boot(["monitor-a", "monitor-b"], ["web-1"]);
    const written = {
      "monitor-a": "198.51.100.10",
      "monitor-b": "198.51.100.11",
      "web-1": "198.51.100.20",
    };
    const edit = (program: string) => {
      const quoted = Object.entries(written).map(([name, address]) => [`"${address}"`, name] as const);
      for (const [text] of quoted) expect(program.split(text), `${text} is there once`).toHaveLength(2);
      const names = new Map<string, string>(quoted);
      // In one pass: an address of the lab may be one of the page's.
      const placed = program.replaceAll(/"\d+(\.\d+){3}"/g, (text) => {
        const name = names.get(text);
        return name === undefined ? text : `"${hosts[name]?.address}"`;
      });
      expect(placed.split("  alerting: {")).toHaveLength(2);
      return placed.replace(
        "  alerting: {",
        `  software: ${JSON.stringify(offered.software)},\n  alerting: {`,
      );
    };
    const keys = { hostKeyA: "monitor-a", hostKeyB: "monitor-b", hostKeyWeb1: "web-1" };
    const settings: ExampleSettings = { sshPrivateKey: lab.privateKey };
    for (const [key, name] of Object.entries(keys)) settings[key] = hosts[name]?.hostKey;
    await comesUp(examples.engineFor("minimal", settings, { edit }));
    for (const monitor of ["monitor-a", "monitor-b"]) {
      await untilScraped(lab, monitor, everyJob(monitor, ["monitor-a", "monitor-b"], ["web-1"]));
    }
  });

  test("every command of the documentation that is for a monitor or a target does there what it says", async () => {
    let commands = 0;
    for (const [mark, host] of [
      ["monitor", "monitor-a"],
      ["target", "web-1"],
    ] as const) {
      for (const page of documentationPages()) {
        for (const { text, line } of shellBlocks(page.text, mark)) {
          const place = `docs/${page.name}:${line}`;
          const { status, stdout, stderr } = await lab.exec(host, `set -e\n${text}`, {
            allowFailure: true,
          });
          expect(status, `${place} ends with ${status}: ${stdout}${stderr}`).toBe(0);
          commands += text.trim().split("\n").length;
        }
      }
    }
    report(`${commands} commands`);
    expect(commands).toBeGreaterThan(15);
  });

  test("existing-hosts: only the bastion is used, as a user with sudo, and what runs on a machine stays open", async () => {
    const [monitors, targets] = [["exists-a", "exists-b"], ["exists-web"]];
    const hosts = await boot(monitors, [...targets, "bastion"]);
    const machines = [...monitors, ...targets].map((name) => hosts[name] as LabHost);
    const [bastion, web] = [hosts.bastion, hosts["exists-web"]] as [LabHost, LabHost];
    const port = 2222;
    for (const host of machines)
      await lab.exec(host, `echo 'Port ${port}' >/etc/ssh/sshd_config.d/port.conf && systemctl restart ssh`);
    const service = "systemd-socket-activate --accept --inetd --listen 8080 echo";
    await lab.exec(web, `systemd-run --quiet --unit somebodys ${service} here`);
    await untilListening(lab, web, 8080);
    const engine = examples.engineFor("existing-hosts", {
      ...{ monitors: monitors.map((name) => machine(hosts[name] as LabHost)), targets: [machine(web)] },
      bastion: { host: bastion.address, user: "nobody-special", hostKey: bastion.hostKey },
      ...{ sshPort: port, sshPrivateKey: lab.privateKey, webhook: "http://203.0.113.99/" },
      ...offered,
    });
    const before = await Promise.all(machines.map((host) => sshLog(lab, host)));
    await comesUp(engine);
    for (const monitor of monitors) await untilScraped(lab, monitor, everyJob(monitor, monitors, targets));
    for (const [index, host] of machines.entries()) {
      const log = (await sshLog(lab, host)).slice(before[index]?.length);
      const logins = log.filter((line) => line.startsWith("Accepted publickey"));
      expect(logins.length).toBeGreaterThan(0);
      for (const line of logins)
        expect(line).toContain(`Accepted publickey for operator from ${bastion.address} port `);
    }
    const open = await openPorts(lab, bastion, web.address, { tcp: [port, 8080, 9100], udp: [] });
    expect(open).toEqual([`tcp ${port}`, "tcp 8080"]);
  });

  test("three-monitors: three Alertmanagers know each other by the numbers that they were given", async () => {
    const [numbers, targets] = [{ "three-a": 1, "three-b": 3, "three-c": 5 }, ["three-web", "three-db"]];
    const monitors = Object.keys(numbers);
    const hosts = await boot(monitors, targets);
    const engine = examples.engineFor("three-monitors", {
      monitors: Object.entries(numbers).map(([name, number]) => ({
        ...machine(hosts[name] as LabHost),
        number,
      })),
      targets: targets.map((name) => machine(hosts[name] as LabHost)),
      ...{ sshPrivateKey: lab.privateKey, pagerToken: "token of the pager" },
      ...offered,
    });
    await comesUp(engine);
    await untilWhole(lab, numbers);
    for (const monitor of monitors) await untilScraped(lab, monitor, everyJob(monitor, monitors, targets));
  });

  test("gateway-alone: two Alertmanagers of somebody else, from Debian, are one cluster through their gateways", async () => {
    const loopback: Record<string, string> = { "own-a": "127.0.1.1", "own-b": "127.0.1.2" };
    const names = Object.keys(loopback);
    const hosts = await boot([], names);
    const authority = await TestAuthority.make("somebody's own");
    await Promise.all(
      names.map(async (name) => {
        const host = hosts[name] as LabHost;
        const peers = names.filter((other) => other !== name);
        const { certificate, key } = await authority.issue(name);
        await installAlertmanager(
          lab,
          host,
          loopback[name] ?? "",
          peers.map((peer) => loopback[peer] ?? ""),
        );
        await lab.exec(
          host,
          `groupadd --system --gid 900 ha-monitoring-gateway &&
             useradd --system --uid 900 --gid 900 --no-create-home ha-monitoring-gateway &&
             install -d -m 0711 /etc/ssl/private && umask 077 && cat >/etc/ssl/private/${name}.pem.key &&
             chown ha-monitoring-gateway: /etc/ssl/private/${name}.pem.key`,
          { stdin: key },
        );
        const settings = {
          ...{ host: machine(host), sshPrivateKey: lab.privateKey },
          peers: peers.map((peer) => ({
            name: peer,
            address: hosts[peer]?.address,
            loopbackAddress: loopback[peer],
          })),
          ...{ certificatePem: certificate, trustBundlePem: authority.certificatePem },
        };
        await comesUp(examples.engineFor("gateway-alone", settings, { stack: name }));
        await lab.exec(host, "install -m 0755 /dev/stdin /usr/local/bin/join-alertmanager", {
          stdin: examples.read("gateway-alone", "join-alertmanager.sh"),
        });
        const members = peers.map((peer) => `${peer}=${loopback[peer]}`).join(" ");
        await lab.exec(
          host,
          `systemd-run --quiet --unit join-alertmanager --property User=ha-monitoring-gateway --property Restart=always \
               /usr/local/bin/join-alertmanager ${loopback[name]} ${members}`,
        );
      }),
    );
    await eventually(60, async () => {
      for (const name of names) {
        // By the gateway's own port for the API.
        const status = await output(
          lab,
          name,
          "curl --silent --fail --max-time 60 127.0.0.1:9193/api/v2/status",
        );
        const { cluster } = JSON.parse(status) as {
          cluster: { status: string; peers: { address: string }[] };
        };
        expect({ ...cluster, peers: cluster.peers.map(({ address }) => address).sort() }).toMatchObject({
          status: "ready",
          peers: Object.values(loopback).map((address) => `${address}:9094`),
        });
      }
    });
  });

  test("scrape-target-alone: a Prometheus of somebody else scrapes the target over WireGuard, told by file_sd", async () => {
    const hosts = await boot([], ["prometheus", "watched"]);
    const [prometheus, watched] = [hosts.prometheus, hosts.watched] as [LabHost, LabHost];
    await lab.exec(
      prometheus,
      "apt-get -qq update && apt-get -qq -y install prometheus curl && mkdir /etc/prometheus/targets && cat >/etc/prometheus/prometheus.yml && systemctl restart prometheus",
      {
        stdin: JSON.stringify({
          global: { scrape_interval: "2s" },
          scrape_configs: [
            { job_name: "theirs", file_sd_configs: [{ files: ["/etc/prometheus/targets/*.json"] }] },
          ],
        }),
      },
    );
    const { outputs } = await comesUp(
      examples.engineFor("scrape-target-alone", {
        ...{ prometheus: machine(prometheus), target: machine(watched), sshPrivateKey: lab.privateKey },
        software: offered.software.nodeExporter,
      }),
    );
    await lab.exec(prometheus, "cat >/etc/prometheus/targets/watched.json", {
      stdin: outputs.fileSd as string,
    });
    await eventually(60, async () =>
      expect(await targetsAt(lab, "prometheus")).toEqual({ "node watched": 1 }),
    );
    const address = /\[(.*)\]:9100/.exec(outputs.fileSd as string)?.[1] ?? "";
    expect(await output(lab, "watched", "ss -Hltn 'sport = 9100' | awk '{ print $4 }'")).toBe(
      `[${address}]:9100`,
    );
    expect(await output(lab, "prometheus", `ip route get ${address}`)).toContain(" dev wg0 ");
  });
});

/** Installs Debian's Alertmanager, as somebody would who has it gossip on loopback with peers of these addresses. */
async function installAlertmanager(lab: Lab, host: LabHost, own: string, peers: string[]): Promise<void> {
  const gossip = (flag: string, address: string) => `--cluster.${flag}=${address}:9094`;
  const flags = [
    gossip("listen-address", own),
    gossip("advertise-address", own),
    ...peers.map((peer) => gossip("peer", peer)),
  ];
  await lab.exec(
    host,
    `apt-get -qq update && apt-get -qq -y install prometheus-alertmanager socat &&
     echo 'ARGS="${flags.join(" ")}"' >/etc/default/prometheus-alertmanager && systemctl restart prometheus-alertmanager`,
  );
}
