import { mkdirSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it, type TestContext } from "vitest";
import { parse } from "yaml";
import { renderPrometheusRules } from "../../../templates/prometheus/prometheusRules";
import { renderPrometheusYml, type PrometheusYml } from "../../../templates/prometheus/prometheusYml";
import { inTemporaryDirectory, writeFiles } from "../../support/files";
import { execute, type Executed } from "../../support/execute";
import { expectGolden, expectGoldensOf } from "../../support/goldens";
import { requireTool } from "../../support/tools";

const limits = {
  ...{ bodyMegabytes: 32, samples: 50000, labels: 64 },
  ...{ labelNameBytes: 1024, labelValueBytes: 2048 },
};

const minimal: PrometheusYml = {
  ...{ hostName: "monitor-a", port: 9090, scrapeInterval: "15s", evaluationInterval: "15s" },
  ...{ externalLabels: {}, alertmanagers: [], jobs: [], ruleFiles: [], further: {} },
  limits: { others: limits, byJob: {} },
};

const cases: Record<string, PrometheusYml> = {
  minimal,
  stack: {
    ...minimal,
    externalLabels: { cluster: "production" },
    alertmanagers: ["198.51.100.10:9093", "[2001:db8::11]:9093"],
    jobs: ["node", "prometheus"],
    limits: { others: limits, byJob: { node: { ...limits, bodyMegabytes: 64, samples: 100000 } } },
    ruleFiles: ["groups.yml", "own.yml"],
    retention: { time: "15d" },
  },
  further: {
    ...minimal,
    port: 9190,
    alertmanagers: ["198.51.100.10:9093"],
    further: {
      global: { scrape_timeout: "5s" },
      alert_relabel_configs: [{ regex: "pod", action: "labeldrop" }],
      scrape_configs: [
        {
          job_name: "web",
          scheme: "https",
          dns_sd_configs: [{ names: ["_web._tcp.example.com"] }],
          relabel_configs: [{ source_labels: ["__meta_dns_name"], target_label: "name" }],
        },
      ],
      remote_write: [{ url: "https://metrics.example.com/write", name: undefined }],
      storage: { tsdb: { out_of_order_time_window: "10m" } },
    },
  },
  retention: {
    ...minimal,
    retention: { time: "36h", megabytes: 512 },
    further: { storage: { tsdb: { out_of_order_time_window: "10m" }, exemplars: { max_exemplars: 10 } } },
  },
};

const rules: Record<string, object[]> = {
  rules: [
    {
      name: "targets",
      interval: "30s",
      rules: [
        {
          ...{ alert: "TargetDown", expr: "up == 0", for: "2m" },
          labels: { severity: "page" },
          annotations: { summary: '{{ $labels.instance }} is "down"' },
        },
        { record: "job:up:sum", expr: "sum by (job) (up)" },
      ],
    },
  ],
};

const restraints = {
  ...{ body_size_limit: "32MB", sample_limit: 50000, label_limit: 64 },
  ...{ label_name_length_limit: 1024, label_value_length_limit: 2048 },
  ...{ follow_redirects: false, enable_http2: false },
};

function restraintsOf(scrape: object): object {
  return Object.fromEntries(Object.entries(scrape).filter(([name]) => Object.hasOwn(restraints, name)));
}

/** What the real promtool says of a configuration, with the rules of the cases beside it. */
function check(context: TestContext, text: string): Executed {
  const promtool = requireTool(context, "promtool");
  return inTemporaryDirectory((directory) => {
    mkdirSync(join(directory, "rules"));
    const rule = renderPrometheusRules(rules.rules ?? []);
    writeFiles(directory, {
      "prometheus.yml": text,
      "rules/groups.yml": rule,
      "rules/own.yml": rule.replace("targets", "own"),
    });
    return execute(promtool, ["check", "config", join(directory, "prometheus.yml")]);
  });
}

