import * as pulumi from "@pulumi/pulumi";
import type { MonitoringStackArgs } from "../../../components";
import { stacks } from "../hostile/stacks";
import { connection, hostKey, monitors, targets } from "../monitors";

/** Stacks that are right: together they have every argument, as data, as text and known later. */
export const bases: Record<string, MonitoringStackArgs> = {
  ...stacks,
  later: {
    monitors: monitors(3).map((each) => ({ ...each, address: pulumi.output(each.address as string) })),
    targets: targets(2).map((each) => ({
      ...each,
      connection: { ...connection(), bastion: pulumi.output({ host: "198.51.100.99", hostKey }) },
      exporters: [
        {
          release: "postgres_exporter",
          ...{ environment: { DATA_SOURCE_NAME: pulumi.secret("password that is known later") } },
          ...{ secretFiles: pulumi.secret({ key: "key that is known later" }), reaches: ["198.51.100.0/24"] },
          ...{ config: pulumi.output("{}"), flags: ["--a={secrets}/key"] },
        },
        {
          ...{ repository: "prometheus/memcached_exporter", port: 9150, systemdSocket: true },
          software: { version: "0.15.5", sha256: "0123456789abcdef".repeat(4) },
        },
      ],
    })),
    probes: [{ module: "web", addresses: ["https://www.example.com"] }],
    blackboxExporter: { config: pulumi.output("modules: {web: {prober: http}}") },
    alerting: {
      config: pulumi.secret({ route: { receiver: "later" }, receivers: [{ name: "later" }] }),
      secretFiles: { token: pulumi.secret("secret that is known later") },
    },
    rules: { "later.yml": pulumi.output("groups: []") },
    ruleGroups: pulumi.output([]),
    scraping: { config: pulumi.secret({ remote_write: [] }) as never },
  },
  texts: {
    monitors: monitors(3),
    targets: [{ ...targets(1)[0], exporters: [{ job: "database", port: 9187 }] } as never],
    probes: [
      {
        ...{ module: "tcp_connect", job: "ports", addresses: ["198.51.100.90:5432"], interval: "1m" },
        ...{ from: ["monitor-a"], labels: { team: "database" } },
      },
    ],
    blackboxExporter: {
      ...{ job: "prober", port: 9200, flags: ["--log.level=debug"] },
      software: { version: "0.27.0" },
      config: "modules: {tcp_connect: {prober: tcp}}",
    },
    alerting: {
      configYaml: [
        "route: {receiver: chat, group_interval: 5m, routes: [{receiver: chat, matchers: ['severity=page']}]}",
        "receivers: [{name: chat, webhook_configs: [{url_file: /etc/alertmanager/secrets/hook}]}]",
        "templates: ['/etc/alertmanager/templates/*.tmpl']",
      ].join("\n"),
      templates: { "text.tmpl": '{{ define "text" }}{{ end }}' },
      secretFiles: { hook: "content of the hook" },
    },
    rules: { "text.yml": "groups: [{name: text, interval: 10s, rules: [{alert: A, expr: up == 0}]}]" },
    scraping: {
      config: {
        scrape_configs: [
          { job_name: "one", static_configs: [{ targets: ["198.51.100.90:80"] }] },
          {
            job_name: "two",
            http_sd_configs: [{ url: "https://sd.example.com" }],
            relabel_configs: [{ regex: "a.*", target_label: "a" }],
          },
        ],
        storage: { tsdb: { out_of_order_time_window: "5m" } },
        remote_read: [{ url: "https://read.example.com" }],
      },
    },
  },
};
