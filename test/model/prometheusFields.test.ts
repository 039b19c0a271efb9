import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { SoftwareArgs } from "../../components/software";
import { sentences } from "../../model/problem";
import { prometheusFindings, type PrometheusConfiguration } from "../../model/prometheusFindings";
import { prometheusFields } from "../../model/upstream/prometheus";
import { defaultVersions } from "../../model/versions";
import { upstreamTestdata } from "../support/upstreamTestdata";

const secret = "hunter2";

function found(args: object, software?: SoftwareArgs) {
  const { problems, warnings } = prometheusFindings({
    ...(args as PrometheusConfiguration),
    ...(software && { runtime: { software } }),
  });
  return { problems: sentences(problems), warnings: sentences(warnings) };
}

const scraping = (job: object) => ({ config: { scrape_configs: [{ job_name: "j", ...job }] } });
const ruling = (rule: object, group: object = {}) => ({
  ruleGroups: [{ name: "g", ...group, rules: [rule] }],
});
const job = "config.scrape_configs[0]";

// What is wrong, by the arguments that have it.
const wrong: [args: object, says: string][] = [
  [
    { config: { scrape_config: [] } },
    "config.scrape_config: there is no such setting; did you mean scrape_configs? the settings here are",
  ],
  [
    scraping({ scrapeInterval: "1m" }),
    `${job}.scrapeInterval: there is no such setting; did you mean scrape_interval?`,
  ],
  [
    scraping({ http_sd_configs: [{ uri: "https://a" }] }),
    `${job}.http_sd_configs[0].uri: there is no such setting; did you mean url?`,
  ],
  [
    scraping({ basic_auth: { user: "a", password: secret } }),
    `${job}.basic_auth.user: there is no such setting`,
  ],
  [
    scraping({ basic_auth: { password: secret, password_file: "a" } }),
    `${job}.basic_auth.password_file: password is given, too`,
  ],
  [
    scraping({ honor_labels: "true" }),
    `${job}.honor_labels: a text was given; write true or false, without quotes`,
  ],
  [scraping({ sample_limit: "many" }), `${job}.sample_limit: a text was given; write a whole number`],
  [
    scraping({ static_configs: [{ targets: "a:1" }] }),
    `${job}.static_configs[0].targets: a text was given; write a list`,
  ],
  [
    scraping({ static_configs: [{ targets: ["http://a:1/metrics"] }] }),
    `${job}.static_configs[0].targets[0]: a target is host:port`,
  ],
  [
    scraping({ scrape_interval: "10s", scrape_timeout: "1m" }),
    `${job}.scrape_timeout: 1m is longer than the scrape_interval of 10s`,
  ],
  [
    scraping({ relabel_configs: [{ action: "replce" }] }),
    `${job}.relabel_configs[0].action: this must be "replace", "keep"`,
  ],
  [
    scraping({ relabel_configs: [{ source_labels: ["a"] }] }),
    `${job}.relabel_configs[0].target_label: this is needed`,
  ],
  [
    scraping({ tls_config: { cert_file: "a" } }),
    `${job}.tls_config: a client certificate needs its key; give key_file`,
  ],
  [
    scraping({ further: { label_limits: 5 } }),
    `${job}.further.label_limits: there is no such setting; did you mean label_limit?`,
  ],
  [
    { config: { alert_relabel_configs: [{ actoin: "drop" }] } },
    "config.alert_relabel_configs[0].actoin: there is no such setting; did you mean action?",
  ],
  [{ config: { remote_read: [{}] } }, "config.remote_read[0].url: this is needed"],
  [
    { config: { remote_write: [{ url: "https://a", queue_config: { max_shard: 1 } }] } },
    "queue_config.max_shard: there is no such setting; did you mean max_shards?",
  ],
  [ruling({ alert: "A", expr: "up", four: "5m" }), "ruleGroups[0].rules[0].four: there is no such setting"],
  [
    ruling({ alert: "A", expr: "up", annotation: {} }),
    "ruleGroups[0].rules[0].annotation: there is no such setting; did you mean annotations?",
  ],
  [
    ruling({ record: "a:b", expr: "up" }, { limits: 1 }),
    "ruleGroups[0].limits: there is no such setting; did you mean limit?",
  ],
  [
    ruling({ record: "a:b", expr: "up" }, { limit: "one" }),
    "ruleGroups[0].limit: a text was given; write a whole number",
  ],
  [
    { rules: { "a.yml": "groups:\n- name: g\n  rules: [{alert: A, exp: up}]\n" } },
    'rules["a.yml"]: groups[0].rules[0].exp: there is no such setting; did you mean expr?',
  ],
  [
    { rules: { "a.yml": "groups:\n- name: g\n  rules: [{record: a, expr: up, for: 5m}]\n" } },
    'rules["a.yml"]: groups[0].rules[0].for: it belongs to alerts',
  ],
  [
    { rules: { "a.yml": "group: []\n" } },
    'rules["a.yml"]: group: there is no such setting; did you mean groups?',
  ],
];

