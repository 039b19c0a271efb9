import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { firesAt, nodeExporter, notificationsOf, targetsAt } from "../../lab/demo/alerts";
import { deliverOnce, staySilent, type DeliveryCase, type Stages } from "../../lab/demo/delivery";
import { knock } from "../../lab/demo/proof";
import { offerSoftware, type OfferedSoftware } from "../../lab/hosts/defaults";
import type { LabHost } from "../../lab/hosts/lab";
import { WebhookReceiver } from "../../lab/hosts/webhook";
import { eventually, report } from "../../lab/polling";
import { gossipPorts } from "../../lab/stack";
import { exposures } from "../support/exposures";
import { expectPromptCrossings, output, untilWhole } from "./support/cluster";
import { expectExposures } from "./support/exposures";
import { Flood } from "./support/flood";
import { leaks } from "./support/leaks";
import {
  discardLab,
  errorsOf,
  monitor as machine,
  temporaryLab,
  TestedStack,
  workOf,
} from "./support/lifecycle";
import { changesSince, inventory } from "./support/lifecycleInventory";
import {
  alertname,
  connectionsDuring,
  groupInterval,
  groupWait,
  openAt,
  sshAtOnce,
  untilScraped,
  watching,
} from "./support/wholeStack";

// The defaults of peers, and what the way of an alert may take beside them.
const [peerTimeout, allowance] = [15, 5];
/** What differs on a host that has booted again: Docker's name server, what runs at a first boot only, and, until the next boot, what there was a boot for. */
const ofReboot = [
  / 127\.0\.0\.11[ :]/,
  /^unit (ldconfig|systemd-(journal-catalog-update|sysusers|update-done))\.service /,
  /^unit network-pre\.target /,
  /^file \S+ \S+ \/run\/wireguard $/,
];
/** Ends the watch over a host's overlay, and waits for the run of it that the timer may have begun. */
const stopWatching =
  'systemctl stop ha-monitoring-wireguard-watch.timer; while [ "$(systemctl show --property ActiveState --value ha-monitoring-wireguard-watch.service)" = activating ]; do sleep 0.1; done';
const secondsOf = (stages: Stages) =>
  Object.entries(stages)
    .sort(([, one], [, other]) => one - other)
    .map(([stage, seconds]) => `${stage} after ${seconds.toFixed(1)} s`)
    .join(", ");

