import { AddressFamily, DropletImage, FirewallMode, RootCurve } from "../../../model/choices";
import type { MonitoringStackArgs } from "../../../components";
import { hostKey, privateKey } from "../monitors";

const vpcUuid = "01234567-89ab-4cde-8f01-23456789abcd";
const software = (name: string, hash: string) => ({
  source: "release",
  version: `9.8.${hash.charCodeAt(0)}`,
  baseUrl: `https://mirror-of-${name}.example.com/archives`,
  sha256: hash.repeat(64),
});

/**
 * Stacks that together say something of every argument. Texts that refer to each other are equal, and no others are, nor is one a part of
 * another: a test replaces all places of a text at once, and finds it again in what was rendered.
 */
export const stacks: Record<"existing" | "droplets" | "packages", MonitoringStackArgs> = {
  existing: {
    monitors: [
      {
        name: "monitor-alpha",
        address: "alpha.example.com",
        connection: {
          ...{ host: "ssh-alpha.example.com", user: "operator-alpha", port: 2201, privateKey, hostKey },
          bastion: {
            ...{ host: "bastion.example.com", user: "jumper", port: 2200, hostKey },
            privateKey: privateKey.replace("bm90", "YW5k"),
          },
        },
        overlayAddress: "fd00:5::a1",
        endpoint: "endpoint-alpha.example.com",
        labels: { "label-of-alpha": "value of alpha" },
        nodeExporter: { job: "node-of-alpha", flags: ["--collector.alpha=on"] },
        exporters: [
          {
            ...{ job: "app-of-alpha", port: 8081, path: "/path-of-alpha", scheme: "https" },
            labels: { "label-of-app": "value of app" },
          },
        ],
        inboundRules: [
          {
            ...{ protocol: "tcp", port: 443, sources: ["192.0.2.64/26"], networkInterface: "ens77" },
            purpose: "a service of alpha",
          },
        ],
        firewallMode: FirewallMode.Deny,
        number: 3,
      },
      { name: "monitor-beta", address: "beta.example.com", connection: { privateKey, hostKey } },
    ],
    targets: [
      {
        name: "target-gamma",
        address: "gamma.example.com",
        connection: { privateKey, hostKey, user: "operator-gamma" },
        labels: { "label-of-gamma": "value of gamma" },
        nodeExporter: { software: software("gamma", "c") },
      },
      {
        name: "target-delta",
        address: "delta.example.com",
        connection: { acceptAnyHostKey: true },
        sshPort: 2222,
        listenPort: 4444,
      },
    ],
    connection: {
      ...{ user: "operator-of-all", port: 2202, privateKey: privateKey.replace("bm90", "YW5l") },
      bastion: {
        ...{ host: "bastion-of-all.example.com", user: "jumper-of-all", port: 2203, hostKey },
        privateKey: privateKey.replace("bm90", "YW5m"),
      },
    },
    alerting: {
      config: {
        global: {
          smtp_smarthost: "mail.example.com:587",
          smtp_from: "alerts@example.com",
          "own-setting": "value of own setting",
        },
        route: {
          receiver: "receiver-of-all",
          group_by: ["name_of_alert"],
          group_interval: "5m",
          routes: [
            {
              receiver: "receiver-of-some",
              matchers: ['severity="page"'],
              mute_time_intervals: ["at-night"],
              group_wait: "31s",
            },
          ],
        },
        receivers: [
          {
            name: "receiver-of-all",
            slack_configs: [
              {
                api_url_file: "slack-token",
                title: "title of slack",
                fields: [{ "slack-field": "field of slack" } as object],
              },
            ],
          },
          { name: "receiver-of-some", webhook_configs: [{ url: "https://hook.example.com/" }] },
        ],
        time_intervals: [{ name: "at-night", time_intervals: [{ location: "Europe/Berlin" }] }],
        inhibit_rules: [
          {
            source_matchers: ['sort="of-source"'],
            target_match: { "match-label": "value to match" },
            equal: ["place_of_both"],
          },
        ],
      },
      templates: { "own-template.tmpl": '{{ define "own" }}text of the template{{ end }}' },
      secretFiles: { "slack-token": "content of the token" },
    },
    alertmanager: {
      image: { baseImage: "registry.example.com/base:1" },
      software: software("alertmanager", "d"),
      retention: "241h",
      peerTimeout: "95s",
      logLevel: "warn",
      externalUrl: "https://alerts.example.com/of-alertmanager",
    },
    gossip: {
      bindAddresses: ["198.51.100.99"],
      gossipSources: ["203.0.113.0/25"],
      clusterLabel: "label-of-cluster",
    },
    network: { network: "fd00:5::/64", label: "label-of-network", interfaceName: "mon7" },
    scraping: {
      scrapeInterval: "37s",
      evaluationInterval: "38s",
      externalLabels: { "external-label": "value of external" },
      jobLimits: [{ job: "app-of-alpha", samples: 77 }],
      nodeExporter: { job: "node-of-all", flags: ["--collector.everywhere=on"], timex: true },
      config: {
        scrape_configs: [
          {
            job_name: "job-of-mine",
            metrics_path: "/path-of-mine",
            scrape_interval: "39s",
            static_configs: [
              { targets: ["mine.example.com:80"], labels: { "label-of-mine": "value of mine" } },
            ],
            relabel_configs: [
              { source_labels: ["source_of_label"], regex: "regex-of-mine", target_label: "to-mine" },
            ],
            further: { "further-key": { "inner-key": "further value" } },
          },
        ],
        remote_write: [
          { url: "https://write.example.com/", authorization: { credentials: "credentials-of-mine" } },
        ],
        tracing: { endpoint: "tracing.example.com:4317" },
      },
    },
    prometheus: {
      software: software("prometheus", "e"),
      retention: { time: "16d", sizeMegabytes: 512 },
      logLevel: "debug",
      externalUrl: "https://graphs.example.com/of-prometheus",
    },
    rules: { "own-rules.yml": "groups: [] # text of rules" },
    ruleGroups: [
      {
        name: "name of group",
        interval: "41s",
        labels: { "label-of-group": "value of group" },
        rules: [
          {
            alert: "AlertOfMine",
            expr: "up == 17",
            for: "43s",
            labels: { "label-of-rule": "value of rule" },
            annotations: { "annotation-of-rule": "first line\nsecond line of the annotation" },
          },
          { record: "record:of:mine", expr: "sum(up) == 18" },
        ],
      },
    ],
    firewall: { mode: FirewallMode.Guard },
    certificates: { curve: RootCurve.P256 },
    software: { nodeExporter: software("nodes", "f") },
  },

  droplets: {
    monitors: [
      {
        name: "monitor-epsilon",
        region: "fra1",
        connection: { privateKey },
        droplet: {
          ...{
            size: "s-2vcpu-4gb",
            image: DropletImage.Debian13,
            sshKeys: ["4711"],
            tags: ["tag-of-epsilon"],
          },
          ...{ vpcUuid: vpcUuid.replace("0123", "9123"), addressFamily: AddressFamily.Ipv6 },
        },
      },
      { name: "monitor-zeta", region: "ams3", connection: { privateKey }, droplet: { vpcUuid } },
    ],
    droplets: {
      ...{ publicKey: hostKey, size: "s-4vcpu-8gb", image: DropletImage.Debian12, sshKeys: ["4712"] },
      ...{
        tags: ["tag-of-all"],
        addressFamily: AddressFamily.Ipv4,
        vpcUuid: vpcUuid.replace("0123", "8123"),
      },
    },
    alerting: {
      configYaml: "route: {receiver: text}\nreceivers: [{name: text}]",
      secretFiles: {},
    },
    alertmanager: { image: { name: "registry.example.com/finished:2" } },
    software: { prometheus: software("stack", "b") },
    scraping: { nodeExporter: { software: software("exporters", "9") } },
  },

  packages: {
    monitors: [
      {
        ...{ name: "monitor-eta", address: "eta.example.com", connection: { privateKey, hostKey } },
        exporters: [
          {
            ...{ release: "statsd_exporter", job: "statsd-of-eta", software: software("statsd", "c") },
            ...{ flags: ["--flag-of-statsd=on"], config: "mapping-of-statsd: []" },
            environment: { VARIABLE_OF_STATSD: "content of a variable" },
            secretFiles: { "file-of-statsd": "content of a file" },
            reaches: ["192.0.2.128/26"],
          },
          {
            ...{ repository: "owner-of-other/other_exporter", job: "other-of-eta", port: 9999 },
            software: software("other", "d"),
          },
        ],
      },
      { name: "monitor-theta", address: "theta.example.com", connection: { privateKey, hostKey } },
    ],
    alerting: {
      config: { route: { receiver: "receiver-at-all" }, receivers: [{ name: "receiver-at-all" }] },
    },
    alertmanager: {
      image: { alertmanagerImage: "registry.example.com/upstream:3", baseImage: "base.example.com/x" },
    },
    probes: [
      {
        ...{
          job: "probe-of-packages",
          module: "module_of_packages",
          addresses: ["https://probed.example.com/"],
        },
        ...{ from: ["monitor-theta"], interval: "47s", labels: { "label-of-probe": "value of probe" } },
      },
    ],
    blackboxExporter: {
      ...{ job: "prober-of-packages", port: 9116, software: software("prober", "e") },
      ...{ flags: ["--flag-of-prober=on"], config: "modules: {module_of_packages: {prober: http}}" },
    },
    prometheus: { software: { source: "apt" } },
    scraping: {
      externalLabels: { ascii_label: "value of ascii" },
      nodeExporter: { software: { source: "apt" } },
    },
    software: { alertmanager: software("unused", "a") },
    gossip: {},
    firewall: { enabled: false },
  },
};