/** What is wrong with the entry of a service discovery, by its kind. */
const wrongDiscoveries: [kind: string, entry: object, says: string][] = [
  ["kubernetes", { role: "pods" }, '.role: this must be "pod", "service"'],
  ["kubernetes", {}, ".role: this is needed, and was not given; write pod, service"],
  [
    "kubernetes",
    { role: "node", namespace: {} },
    ".namespace: there is no such setting; did you mean namespaces?",
  ],
  [
    "kubernetes",
    { role: "pod", selectors: [{ role: "service" }] },
    '.selectors[0].role: this must be "pod" or "node"',
  ],
  ["kubernetes", { role: "pod", basic_auth: {} }, ".basic_auth: this is for an api_server of another place"],
  [
    "kubernetes",
    { role: "pod", api_server: "https://a", kubeconfig_file: "b" },
    ".kubeconfig_file: api_server is given",
  ],
  ["consul", { datacentre: "a" }, ".datacentre: there is no such setting; did you mean datacenter?"],
  ["consul", { server: " " }, ".server: this is empty"],
  ["consul", { token: secret, authorization: { credentials: "a" } }, ".authorization: token is given, too"],
  ["consul", { services: "a" }, ".services: a text was given; write a list"],
  ["dns", { names: [] }, ".names: this is needed, and needs at least one entry"],
  ["dns", { names: ["a"], type: "A" }, ".port: records of the type A have no port"],
  ["dns", { names: ["a"], type: "TXT" }, '.type: this must be "SRV"'],
  ["ec2", { filters: [{ name: "a" }] }, ".filters[0].values: a filter needs at least one value"],
  ["ec2", { acess_key: secret }, ".acess_key: there is no such setting; did you mean access_key?"],
  ["aws", { role: "s3" }, '.role: this must be "ec2"'],
  ["azure", {}, ".subscription_id: this is needed"],
  [
    "azure",
    { subscription_id: "a", authentication_method: "sdk" },
    '.authentication_method: this must be "OAuth"',
  ],
  ["gce", { project: "a" }, ".zone: this is needed"],
  ["digitalocean", { role: "volumes" }, '.role: this must be "droplets" or "databases"'],
  ["hetzner", {}, ".role: this is needed, and was not given; write robot, hcloud"],
  ["docker", {}, ".host: this is needed"],
  ["dockerswarm", { host: "unix:///a", role: "task" }, '.role: this must be "services", "nodes" or "tasks"'],
  ["nomad", { server: "" }, ".server: this is empty"],
  ["openstack", { role: "instance" }, ".region: this is needed"],
  ["linode", { port: "a" }, ".port: a text was given; write a whole number"],
  [
    "scaleway",
    { role: "instance", project_id: "a", access_key: "b" },
    ": secret_key or secret_key_file is needed",
  ],
  ["vultr", { refresh_interval: "1 minute" }, ".refresh_interval: this is not a duration"],
  ["puppetdb", { url: "a", query: "b" }, ".url: this is not a URL"],
  ["ovhcloud", { service: "dns" }, '.service: this must be "dedicated_server" or "vps"'],
  ["ionos", {}, ".datacenter_id: this is needed"],
  ["lightsail", { filters: [] }, ".filters: there is no such setting"],
  ["eureka", { server: "a" }, ".server: this is not a URL"],
  ["kuma", {}, ".server: this is needed"],
  [
    "marathon",
    { servers: ["a"], auth_token: secret, auth_token_file: "b" },
    ".auth_token_file: auth_token is given",
  ],
  ["nerve", { servers: ["a"], paths: ["b"] }, ".paths[0]: a path begins with a slash"],
  ["serverset", { paths: ["/b"] }, ".servers: this is needed"],
  ["triton", { account: "a", dns_suffix: "b" }, ".endpoint: this is needed"],
  ["uyuni", { server: "a", username: "b" }, ".password: this is needed"],
  ["stackit", { region: "" }, ".region: this is empty"],
  ["outscale", { region: "a", secret_key: secret }, ".access_key: this is needed"],
  ["file", { files: ["a.txt"] }, ".files[0]: a file of targets ends in .json"],
  ["http", { url: "a/b" }, ".url: this is not a URL"],
  ["ecs", { cluster: [] }, ".cluster: there is no such setting; did you mean clusters?"],
  ["msk", { port: true }, ".port: a flag was given"],
  ["rds", { http: {} }, ".http: there is no such setting"],
  [
    "elasticache",
    { tls_config: { cafile: "a" } },
    ".tls_config.cafile: there is no such setting; did you mean ca_file?",
  ],
];

