import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MonitoringStack, type MonitoringStackArgs, type StackTargetArgs } from "../../components";
import { networkInterface, newInterface } from "../../model/checks";
import { sentences } from "../../model/problem";
import { ownScrapes } from "../../model/ownScrapes";
import { resolve } from "../../model/stack";
import { deploy } from "../support/deployment";
import { stackArgs, targets, withFirst } from "../support/monitors";

const problemsOf = (args: MonitoringStackArgs) => sentences(resolve(args, "project/stack/name").problems);

describe("the model of a stack", () => {
  it("has every default once, and gives each host who may reach what", () => {
    const { model } = resolve(stackArgs(2, { targets: targets(1) }), "project/stack/name");
    const rulesOf = (index: number) =>
      model?.hosts[index]?.rules.map(
        ({ rule }) => `${rule.protocol} ${rule.port} ${rule.networkInterface ?? "any"}`,
      );
    expect(rulesOf(0)).toEqual([
      "udp 51820 any",
      "tcp 9100 wg0",
      "tcp 9094 any",
      "tcp 9095 any",
      "tcp 9093 wg0",
      "tcp 9090 wg0",
    ]);
    expect(rulesOf(2)).toEqual(["udp 51820 any", "tcp 9100 wg0"]);
    expect(model?.monitors[1]?.peer).toEqual({
      name: "monitor-b",
      loopbackAddress: "127.0.1.2",
      streamPort: 9094,
      datagramPort: 9095,
    });
  });

  it.each<[string, MonitoringStackArgs, string]>([
    [
      "a flag as text",
      withFirst({ connection: { privateKey: "", acceptAnyHostKey: "false" as never } }),
      "monitors[0].connection.acceptAnyHostKey: a text was given; write true or false, without quotes",
    ],
    [
      "a number as text",
      stackArgs(2, { network: { keepaliveSeconds: "25" as never } }),
      "network.keepaliveSeconds: a text was given; write a number, without quotes",
    ],
    [
      "a name with an underscore as an endpoint, as it does as an address",
      withFirst({ endpoint: "db_1.example.com" }),
      'monitors[0].endpoint: "db_1.example.com" is neither an IP address nor a DNS name; leave out underscores and a dot at the end',
    ],
    [
      "a name that ends in a dot as an address",
      withFirst({ address: "db.example.com." }),
      'monitors[0].address: "db.example.com." is neither an IP address nor a DNS name; leave out underscores and a dot at the end',
    ],
    [
      "gossip that the firewall would close to some, on the port of SSH",
      withFirst({ sshPort: 9095 }),
      "monitors[0]: port 9095 of SSH is gossip.datagramPort already; each needs a port of its own",
    ],
    [
      "an external URL with a placeholder that there is not",
      stackArgs(2, { prometheus: { externalUrl: "https://{name}.example.com/" } }),
      'prometheus.externalUrl: "https://{name}.example.com/" is not the URL of a web page; write for example https://alerts.example.com/, or https://{monitor}.example.com/ with the name of each monitor, without user, query and fragment',
    ],
    [
      "a wrong port once, although the default of the external URL is made from it",
      stackArgs(2, { gossip: { apiPort: Number.NaN } }),
      "gossip.apiPort: NaN is not allowed; HAProxy runs without privileges, so use 1024 to 65535",
    ],
    ["no monitors at all", { alerting: {} } as never, "monitors: this is needed, and was not given"],
  ])("refuses %s", (_, args, problem) => {
    expect(problemsOf(args)).toEqual([problem]);
  });

  it.each<
    [string, Partial<MonitoringStackArgs>, { alertmanager: string; prometheus: string; names: string[] }]
  >([
    [
      "the ends of the tunnel by default",
      {},
      { alertmanager: "http://127.0.0.1:9093", prometheus: "http://127.0.0.1:9090", names: [] },
    ],
    [
      "the ends of the tunnel at other ports, also where a key has no value",
      { gossip: { apiPort: 7003 }, prometheus: { port: 7005, externalUrl: null as never } },
      { alertmanager: "http://127.0.0.1:7003", prometheus: "http://127.0.0.1:7005", names: [] },
    ],
    [
      "one URL for all monitors, with a path",
      {
        alertmanager: { externalUrl: "https://Example.com:8443/alerts/" },
        prometheus: { externalUrl: "http://[2001:db8::1]/p" },
      },
      {
        alertmanager: "https://Example.com:8443/alerts/",
        prometheus: "http://[2001:db8::1]/p",
        names: ["example.com"],
      },
    ],
    [
      "URLs with the name of the monitor",
      {
        alertmanager: { externalUrl: "http://{monitor}.example.com/{monitor}" },
        prometheus: { externalUrl: "http://{monitor}" },
      },
      {
        alertmanager: "http://monitor-b.example.com/monitor-b",
        prometheus: "http://monitor-b",
        names: ["monitor-b.example.com"],
      },
    ],
  ])("links notifications to %s, and the API answers to the name in it", (_, changes, expected) => {
    const { model, problems } = resolve(stackArgs(2, changes), "project/stack/name");
    expect(problems).toEqual([]);
    const monitor = model?.monitors[1];
    expect({
      alertmanager: monitor?.alertmanager.externalUrl,
      prometheus: monitor?.prometheus.externalUrl,
      names: monitor?.gateway.apiNames,
    }).toEqual(expected);
    expect(monitor?.alertmanager.runtime).not.toHaveProperty("externalUrl");
    expect(monitor?.prometheus.runtime).not.toHaveProperty("externalUrl");
  });

  it("takes no name for a new interface that a firewall would refuse", () => {
    const name = fc.oneof(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,15}$/), fc.constant("_wg0"));
    fc.assert(
      fc.property(name, (text) => {
        fc.pre(newInterface.problems(text).length === 0);
        expect(networkInterface.problems(text)).toEqual([]);
      }),
    );
  });
});

