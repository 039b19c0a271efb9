import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { MonitoringStackArgs } from "../../components";
import { ownScrapes } from "../../model/ownScrapes";
import { settledProbes } from "../../model/probes";
import { sentences } from "../../model/problem";
import { settledLimits } from "../../model/scrapeLimits";
import { resolve } from "../../model/stack";
import { renderPrometheusYml } from "../../templates/prometheus/prometheusYml";
import { stackArgs, targets, withFirst } from "../support/monitors";

const resolved = (args: MonitoringStackArgs) => resolve(args, "project/stack/name");
const said = (args: MonitoringStackArgs) => sentences(resolved(args).problems);
const web = { module: "http_2xx", addresses: ["https://www.example.com/health"] };

describe("the probes of a stack", () => {
  it("are asked of each monitor's own blackbox_exporter, which is installed there and nowhere else", () => {
    const { model, problems } = resolved(stackArgs(2, { targets: targets(1), probes: [web] }));
    expect(problems).toEqual([]);
    expect(model?.monitors.map(({ prometheus }) => prometheus.probes)).toEqual(
      model?.monitors.map(({ overlayAddress }) => [
        { ...web, job: "probe-http_2xx", probers: [{ address: `[${overlayAddress}]:9115` }] },
      ]),
    );
    expect(model?.hosts.map(({ target }) => target.exporters?.map(({ release }) => release))).toEqual([
      ...[["blackbox_exporter"], ["blackbox_exporter"], undefined],
    ]);
    expect(model?.hosts[0]?.rules.map(({ rule }) => rule.port)).toContain(9115);
    expect(model?.hosts[2]?.rules.map(({ rule }) => rule.port)).not.toContain(9115);
    expect(
      model && ownScrapes(model.monitors[0]!, model).filter(({ job }) => job === "blackbox"),
    ).toHaveLength(2);
  });

  it("from one monitor are asked of that one by every Prometheus, and say so in a label", () => {
    const { model, problems } = resolved(
      stackArgs(3, {
        probes: [{ ...web, from: ["monitor-b"], interval: "1m" }],
        blackboxExporter: { port: 9200 },
      }),
    );
    expect(problems).toEqual([]);
    const [first, second] = model?.monitors ?? [];
    expect(first?.prometheus.probes).toEqual(second?.prometheus.probes);
    expect(first?.prometheus.probes?.[0]?.probers).toEqual([
      { address: `[${second?.overlayAddress}]:9200`, name: "monitor-b" },
    ]);
    expect(model?.hosts.map(({ target }) => target.exporters?.length ?? 0)).toEqual([0, 1, 0]);
  });

  it("use the blackbox_exporter that a monitor has", () => {
    const exporters = [{ release: "blackbox_exporter", port: 9300 }];
    const args = withFirst({ exporters });
    const { model, problems } = resolved({ ...args, probes: [web] });
    expect(problems).toEqual([]);
    expect(model?.monitors[0]?.prometheus.probes?.[0]?.probers[0]?.address).toMatch(/:9300$/);
    expect(model?.monitors[0]?.target.exporters).toEqual(exporters);
    expect(model?.monitors[1]?.prometheus.probes?.[0]?.probers[0]?.address).toMatch(/:9115$/);
  });

  it("are relabelled so that each address is asked of the exporter and is the label instance", () => {
    const yml = parse(
      renderPrometheusYml({
        ...{ hostName: "monitor-a", port: 9090, scrapeInterval: "15s", evaluationInterval: "15s" },
        ...{ externalLabels: {}, alertmanagers: [], jobs: [], ruleFiles: [], further: {} },
        limits: settledLimits(undefined, [{ job: "sites", samples: 100 }]),
        probes: settledProbes([
          {
            ...web,
            ...{ job: "sites", interval: "1m", labels: { team: "web" } },
            probers: [{ address: "10.77.0.1:9115", name: "monitor-a" }],
          },
        ]),
      }),
    ) as { scrape_configs: Record<string, unknown>[] };
    expect(yml.scrape_configs[1]).toMatchObject({
      ...{ job_name: "sites", metrics_path: "/probe", scrape_interval: "1m", sample_limit: 100 },
      params: { module: ["http_2xx"] },
      static_configs: [
        { targets: web.addresses, labels: { team: "web", prober: "monitor-a", __prober: "10.77.0.1:9115" } },
      ],
      relabel_configs: [
        { source_labels: ["__address__"], target_label: "__param_target" },
        { source_labels: ["__param_target"], target_label: "instance" },
        { source_labels: ["__prober"], target_label: "__address__" },
      ],
    });
  });

  it.each<[string, Partial<MonitoringStackArgs>, RegExp]>([
    [
      "an unknown module",
      { probes: [{ ...web, module: "http_2x" }] },
      /^probes\[0\]\.module: there is no module "http_2x"; did you mean http_2xx\? the modules are http_2xx, tcp_connect, icmp, dns, tls/,
    ],
    [
      "an unknown monitor",
      { probes: [{ ...web, from: ["monitor-x"] }] },
      /^probes\[0\]\.from\[0\]: there is no monitor "monitor-x"; did you mean monitor-a\?/,
    ],
    [
      "no port",
      { probes: [{ module: "tcp_connect", addresses: ["db.example.com"] }] },
      /^probes\[0\]\.addresses\[0\]: "db\.example\.com" is not host:port/,
    ],
    [
      "a port for ICMP",
      { probes: [{ module: "icmp", addresses: ["198.51.100.1:80"] }] },
      /^probes\[0\]\.addresses\[0\]: .* without a port/,
    ],
    [
      "a URL for DNS",
      { probes: [{ module: "dns", addresses: ["https://ns.example.com"] }] },
      /^probes\[0\]\.addresses\[0\]: .* is not a server of DNS/,
    ],
    [
      "no URL",
      { probes: [{ ...web, addresses: ["ftp://example.com"] }] },
      /^probes\[0\]\.addresses\[0\]: "ftp:\/\/example\.com" is not a URL/,
    ],
    [
      "a password",
      { probes: [{ ...web, addresses: ["https://a:hunter2@example.com"] }] },
      /^probes\[0\]\.addresses\[0\]: the address has a password in it/,
    ],
    [
      "no address",
      { probes: [{ ...web, addresses: [] }] },
      /^probes\[0\]\.addresses: at least one address is needed/,
    ],
    [
      "an address twice",
      { probes: [{ ...web, addresses: ["a.example", "a.example"] }] },
      /^probes\[0\]\.addresses: "a\.example" is there twice/,
    ],
    [
      "two jobs of one name",
      { probes: [web, web] },
      /^probes\[1\]\.job: "probe-http_2xx" is the job of earlier probes already/,
    ],
    [
      "a job of the stack",
      { probes: [{ ...web, job: "node" }] },
      /^probes\[0\]\.job: "node" is a job of this server already/,
    ],
    [
      "a job of scrape_configs",
      { probes: [web], scraping: { config: { scrape_configs: [{ job_name: "probe-http_2xx" }] } } },
      /^scraping\.config\.scrape_configs\[0\]\.job_name: "probe-http_2xx" is a job of this server already/,
    ],
    [
      "a label that is made",
      { probes: [{ ...web, labels: { instance: "a" } }] },
      /^probes\[0\]\.labels\.instance: "instance" is made from the probe itself/,
    ],
    [
      "an exporter without probes",
      { blackboxExporter: { port: 9200 } },
      /^blackboxExporter: there are no probes/,
    ],
    [
      "a port of the monitor",
      { probes: [web], blackboxExporter: { port: 9090 } },
      /port 9090 of the exporter of job "blackbox" is prometheus\.port already/,
    ],
    [
      "a port of node_exporter",
      { probes: [web], blackboxExporter: { port: 9100 } },
      /^blackboxExporter\.port: port 9100 of job "blackbox" is that of job "node" already/,
    ],
    [
      "a version of nothing",
      { probes: [web], blackboxExporter: { software: { version: "v1" } } },
      /^blackboxExporter\.software\.version: "v1" is not the version of a release/,
    ],
    [
      "a module that the own configuration has not",
      { probes: [web], blackboxExporter: { config: "modules: {web: {prober: http}}" } },
      /^probes\[0\]\.module: there is no module "http_2xx"; .*the modules are web/,
    ],
  ])("are checked: %s", (_, changes, expected) => {
    const found = said(stackArgs(2, { targets: targets(1), ...changes }));
    expect(found.join("\n")).toMatch(new RegExp(expected.source, "m"));
    expect(found.join("\n")).not.toContain("hunter2");
    for (const each of found) expect(each).toMatch(new RegExp(expected.source));
  });
});