// Both modes of the firewall, and a target that runs Debian 12.
describe("a stack of two monitors and their targets", () => {
  const lab = temporaryLab();
  const stack = new TestedStack(lab, "delivery");
  let a: LabHost, b: LabHost, first: LabHost, second: LabHost, third: LabHost, neighbour: LabHost;
  let webhook: WebhookReceiver;
  let offered: OfferedSoftware["settings"];
  let overlay: Record<string, string>;
  const before: Record<string, string[]> = {};
  const monitorNames = ["monitor-a", "monitor-b"];

  const settings = (more: LabHost[] = []) => ({
    monitors: [{ ...machine(a), firewallMode: "deny" }, machine(b)],
    targets: [
      { ...machine(first), firewallMode: "deny", labels: { site: "north" } },
      { ...machine(second), client: true },
      ...more.map((each) => machine(each)),
    ],
    ...watching(webhook.url()),
    ...offered,
  });
  const delivery = (): DeliveryCase => ({
    ...{ lab, webhook, monitors: monitorNames, target: first.name, alertname, peerTimeout },
    within: groupWait + peerTimeout + allowance,
    // Before the flush after the next one.
    withinOfEnd: groupInterval + 2 * allowance,
  });
  const both = (...open: string[]) => open.sort();
  const scrapedBy = (name: string) => [
    ...["alertmanager monitor-a", "alertmanager monitor-b", `haproxy ${name}`],
    ...["node monitor-a", "node monitor-b", "node target-a", "node target-b"],
    ...["prometheus monitor-a", "prometheus monitor-b"],
  ];

  beforeAll(async () => {
    [a, b, first, second, third, neighbour] = (await lab.up([
      ...monitorNames.map((name) => ({ name })),
      { name: "target-a", flavor: "bare" },
      { name: "target-b", flavor: "bare", os: "debian12" },
      ...["target-c", "neighbour"].map((name) => ({ name, flavor: "bare" as const })),
    ])) as [LabHost, LabHost, LabHost, LabHost, LabHost, LabHost];
    webhook = await WebhookReceiver.start(a);
    await lab.router.reset();
    offered = (await offerSoftware(lab, [a, b])).settings;
    for (const host of [first, second]) before[host.name] = await inventory(lab, host);
  });

  afterAll(async () => {
    webhook?.stop();
    await discardLab(lab);
  });

  test("comes up: both Prometheis scrape every machine, with the very same labels, and send to both Alertmanagers", async () => {
    const run = await stack.up(settings());
    expect(errorsOf(run)).toEqual([]);
    const { monitors, targets } = run.outputs as Record<string, { name: string; overlayAddress: string }[]>;
    const machines = [...(monitors ?? []), ...(targets ?? [])];
    overlay = Object.fromEntries(machines.map(({ name, overlayAddress }) => [name, overlayAddress]));
    report(`deployed in ${run.seconds.toFixed(0)} s`);
    for (const host of [a, b, first, second]) {
      const { logins, sessions } = await sshAtOnce(lab, host);
      report(`${host.name} saw ${logins} logins at once, and ${sessions} sessions of one connection`);
    }

    for (const name of monitorNames) await untilScraped(lab, name, scrapedBy(name));
    const series = (name: string) =>
      output(
        lab,
        name,
        "curl --silent --fail --globoff 'http://127.0.0.1:9090/api/v1/series?match[]=up{job=\"node\"}' | tr '{' '\\n' | grep instance | sed 's/}.*//' | sort",
      );
    expect(await series(b.name)).toBe(await series(a.name));
    expect(await series(a.name)).toContain('"instance":"target-a","job":"node","site":"north"');
    for (const name of monitorNames) {
      const known = await output(
        lab,
        name,
        "curl --silent --fail http://127.0.0.1:9090/api/v1/alertmanagers",
      );
      for (const each of monitorNames)
        expect(known).toContain(`"http://[${overlay[each]}]:9093/api/v2/alerts"`);
    }
  });

  test("every service of ours, on a monitor and on targets of Debian 13 and 12, is listed and exposed by no more than its maximum", async () => {
    const found: string[] = [];
    for (const { name } of [a, first, second]) found.push(...(await expectExposures(lab, name)));
    expect([...new Set(found)].sort()).toEqual(Object.keys(exposures).sort());
  });

  const nothingLeaked = async () => expect(await leaks(lab, Object.values(overlay))).toEqual([]);

  test(
    "while it was deployed, nothing of the overlay, no metric and no alert went to the router, which would have answered",
    nothingLeaked,
  );

  test("a second up changes nothing and opens no SSH connection to any host", async () => {
    const connections = await connectionsDuring(lab, [a, b, first, second], async () => {
      const run = await stack.up(settings());
      expect(errorsOf(run)).toEqual([]);
      expect(workOf(run)).toEqual([]);
    });
    expect(Object.values(connections)).toEqual([0, 0, 0, 0]);
  });

  test("a neighbour finds SSH open and the two gossip ports of monitors, on both families and in both modes, and nothing else", async () => {
    const gossip = Object.values(gossipPorts).map((port) => `tcp ${port}`);
    for (const [host, open] of [
      [a, both("tcp 22", ...gossip)],
      [b, both("tcp 22", ...gossip)],
      [first, ["tcp 22"]],
      [second, ["tcp 22"]],
    ] as const) {
      const inside = overlay[host.name] as string;
      // Somebody on the same network may send to the overlay's address without being on it.
      await output(lab, neighbour.name, `ip -6 route replace ${inside}/128 via ${host.address6}`);
      const seen = await openAt(lab, neighbour, host, [host.address, host.address6, inside]);
      expect(seen, host.name).toEqual({ [host.address]: open, [host.address6]: open, [inside]: open });
      await output(lab, neighbour.name, `ip -6 route delete ${inside}/128`);
    }
    for (const host of [a, b]) {
      for (const port of Object.values(gossipPorts)) {
        for (const address of [host.address, host.address6]) {
          expect(await knock({ name: host.name, address }, port)).toBe(
            "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
          );
        }
      }
    }
  });

  test("a target reaches nothing of another target over the overlay, and of a monitor only its gossip ports, which ask for a certificate", async () => {
    const gossip = Object.values(gossipPorts).map((port) => `tcp ${port}`);
    const seen = async (host: LabHost) => {
      const address = overlay[host.name] as string;
      return (await openAt(lab, first, host, [address]))[address];
    };
    expect(await seen(second)).toEqual([]);
    expect(await seen(a)).toEqual(gossip);
    expect(await seen(b)).toEqual(gossip);
  });

  test("a client gets an answer from both APIs of every monitor over the overlay, and reaches no other target; a target that is none gets no answer", async () => {
    const answers = async (from: LabHost) => {
      const urls = monitorNames.flatMap((name) =>
        [9093, 9090].map((port) => `http://[${overlay[name]}]:${port}/-/ready`),
      );
      const ask = (url: string) =>
        output(
          lab,
          from.name,
          `curl --silent --globoff --output /dev/null --max-time 10 --write-out '%{http_code}' '${url}' || true`,
        );
      return Promise.all(urls.map(ask));
    };
    expect(await answers(second)).toEqual(["200", "200", "200", "200"]);
    expect(await answers(first)).toEqual(["000", "000", "000", "000"]);
    const address = overlay[first.name] as string;
    expect((await openAt(lab, second, first, [address]))[address]).toEqual([]);
  });

  test("an alert fires at both Prometheis, reaches both Alertmanagers, and the webhook is told once of its beginning and once of its end", async () => {
    const { fired, resolved } = await deliverOnce(delivery());
    report(`stopped: ${secondsOf(fired)}`);
    report(`started: ${secondsOf(resolved)}`);
  });

  test("with 5,000 connections of a neighbour to the gossip ports that say nothing and 500 that trickle, an alert is delivered once and in time, and gossip goes on", async () => {
    const flood = await Flood.start(lab, neighbour, [a, b], 5000, 500);
    try {
      // As many as one source may have at two gateways; the others are refused.
      await eventually(60, async () => {
        const { held, closed } = await flood.counts();
        expect(held).toBeGreaterThan(400);
        expect(closed).toBeGreaterThan(5000);
      });
      const { fired, resolved } = await deliverOnce(delivery());
      report(`stopped: ${secondsOf(fired)}`);
      report(`started: ${secondsOf(resolved)}`);
      await expectPromptCrossings(lab, monitorNames);
      await untilWhole(lab, { [a.name]: 1, [b.name]: 2 });
      // Still so, but for the moments in which many have ended at once.
      await eventually(60, async () => {
        const { held, closed } = await flood.counts();
        expect(held).toBeGreaterThan(400);
        report(`${held} connections are held, ${closed} were refused or closed`);
      });
    } finally {
      await flood.stop();
    }
  });

  test("silenced at one Alertmanager, it stays silent at both", async () => {
    report(secondsOf(await staySilent(delivery())));
  });

  test("one target more touches that target, the overlay of the monitors and their lists of targets; nothing is restarted or reloaded", async () => {
    const life = () =>
      Promise.all(
        [a, b].map(({ name }) =>
          output(
            lab,
            name,
            "systemctl show --property MainPID ha-monitoring-prometheus ha-monitoring-gateway;" +
              " curl --silent http://127.0.0.1:9090/metrics | grep '^prometheus_config_last_reload_success_timestamp_seconds '",
          ),
        ),
      );
    const seen = await life();
    const connections = await connectionsDuring(lab, [a, b, first, second, third], async () => {
      const run = await stack.up(settings([third]));
      expect(errorsOf(run)).toEqual([]);
      const updates = workOf(run).filter((line) => line.startsWith("done update"));
      expect(updates.sort()).toEqual(
        monitorNames
          .flatMap((name) => [
            `done update monitoring-${name}-prometheus-targets`,
            `done update monitoring-${name}-scrapes`,
            `done update monitoring-overlay-${name}-secrets`,
            `done update monitoring-overlay-${name}-wireguard`,
          ])
          .sort(),
      );
      report(`one target more in ${run.seconds.toFixed(0)} s`);
    });
    expect(connections).toEqual({
      ...{ "monitor-a": 4, "monitor-b": 4, "target-a": 0, "target-b": 0 },
      // The program, its preflight, the overlay's three bundles, the exporter's two, the firewall's two.
      "target-c": 9,
    });
    expect(await life()).toEqual(seen);
    for (const name of monitorNames) await untilScraped(lab, name, [...scrapedBy(name), "node target-c"]);
  });

  test("a target that is switched off is told of once", async () => {
    const told = () => notificationsOf(webhook.deliveries, alertname, third.name).map(({ status }) => status);
    await lab.switchOff(third, { suddenly: true });
    // A scrape of a machine that is gone ends by its time-out.
    const { seconds } = await eventually(groupWait + peerTimeout + allowance + 30, () =>
      expect(told()).toEqual(["firing"]),
    );
    report(`told after ${seconds.toFixed(1)} s`);
    await sleep((peerTimeout + 2) * 1000);
    expect(told()).toEqual(["firing"]);
    await lab.switchOn(third);
    await eventually(60, () => expect(told()).toEqual(["firing", "resolved"]));
  });

  test("one target less is forgotten by the monitors and leaves its machine", async () => {
    const run = await stack.up(settings());
    expect(errorsOf(run)).toEqual([]);
    for (const name of monitorNames) {
      await untilScraped(lab, name, scrapedBy(name));
      expect(await output(lab, name, "wg show wg0 peers | wc -l")).toBe("3");
    }
    expect(
      await output(
        lab,
        third.name,
        "ls /sys/class/net | grep wg0; nft list tables | grep ha_monitoring; ls /etc/ha-monitoring 2>/dev/null; true",
      ),
    ).toBe("");
  });

  test("a target whose own firewall drops the scrapes fails the run, which says which monitor cannot scrape what and why; without that firewall the next run is green", async () => {
    await output(
      lab,
      third.name,
      "{ command -v nft || { apt-get -qq update && apt-get -qq -y install nftables; }; } >/dev/null 2>&1 </dev/null;" +
        " nft 'add table inet own; add chain inet own input { type filter hook input priority 0; };" +
        ` add rule inet own input iifname "wg0" tcp dport 9100 drop'`,
    );
    const run = await stack.up(settings([third]));
    const said = run.errors.map(({ message, urn = "" }) => [urn.split("::").pop(), message]);
    expect(Object.fromEntries(said)).toEqual(
      Object.fromEntries(
        monitorNames.map((name) => [
          `monitoring-${name}-scrapes`,
          expect.stringMatching(
            new RegExp(
              `ha-monitoring: ${name}: bundle scrapes: probe .* was not green within \\d+ s: it failed with status 1: 1 of 10 scrapes of hosts of the stack fail; job node of target-c, http://\\[[0-9a-f:]+\\]:9100/metrics: (context deadline exceeded|dial tcp .*)`,
            ),
          ),
        ]),
      ),
    );
    await output(lab, third.name, "nft delete table inet own");
    const next = await stack.up(settings([third]));
    expect(errorsOf(next)).toEqual([]);
    expect(workOf(next)).toEqual(
      expect.arrayContaining(monitorNames.map((name) => `done update monitoring-${name}-scrapes`)),
    );
    for (const name of monitorNames) await untilScraped(lab, name, [...scrapedBy(name), "node target-c"]);
    expect(errorsOf(await stack.up(settings()))).toEqual([]);
  });

  test("with one monitor gone, the other one delivers alone, once, in time", async () => {
    const known = notificationsOf(webhook.deliveries, alertname, first.name).length;
    const told = () =>
      notificationsOf(webhook.deliveries, alertname, first.name)
        .slice(known)
        .map(({ status }) => status);
    await lab.switchOff(a, { suddenly: true });
    await nodeExporter(lab, first.name, "stop");
    await eventually(60, async () => expect(await firesAt(lab, b.name, alertname, first.name)).toBe(true));
    const { seconds } = await eventually(groupWait + peerTimeout + allowance, () =>
      expect(told()).toEqual(["firing"]),
    );
    report(`delivered ${seconds.toFixed(1)} s after it began to fire`);

    // Before the other one is back: its groups then begin at another time, and upstream's peers may tell of an end twice.
    await nodeExporter(lab, first.name, "start");
    await eventually(groupInterval + 2 * allowance, () => expect(told()).toEqual(["firing", "resolved"]));
    await lab.switchOn(a);
    await untilWhole(lab, { [a.name]: 1, [b.name]: 2 }, { within: 60 });
    await sleep((peerTimeout + 2) * 1000);
    expect(told()).toEqual(["firing", "resolved"]);
  });

  test("everything reboots at once, and all is back without help", async () => {
    const begun = performance.now();
    await Promise.all([a, b, first, second].map((host) => lab.reboot(host)));
    for (const name of monitorNames) await untilScraped(lab, name, scrapedBy(name), 90);
    await untilWhole(lab, { [a.name]: 1, [b.name]: 2 }, { within: 60 });
    report(`all back ${((performance.now() - begun) / 1000).toFixed(0)} s after the reboot began`);
    await openIsAsBefore();
  });

  test("through all of this, with alerts, changes, a power cut and a boot, nothing leaked", nothingLeaked);

  test("without the overlay's interface, a Prometheus finds its targets down; it scrapes nobody else, and tells nobody else", async () => {
    await output(lab, a.name, `${stopWatching}; ip link delete wg0`);
    // What it scrapes of its own host on loopback goes on.
    const overTheOverlay = (name: string) => name === `node ${a.name}` || !name.endsWith(` ${a.name}`);
    await eventually(60, async () => {
      const seen = Object.entries(await targetsAt(lab, a.name)).filter(([name]) => overTheOverlay(name));
      expect(seen).toEqual(
        scrapedBy(a.name)
          .filter(overTheOverlay)
          .map((name) => [name, 0]),
      );
    });
    await eventually(60, async () => expect(await firesAt(lab, a.name, alertname, first.name)).toBe(true));
    await nothingLeaked();
    await output(
      lab,
      a.name,
      "systemctl restart ha-monitoring-wireguard; systemctl start ha-monitoring-wireguard-watch.timer",
    );
    await untilScraped(lab, a.name, scrapedBy(a.name));

    // The same with the routes taken away: the packet filter refuses what would leave by another interface.
    await output(lab, a.name, `${stopWatching}; /usr/local/libexec/ha-monitoring/wireguard remove`);
    const refused = "nft list chain inet ha_monitoring output | grep -o 'packets [1-9]' | head -n 1";
    await eventually(60, async () => expect(await output(lab, a.name, refused)).toMatch(/^packets/));
    await nothingLeaked();
    // Without both, the router is believed. Prometheus sends an alert that goes on firing once a minute.
    await output(lab, a.name, "nft flush chain inet ha_monitoring output");
    await eventually(90, async () => {
      const seen = await leaks(lab, Object.values(overlay));
      for (const part of ["GET /metrics HTTP/1.1", "POST /api/v2/alerts HTTP/1.1"])
        expect(seen.join("\n")).toContain(part);
    });
    await output(
      lab,
      a.name,
      "systemctl reload ha-monitoring-firewall; systemctl restart ha-monitoring-wireguard; systemctl start ha-monitoring-wireguard-watch.timer",
    );
    await untilScraped(lab, a.name, scrapedBy(a.name));
    await lab.router.reset();
  });

  test("destroy leaves targets as they were", async () => {
    const run = await stack.destroy(settings());
    expect(errorsOf(run)).toEqual([]);
    for (const host of [first, second]) {
      const changes = await changesSince(lab, host, before[host.name] as string[], ofReboot);
      expect(changes, host.name).toEqual({ gone: [], added: [] });
    }
  });

  /** The firewall comes back with the machine. */
  async function openIsAsBefore(): Promise<void> {
    const seen = await openAt(lab, neighbour, first, [first.address, first.address6]);
    expect(seen).toEqual({ [first.address]: ["tcp 22"], [first.address6]: ["tcp 22"] });
  }
});