describe("a client of the monitors", () => {
  const resolved = (target: Partial<StackTargetArgs>) => {
    const [first, second] = targets(2) as [StackTargetArgs, StackTargetArgs];
    return resolve(stackArgs(2, { targets: [{ ...first, ...target }, second] }), "project/stack/name");
  };
  const clientOnly = { client: true, nodeExporter: { install: false } };

  it.each<[string, Partial<StackTargetArgs>, boolean]>([
    ["is read by nobody who is not one", {}, false],
    ["may be a target, too", { client: true }, true],
    ["may be a client only", clientOnly, true],
  ])("%s: every API on every monitor has it in its list and its rule, or nowhere", (_, target, isClient) => {
    const { model, problems } = resolved(target);
    expect(problems).toEqual([]);
    const [a, b] = model!.monitors;
    const { overlayAddress } = model!.targets[0]!;
    const readers = (other: string) => (isClient ? [other, overlayAddress] : [other]);
    for (const [monitor, other] of [
      [a!, b!.overlayAddress],
      [b!, a!.overlayAddress],
    ] as const) {
      expect(monitor.gateway.readers).toEqual(readers(other));
      expect(monitor.prometheus.readers).toEqual(readers(other));
      const open = monitor.rules.filter(({ rule }) => rule.sources.includes(overlayAddress));
      expect(open.map(({ rule }) => rule.port)).toEqual(isClient ? [9093, 9090] : []);
    }
    // Nothing on the other target, and gossip has no rule for it.
    expect(JSON.stringify(model!.targets[1]!.rules)).not.toContain(overlayAddress);
  });

  it("that is nothing else is not scraped: no exporter, no rule, no check at the end", () => {
    const { model } = resolved(clientOnly);
    const [client, other] = model!.targets;
    expect(client?.isScraped).toBe(false);
    expect(client?.rules.map(({ rule }) => rule.port)).toEqual([51820]);
    const names = ownScrapes(model!.monitors[0]!, model!).map(({ name }) => name);
    expect(names).not.toContain(client?.name);
    expect(names).toContain(other?.name);
  });

  it("is the only host that may have nothing to scrape", () => {
    expect(sentences(resolved({ nodeExporter: { install: false } }).problems)).toEqual([
      "targets[0].exporters: without a node_exporter at least one exporter is needed, or there is nothing to scrape",
    ]);
  });
});

describe("what a stack takes", { timeout: 60_000 }, () => {
  it.each<[string, MonitoringStackArgs]>([
    [
      "an interface whose name begins with an underscore",
      stackArgs(2, { network: { interfaceName: "_wg0" } }),
    ],
    [
      "a host that only asks the monitors",
      stackArgs(2, {
        targets: targets(1).map((each) => ({ ...each, client: true, nodeExporter: { install: false } })),
      }),
    ],
    ["no firewalls", stackArgs(2, { firewall: { enabled: false } })],
    [
      "everything at other ports",
      stackArgs(2, {
        targets: targets(1),
        gossip: { streamPort: 7001, datagramPort: 7002, apiPort: 7003, metricsPort: 7004 },
        prometheus: { port: 7005 },
        scraping: { nodeExporter: { port: 7006 } },
        network: { listenPort: 7007, interfaceName: "mon-0" },
      }),
    ],
  ])("no component refuses: %s", async (_, args) => {
    expect(problemsOf(args)).toEqual([]);
    expect((await deploy(() => new MonitoringStack("monitoring", args))).errors).toEqual([]);
  });
});
