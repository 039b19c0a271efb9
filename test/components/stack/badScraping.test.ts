import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import {
  MonitoringStack,
  type FirewallMode,
  type MonitoringStackArgs,
  type StackHostArgs,
} from "../../../components";
import { deploy } from "../../support/deployment";
import { connection, monitors, stackArgs, targets, withFirst } from "../../support/monitors";
import { expectImmediateRefusal, noHostKey } from "../../support/refusals";

const withTargets = (changes: Partial<StackHostArgs>[], rest: Partial<MonitoringStackArgs> = {}) =>
  stackArgs(2, {
    ...rest,
    targets: targets(changes.length).map((target, index) => ({ ...target, ...changes[index] })),
  });
/** All machines of a stack with addresses of their own on an IPv4 overlay. */
const onIpv4 = (network: string, addresses: string[]) =>
  stackArgs(2, {
    network: { network },
    monitors: monitors(2).map((each, index) => ({ ...each, overlayAddress: addresses[index] })),
    targets: targets(addresses.length - 2).map((each, index) => ({
      ...each,
      overlayAddress: addresses[index + 2],
    })),
  });

const refusedScraping: [name: string, args: MonitoringStackArgs, problem: string][] = [
  [
    "a target with the name of a monitor",
    withTargets([{ name: "monitor-a" }]),
    'targets[0].name: "monitor-a" is the name of another host; names must be unique',
  ],
  [
    "one machine under two names",
    withTargets([{}, { address: "198.51.100.21" }]),
    "targets[1]: SSH to 198.51.100.21, port 22 leads to targets[0] already; each needs a host of its own",
  ],
  [
    "one machine under two names and two addresses",
    withTargets([{ address: "2001:db8::21" }, { connection: connection({ host: "2001:DB8:0::21" }) }]),
    "targets[1]: SSH to 2001:db8::21, port 22 leads to targets[0] already; each needs a host of its own",
  ],
  [
    "a label that comes from the name of the machine",
    withTargets([{ labels: { instance: "web" } }]),
    "targets[0].labels: instance and job come from the endpoint's name and job; leave them out",
  ],
  [
    "two exporters whose series cannot be told from each other",
    withTargets([{ exporters: [8001, 8002].map((port) => ({ job: "web", port, path: `/${port}` })) }]),
    'targets[0].exporters[1]: job "web" of "target-a" has the same labels as an earlier endpoint, so their series would be mixed; give one of them a label',
  ],
  [
    "a rule that would close SSH to some",
    withTargets([
      { inboundRules: [{ protocol: "tcp", port: 22, sources: ["203.0.113.9"], purpose: "maintenance" }] },
    ]),
    "targets[0].inboundRules[0]: port 22 is SSH, which stays open to all, so a rule cannot close it to some; take the rule out, and let sshd decide who may log in from where",
  ],
  [
    "a node_exporter in a job of the stack itself",
    withTargets([{ nodeExporter: { job: "haproxy" } }]),
    'targets[0].nodeExporter.job: "haproxy" is a job of the stack itself; use another name',
  ],
  [
    "limits of a job that no host has",
    withTargets([{}], { scraping: { jobLimits: [{ job: "database" }] } }),
    'scraping.jobLimits[0].job: there is no job "database"; the jobs are alertmanager, haproxy, node, prometheus, and a job of scrape_configs has its limits there',
  ],
  [
    "a limit that is a fraction",
    withTargets([{}], { scraping: { limits: { bodyMegabytes: 0.5 } } }),
    "scraping.limits.bodyMegabytes: 0.5 is not allowed; use a whole number of MB, 1 or more",
  ],
  [
    "a bad interval beside a configuration that is known only later",
    stackArgs(2, { scraping: { scrapeInterval: "15", config: pulumi.output({}) } }),
    'scraping.scrapeInterval: "15" is not a duration; write for example 15s, 1m30s or 15d, largest unit first and more than 0',
  ],
  [
    "an unknown receiver beside an address that is secret",
    stackArgs(2, {
      alerting: {
        config: {
          route: { receiver: "somebody" },
          receivers: [
            { name: "chat", webhook_configs: [{ url: pulumi.secret("https://chat.example.com") }] },
          ],
        },
      },
    }),
    'alerting.config.route.receiver: "somebody" is not a receiver; known are "chat"',
  ],
  [
    "a text of rules that is evaluated less often than peers wait",
    stackArgs(2, {
      rules: { "own.yml": "groups: [{name: own, interval: 1m, rules: [{alert: A, expr: up}]}]\n" },
    }),
    "alertmanager.peerTimeout: 15s is shorter than the evaluation interval of 1m: Prometheus servers evaluate the same rule up to one " +
      "interval apart, so an Alertmanager would stop waiting for the one before it while that one may not know of the alert yet, and " +
      "both would notify; make peerTimeout at least 1m, or evaluate more often",
  ],
  [
    "a target without a host key",
    withTargets([{ connection: connection({ hostKey: undefined }) }]),
    `targets[0].connection.hostKey: ${noHostKey("198.51.100.21")}`,
  ],
  [
    "two machines with one address on the overlay",
    onIpv4("10.9.0.0/24", ["10.9.0.1", "10.9.0.2", "10.9.0.1"]),
    "targets[0].overlayAddress: 10.9.0.1 is the address of monitor-a already; each host needs an address of its own",
  ],
  [
    "a network without room",
    onIpv4("10.9.0.0/30", ["10.9.0.1", "10.9.0.2", "10.9.0.3"]),
    "network.network: 10.9.0.0/30 has room for 2 hosts, and there are 3; take a larger one",
  ],
  [
    "a network that a machine is in already",
    withTargets([{ address: "fd00:1::21" }], { network: { network: "fd00:1::/64" } }),
    "targets[0].address: fd00:1::21, where target-a is reached, is in fd00:1::/64 of the overlay; choose another network",
  ],
  [
    "a network that is none",
    stackArgs(2, { network: { network: "10.9.0.0" } }),
    'network.network: "10.9.0.0" is not a network; write for example "10.9.0.0/24" or "fd12:3456:789a:1::/64"',
  ],
  [
    "an interface with too long a name",
    stackArgs(2, { network: { interfaceName: "monitoring-overlay" } }),
    'network.interfaceName: "monitoring-overlay" cannot be the name of a new interface; use 1 to 15 letters, digits, hyphens and underscores, e.g. "wg1", but not all, default or lo',
  ],
  [
    "Prometheus on a port of gossip",
    stackArgs(2, { prometheus: { port: 9094 } }),
    "prometheus.port: 9094 is gossip.streamPort already; each needs a port of its own",
  ],
  [
    "an exporter on the port of Prometheus",
    withFirst({ exporters: [{ job: "web", port: 9090 }] }),
    'monitors[0]: port 9090 of the exporter of job "web" is prometheus.port already; each needs a port of its own',
  ],
  [
    "gossip on the port of SSH",
    withFirst({ connection: connection({ port: 9094 }) }),
    "monitors[0]: port 9094 of SSH is gossip.streamPort already; each needs a port of its own",
  ],
  [
    "an exporter in a job of the stack itself",
    withTargets([{ exporters: [{ job: "haproxy", port: 8404 }] }]),
    'targets[0].exporters[0].job: "haproxy" is a job of the stack itself; use another name',
  ],
  [
    "a scrape interval without a unit",
    stackArgs(2, { scraping: { scrapeInterval: "15" } }),
    'scraping.scrapeInterval: "15" is not a duration; write for example 15s, 1m30s or 15d, largest unit first and more than 0',
  ],
  [
    "a label of a target that is none",
    withTargets([{ labels: { "": "north" } }]),
    'targets[0].labels: "" is not the name of a label; use any text, but not an empty one, and no control character',
  ],
  [
    "a label that the distribution's Prometheus does not take",
    {
      ...withTargets([{ labels: { "data-centre": "north" } }]),
      software: { prometheus: { source: "apt" } },
    },
    'targets[0].labels: "data-centre" is not the name of a label; use letters, digits and underscores; Prometheus 3 would allow any text',
  ],
  [
    "an external label that is none",
    stackArgs(2, {
      scraping: { externalLabels: { "data-centre": "north" } },
      prometheus: { software: { version: "2.53.3" } },
    }),
    'scraping.externalLabels: "data-centre" is not the name of a label; use letters, digits and underscores; Prometheus 3 would allow any text',
  ],
  [
    "a job that the stack has already",
    stackArgs(2, { scraping: { config: { scrape_configs: [{ job_name: "alertmanager" }] } } }),
    'scraping.config.scrape_configs[0].job_name: "alertmanager" is a job of this server already, whose targets would be scraped twice; leave it out, or use another name for other targets',
  ],
  [
    "a rule file with a path for a name",
    stackArgs(2, { rules: { "../own.yml": "groups: []" } }),
    'rules: "../own.yml" is not the name of a rule file; use a plain name of up to 200 characters that ends in .yml or .yaml',
  ],
  [
    "a rule that is neither alert nor record",
    stackArgs(2, { ruleGroups: [{ name: "own", rules: [{ expr: "up == 0" }] }] }),
    "ruleGroups[0].rules[0]: a rule has a name in alert or in record, one of the two",
  ],
  [
    "rules by name instead of a list",
    stackArgs(2, { ruleGroups: [{ name: "own", rules: { up: "up == 0" } as unknown as [] }] }),
    "ruleGroups[0].rules: a section was given; write a list",
  ],
  [
    "a scrape job instead of a list of them",
    stackArgs(2, { scraping: { config: { scrape_configs: { job_name: "own" } as unknown as [] } } }),
    "scraping.config.scrape_configs: a section was given; write a list",
  ],
  [
    "peers that wait for less than an evaluation",
    stackArgs(2, { alertmanager: { peerTimeout: "10s" } }),
    "alertmanager.peerTimeout: 10s is shorter than the evaluation interval of 15s: Prometheus servers evaluate the same rule up to one " +
      "interval apart, so an Alertmanager would stop waiting for the one before it while that one may not know of the alert yet, and " +
      "both would notify; make peerTimeout at least 15s, or evaluate more often",
  ],
  [
    "groups that are told of more often than peers wait for each other",
    stackArgs(3, {
      alerting: {
        configYaml:
          "route: {receiver: nobody, routes: [{group_interval: 30s, receiver: nobody}]}\nreceivers: [{name: nobody}]\n",
      },
    }),
    "alerting.configYaml.route.routes[0].group_interval: 30s is too short: the last of 3 peers waits 2 times the peerTimeout of 15s before it " +
      "notifies of the state in which it began to wait. By then another peer may have notified that the alert has ended, and the alert " +
      "would be announced again; make it at least 45s, or peerTimeout shorter",
  ],
  [
    "a mode of the firewall that is none",
    stackArgs(2, { firewall: { mode: "open" as FirewallMode } }),
    'firewall.mode: "open" is not allowed; use guard or deny',
  ],
  [
    "a source of a rule that is a name",
    withTargets([{ inboundRules: [{ protocol: "tcp", port: 443, sources: ["office"], purpose: "web" }] }]),
    'targets[0].inboundRules[0].sources[0]: "office" is neither an IP address nor a network; write for example 198.51.100.10 or 2001:db8::/64',
  ],
  [
    "a source of gossip that is a name",
    stackArgs(2, { gossip: { gossipSources: ["monitor-b"] } }),
    'gossip.gossipSources[0]: "monitor-b" is neither an IP address nor a network; write for example 198.51.100.10 or 2001:db8::/64',
  ],
  [
    "a version that is none",
    stackArgs(2, { software: { prometheus: { version: "latest" } } }),
    'software.prometheus.version: "latest" is not the version of a release; write for example 3.13.5, without v',
  ],
  [
    "a node_exporter that would listen elsewhere",
    stackArgs(2, { scraping: { nodeExporter: { flags: ["--web.listen-address=:9100"] } } }),
    'scraping.nodeExporter.flags[0]: "--web.listen-address=:9100" would open another address; the overlay\'s is the only one',
  ],
];