describe("prometheus.yml", () => {
  it.each(Object.entries(cases))("%s: the text is the golden's", (name, yml) => {
    expectGolden(`prometheusYml.${name}.yml`, renderPrometheusYml(yml));
  });

  it("has a case for each golden", () => {
    expectGoldensOf(
      "prometheusYml",
      Object.keys(cases).map((name) => `prometheusYml.${name}.yml`),
    );
  });

  // The distribution's is older than the configuration of retention; test/lab/goldens.test.ts asks the default version's of all.
  const old = Object.entries(cases).filter(([, { retention }]) => retention === undefined);
  it.for(old)("%s: the distribution's promtool takes it", ([, yml], context) => {
    const { status, output } = check(context, renderPrometheusYml(yml));
    expect({ status, output }).toMatchObject({
      status: 0,
      output: expect.stringContaining("is valid") as string,
    });
  });

  it("is refused by the real promtool when it is wrong", (context) => {
    const text = renderPrometheusYml({ ...minimal, further: { scrape_confs: [] } });
    expect(check(context, text)).toMatchObject({
      status: 1,
      output: expect.stringContaining("scrape_confs") as string,
    });
  });

  it("limits every job of its own, and no job of the user's", () => {
    const yml = { ...cases.further, jobs: ["node", "prometheus", "web-server"] } as PrometheusYml;
    const { scrape_configs: scrapes } = parse(renderPrometheusYml(yml)) as { scrape_configs: object[] };
    expect(
      scrapes.map((scrape) => [(scrape as { job_name: string }).job_name, restraintsOf(scrape)]),
    ).toEqual([
      ["prometheus", restraints],
      ["node", restraints],
      ["web-server", restraints],
      ["web", {}],
    ]);
  });

  it("drops the replica label from alerts before anything else happens to their labels", () => {
    const { alerting } = parse(renderPrometheusYml(cases.further ?? minimal)) as {
      alerting: { alert_relabel_configs: object[] };
    };
    expect(alerting.alert_relabel_configs).toEqual([
      { regex: "replica", action: "labeldrop" },
      { regex: "pod", action: "labeldrop" },
    ]);
  });

  it("keeps every text as it is, whatever it looks like", () => {
    const awkward = fc.oneof(
      fc.string(),
      fc.constantFrom("yes", "on", "0x1", "1e3", "null", "~", "- a", "a: b"),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), awkward), (externalLabels) => {
        const { global } = parse(renderPrometheusYml({ ...minimal, externalLabels })) as {
          global: { external_labels: Record<string, string> };
        };
        expect(global.external_labels).toEqual({ ...externalLabels, replica: "monitor-a" });
      }),
    );
  });
});

describe("a rule file", () => {
  it("is the golden's text", () => {
    expectGolden("prometheusRules.rules.yml", renderPrometheusRules(rules.rules ?? []));
    expectGoldensOf("prometheusRules", ["prometheusRules.rules.yml"]);
  });

  it("is taken by the real promtool", (context) => {
    const promtool = requireTool(context, "promtool");
    const { status, output } = execute(promtool, [
      ...["check", "rules", join(__dirname, "../goldens/prometheusRules.rules.yml")],
    ]);
    expect({ status, output }).toMatchObject({
      status: 0,
      output: expect.stringContaining("2 rules found") as string,
    });
  });
});

describe("a section alerting of the user's own", () => {
  const own = { alertmanagers: [{ static_configs: [{ targets: ["other.example.com:9093"] }] }] };
  const alertingOf = (yml: Partial<PrometheusYml>) =>
    (parse(renderPrometheusYml({ ...minimal, ...yml })) as { alerting?: object }).alerting;

  it("is added to that of the server: no alert is lost, and replica is dropped first", () => {
    const relabelling = [{ regex: "pod", action: "labeldrop" }];
    expect(
      alertingOf({
        alertmanagers: ["198.51.100.10:9093"],
        further: { alerting: { ...own, alert_relabel_configs: relabelling } },
      }),
    ).toEqual({
      alert_relabel_configs: [{ regex: "replica", action: "labeldrop" }, ...relabelling],
      alertmanagers: [
        { timeout: "3s", follow_redirects: false, static_configs: [{ targets: ["198.51.100.10:9093"] }] },
        ...own.alertmanagers,
      ],
    });
  });

  it("may be the only one, or empty", () => {
    expect(alertingOf({ further: { alerting: own } })).toMatchObject(own);
    expect(alertingOf({ further: { alerting: null } })).toBeUndefined();
  });
});