// What upstream takes, though it looks wrong.
const right: object[] = [
  {
    config: {
      alert_relabel_configs: [{ action: "labeldrop", regex: "a" }],
      global: { scrape_timeout: "5s" },
    },
  },
  scraping({ further: { label_limit: 5, oauth2: { client_id: "a", token_url: "b" } } }),
  scraping({
    sample_limit: 5,
    params: { a: ["b"] },
    body_size_limit: "10MB",
    honor_labels: true,
    scrape_timeout: "5s",
  }),
  scraping({
    static_configs: [{ targets: ["http://a/"] }],
    relabel_configs: [{ action: "Replace", target_label: "x" }],
  }),
  scraping({
    http_sd_configs: [
      { url: "https://a", refresh_interval: "1m", basic_auth: { username: "u", password_file: "f" } },
    ],
  }),
  scraping({
    kubernetes_sd_configs: [
      { role: "pod", namespaces: { names: ["a"] }, selectors: [{ role: "pod", label: "a=b" }] },
    ],
  }),
  scraping({
    relabel_configs: [
      { action: "labeldrop", regex: "a.*" },
      { action: "keep", source_labels: ["a"], regex: 5 },
    ],
  }),
  {
    config: {
      remote_write: [{ url: "https://a", headers: { a: "b" }, queue_config: { max_shards: 5 } }],
      tracing: { endpoint: "a" },
    },
  },
  ruling(
    { record: "a:b", expr: 1, labels: { a: 5 }, for: "0s" },
    { labels: { a: "b" }, query_offset: "1m", limit: 0 },
  ),
  { rules: { "empty.yml": "", "a.yml": "groups: []", "b.yml": "groups: [" } },
];