describe("a stack refuses, before it registers anything, of what is scraped, the overlay and firewalls", () => {
  it.each(refusedScraping)("%s", async (_, args, problem) => {
    expectImmediateRefusal(await deploy(() => new MonitoringStack("monitoring", args)), [problem]);
  });
});

describe("what is known only later is refused as well:", () => {
  it.each<[string, Partial<MonitoringStackArgs>, string]>([
    [
      "groups that are told of more often than peers wait",
      {
        alerting: {
          configYaml: pulumi.output(
            "route: {receiver: nobody, group_interval: 10s}\nreceivers: [{name: nobody}]\n",
          ),
        },
      },
      "alerting.configYaml.route.group_interval: 10s is too short",
    ],
    [
      "rules that are evaluated less often than peers wait",
      { ruleGroups: pulumi.output([{ name: "own", interval: "1m", rules: [{ alert: "A", expr: "up" }] }]) },
      "peerTimeout: 15s is shorter than the evaluation interval of 1m",
    ],
  ])("%s", async (_, args, problem) => {
    const { errors } = await deploy(() => new MonitoringStack("monitoring", stackArgs(2, args)));
    expect(errors.join("\n")).toContain(problem);
  });

  it("two targets behind one address translation are fine, each with a port of its own for SSH", async () => {
    const args = withTargets([{}, { address: "198.51.100.21", connection: connection({ port: 2222 }) }]);
    const { errors } = await deploy(() => new MonitoringStack("monitoring", args));
    expect(errors).toEqual([]);
  });
});