describe("Prometheus' own fields", () => {
  it("are those of the default version", () => {
    expect(prometheusFields.version).toBe(defaultVersions.prometheus);
  });

  it.each(wrong)("finds what is wrong, %#, at its path and without a secret", (args, says) => {
    const { problems } = found(args);
    expect(problems.join("\n")).toContain(says);
    expect(problems.join("\n")).not.toContain(secret);
  });

  it.each(wrongDiscoveries)("finds what is wrong in %s_sd_configs, %#", (kind, entry, says) => {
    const { problems } = found(scraping({ [`${kind}_sd_configs`]: [entry] }));
    expect(problems.join("\n")).toContain(`${job}.${kind}_sd_configs[0]${says}`);
    expect(problems.join("\n")).not.toContain(secret);
  });

  it("knows all service discoveries, and no other", () => {
    const known = {
      ...prometheusFields.structs["discovery.Configs"],
      ...prometheusFields.structs["config.ScrapeConfig"],
    };
    const kinds = Object.keys(known).flatMap((name) => /^(.*)_sd_configs$/.exec(name)?.[1] ?? []);
    expect(kinds.sort()).toEqual([...new Set(wrongDiscoveries.map(([kind]) => kind))].sort());
    expect(found(scraping({ consol_sd_configs: [] })).problems.join()).toContain(
      "did you mean consul_sd_configs?",
    );
    const empty = found({ config: { alerting: { alertmanagers: [{ consul_sd_configs: [null] }] } } });
    expect(empty.problems.join()).toContain("consul_sd_configs[0]: the entry is empty");
  });

  it("takes the entries of service discoveries that upstream takes", () => {
    const taken = [
      ...[
        ["consul", {}],
        ["nomad", {}],
        ["vultr", {}],
        ["linode", { region: 1 }],
        ["digitalocean", {}],
        ["ec2", {}],
      ],
      ...[
        ["dns", { names: ["a"] }],
        ["dns", { names: ["a"], type: "a", port: 1 }],
        ["file", { files: ["a*.json"] }],
      ],
      ...[
        ["eureka", { server: "ftp://a" }],
        ["docker", { host: "unix:///var/run/docker.sock" }],
        ["stackit", {}],
      ],
      [
        "kubernetes",
        { role: "pod", selectors: [{ role: "node", label: "a=b" }], attach_metadata: { node: true } },
      ],
      ["azure", { subscription_id: "a", authentication_method: "SDK" }],
    ] as [string, object][];
    for (const [kind, entry] of taken)
      expect(found(scraping({ [`${kind}_sd_configs`]: [entry] })).problems, kind).toEqual([]);
  });

  it.each(right.map((args) => [args]))("takes what upstream takes, %#", (args) => {
    expect(found(args).problems).toEqual([]);
  });

  it("says nothing of values that are known later", () => {
    const later = Promise.resolve("x");
    expect(
      found(scraping({ basic_auth: { password: later }, honor_labels: later, http_sd_configs: later })),
    ).toEqual({ problems: [], warnings: [] });
    expect(found({ config: later, rules: later, ruleGroups: later })).toEqual({ problems: [], warnings: [] });
  });

  it.each<[string, SoftwareArgs]>([
    ["a newer version", { version: "3.16.0" }],
    ["an older version", { version: "2.53.0" }],
    ["a package", { source: "apt" }],
  ])("only warns where %s runs", (_, software) => {
    const { problems, warnings } = found(scraping({ future_setting: true }), software);
    expect(problems).toEqual([]);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^config\.scrape_configs\[0\]\.future_setting: prometheus 3\.13\.\d+ would refuse this: there is no such setting/,
      ),
    ]);
  });

  it("warns of each secret in the clear", () => {
    const { problems, warnings } = found(
      scraping({ basic_auth: { username: "u", password: secret }, authorization: null }),
    );
    expect(problems).toEqual([]);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^config\.scrape_configs\[0\]\.basic_auth\.password: .* name a file on the host in password_file/,
      ),
    ]);
    expect(warnings.join("\n")).not.toContain(secret);
  });

  it("accepts the configurations that upstream's own tests accept", async () => {
    const files = await upstreamTestdata("prometheus", "config/testdata", /\.yml$/);
    const refused = files
      .filter(([, text]) => {
        try {
          return (
            prometheusFindings({ config: parse(text, { merge: true, logLevel: "error" }) as object }).problems
              .length > 0
          );
        } catch {
          // It is not YAML.
          return true;
        }
      })
      .map(([name]) => name);
    expect(refused.filter((name) => !name.includes(".bad."))).toEqual([]);
    expect(files.length - refused.length).toBeGreaterThan(60);
    expect(refused.length).toBeGreaterThanOrEqual(20);
  });

  it("accepts the rule files that upstream's own tests accept", async () => {
    const files = [
      ...(await upstreamTestdata("prometheus", "model/rulefmt/testdata", /\.yaml$/)),
      ...(await upstreamTestdata("prometheus", "rules/fixtures", /\.yaml$/)),
    ];
    const refused = files
      .filter(([name, text]) => prometheusFindings({ rules: { [name]: text } }).problems.length > 0)
      .map(([name]) => name);
    expect(refused.filter((name) => !/bad|invalid/.test(name))).toEqual([]);
    expect(files.length).toBeGreaterThan(20);
    expect(refused.length).toBeGreaterThanOrEqual(5);
  });
});
