import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import {
  PrometheusServer,
  type Endpoint,
  type Host,
  type PrometheusConfig,
  type PrometheusServerArgs,
} from "../../../components";
import { parseHostBundle } from "../../support/bundleParser";
import { deploy, unknown, type Deployment } from "../../support/deployment";
import { connection, hostKey, plainHost } from "../../support/monitors";

const node: Endpoint = { name: "target-a", address: "203.0.113.20", port: 9100, job: "node" };
const rule = { alert: "Down", expr: "up == 0" };

function serve(
  changes: Partial<PrometheusServerArgs> = {},
  options: { preview?: boolean; host?: Host } = {},
): Promise<Deployment> {
  return deploy(() => {
    const { url, tunnel, inboundRules } = new PrometheusServer("prometheus", {
      host: options.host ?? plainHost(),
      overlayAddress: "203.0.113.10",
      ...changes,
    });
    return { url, tunnel, inboundRules };
  }, options);
}

function bundleOf(deployment: Deployment, name: string) {
  return parseHostBundle(String(deployment.resource(name).inputs.stdin));
}

describe("a PrometheusServer alone", () => {
  it("installs the program, then the server, then its targets", async () => {
    const { resource, resources, errors } = await serve({ endpoints: [node] });
    expect(errors).toEqual([]);
    expect(resources.map(({ name }) => name)).toEqual([
      ...["prometheus", "prometheus-software", "prometheus-server", "prometheus-targets"],
    ]);
    expect(resource("prometheus-server").dependencies).toContain("prometheus-software");
    expect(resource("prometheus-targets").dependencies).toContain("prometheus-server");
  });

  it("hides nothing but connections: what it writes can be read in a diff", async () => {
    const { resources } = await serve({ endpoints: [node], alertmanagers: ["203.0.113.10:9093"] });
    const hidden = resources.flatMap(({ name, secrets }) => secrets.map((path) => `${name} ${path}`));
    expect(hidden.filter((path) => !path.endsWith(" connection"))).toEqual([]);
  });

  it("shows all its text in a preview, also of machines that are not there yet", async () => {
    const { resource, value } = await serve({ endpoints: [node] }, { preview: true });
    for (const name of ["software", "server", "targets"]) {
      expect(resource(`prometheus-${name}`).inputs.stdin).toMatch(/\nend\n$/);
    }
    expect(JSON.stringify(value)).not.toContain(unknown);
  });

  it("says where it is, how to open it, and that nobody else comes in", async () => {
    const { value, secret } = await serve();
    expect(value).toEqual({
      url: "http://203.0.113.10:9090",
      tunnel: "ssh -N -L 9090:127.0.0.1:9090 root@198.51.100.10",
      inboundRules: [
        {
          ...{ protocol: "tcp", port: 9090, sources: ["203.0.113.10"], networkInterface: "wg0" },
          purpose: "queries of Prometheus",
        },
      ],
    });
    expect(secret).toBe(false);
  });

  it("opens a tunnel to another port, as another user, through a bastion", async () => {
    const host = {
      ...plainHost(),
      connection: connection({
        ...{ host: "203.0.113.7", port: 2200, user: "admin" },
        bastion: { host: "2001:db8::1", user: "jump", hostKey },
      }),
    };
    const { value } = await serve({ runtime: { port: 9190 } }, { host });
    expect(value).toMatchObject({
      tunnel: "ssh -N -L 9190:127.0.0.1:9190 -p 2200 -J 'jump@[2001:db8::1]:22' admin@203.0.113.7",
    });
  });

  it("stays on loopback without an overlay", async () => {
    const deployment = await serve({ overlayAddress: undefined });
    expect(deployment.value).toMatchObject({ url: "http://127.0.0.1:9090", inboundRules: [] });
    expect(Object.keys(bundleOf(deployment, "prometheus-server").files).join()).not.toContain("overlay");
  });

  it("limits what a scrape may bring: in all jobs, in one, and as they are given only later", async () => {
    const limits = { samples: 1000, labels: 20 };
    for (const endpoints of [[node], pulumi.output([node])]) {
      const deployment = await serve({ endpoints, limits, jobLimits: [{ job: "node", samples: 9000 }] });
      expect(deployment.errors).toEqual([]);
      const yml = bundleOf(deployment, "prometheus-server").files[
        "/etc/ha-monitoring/prometheus/prometheus.yml"
      ];
      const { scrape_configs: scrapes } = parse(String(yml)) as { scrape_configs: object[] };
      expect(scrapes).toMatchObject([
        { job_name: "prometheus", sample_limit: 1000, label_limit: 20, body_size_limit: "32MB" },
        { job_name: "node", sample_limit: 9000, label_limit: 20, body_size_limit: "32MB" },
      ]);
    }
  });

  it("gets 60 % of the host's memory, or what is given", async () => {
    const unit = async (changes: Partial<PrometheusServerArgs>) =>
      String((await serve(changes)).resource("prometheus-server").inputs.stdin);
    expect(await unit({})).toContain("|MemoryMax=60%\n");
    expect(await unit({ runtime: { memoryMegabytes: 512 } })).toContain("|MemoryMax=512M\n");
  });

  it("lets readers in", async () => {
    const deployment = await serve({ readers: ["203.0.113.30"], networkInterface: "wg7" });
    expect(deployment.value).toMatchObject({
      inboundRules: [{ sources: ["203.0.113.10", "203.0.113.30"], networkInterface: "wg7" }],
    });
    expect(String(deployment.resource("prometheus-server").inputs.stdin)).toContain(
      "|IPAddressAllow=203.0.113.10 203.0.113.30\n",
    );
  });

  it("changes nothing but the targets when there is one target more", async () => {
    const texts = async (endpoints: Endpoint[]) => {
      const { resource } = await serve({ endpoints, ruleGroups: [{ name: "up", rules: [rule] }] });
      return ["software", "server", "targets"].map((name) => resource(`prometheus-${name}`).inputs.stdin);
    };
    const one = await texts([node]);
    const two = await texts([{ ...node, name: "target-b", address: "203.0.113.21" }, node]);
    expect(two.map((text, index) => text === one[index])).toEqual([true, true, false]);
  });

  it("has a file for each job, with the machine's name as instance", async () => {
    const own = { ...node, job: "own", port: 8080, labels: { __metrics_path__: "/own" } };
    const deployment = await serve({ endpoints: pulumi.output([own, node]) });
    expect(bundleOf(deployment, "prometheus-targets").files).toEqual({
      "/etc/ha-monitoring/prometheus/targets/node.json":
        '[\n  {"targets":["203.0.113.20:9100"],"labels":{"instance":"target-a"}}\n]\n',
      "/etc/ha-monitoring/prometheus/targets/own.json":
        '[\n  {"targets":["203.0.113.20:8080"],"labels":{"__metrics_path__":"/own","instance":"target-a"}}\n]\n',
    });
  });

  it("takes the distribution's packages instead of a release", async () => {
    const deployment = await serve({ runtime: { software: { source: "apt" } } });
    expect(bundleOf(deployment, "prometheus-software").directives).toContainEqual({
      directive: "command",
      rest: "prometheus prometheus",
    });
    const server = String(deployment.resource("prometheus-server").inputs.stdin);
    expect(server).toContain("|ExecStart=/usr/bin/prometheus --config.file=");
    expect(server).toContain(" /usr/bin/promtool check config");
  });

  it("passes on what it does not type", async () => {
    const config: PrometheusConfig = {
      scrape_configs: [{ job_name: "cloud", further: { ec2_sd_configs: [{ region: "x" }] } }],
      remote_write: [{ url: "https://metrics.example.com", further: { send_exemplars: true } }],
    };
    const text = String((await serve({ config })).resource("prometheus-server").inputs.stdin);
    expect(text).toContain("|  - job_name: cloud\n|    ec2_sd_configs:\n|      - region: x\n");
    expect(text).toContain("|  - url: https://metrics.example.com\n|    send_exemplars: true\n");
    expect(text).not.toContain("further");
  });
});

describe("a PrometheusServer refuses before anything is touched", () => {
  const job = { job_name: "web", static_configs: [{ targets: ["a:80"] }] };
  const duration = "write for example 15s, 1m30s or 15d, largest unit first and more than 0";
  const labelName = "use any text, but not an empty one, and no control character";
  it.each<[name: string, args: Partial<PrometheusServerArgs>, problem: string]>([
    [
      "a scrape interval that is none",
      { scrapeInterval: "15" },
      `scrapeInterval: "15" is not a duration; ${duration}`,
    ],
    [
      "an evaluation interval of nothing",
      { evaluationInterval: "0s" },
      `evaluationInterval: "0s" is not a duration; ${duration}`,
    ],
    [
      "a retention that is none",
      { runtime: { retention: { time: "two weeks" } } },
      `runtime.retention.time: "two weeks" is not a duration; ${duration}`,
    ],
    [
      "a retention of nothing",
      { runtime: { retention: { sizeMegabytes: 0 } } },
      "runtime.retention.sizeMegabytes: 0 is not allowed; use a whole number of MB, 64 or more",
    ],
    [
      "a privileged port",
      { runtime: { port: 80 } },
      "runtime.port: 80 is not allowed; Prometheus runs without privileges, so use 1024 to 65535",
    ],
    [
      "a log level that is none",
      { runtime: { logLevel: "loud" } },
      'runtime.logLevel: "loud" is not allowed; use debug, info, warn or error',
    ],
    [
      "software from nowhere",
      { runtime: { software: { source: "snap" } } },
      'runtime.software.source: "snap" is not allowed; use release or apt',
    ],
    [
      "a version of packages",
      { runtime: { software: { source: "apt", version: "3.5.0" } } },
      'runtime.software.version: "3.5.0" is about releases, but the source is apt; leave it out',
    ],
    [
      "a version with a v",
      { runtime: { software: { version: "v3.5.0" } } },
      'runtime.software.version: "v3.5.0" is not the version of a release; write for example 3.13.5, without v',
    ],
    [
      "a mirror that is a path",
      { runtime: { software: { baseUrl: "/srv" } } },
      'runtime.software.baseUrl: "/srv" is not a URL; write for example https://mirror.example.com/prometheus',
    ],
    [
      "a mirror in the clear, which could be anybody",
      { runtime: { software: { baseUrl: "http://mirror.example.com/prometheus" } } },
      'runtime.software.baseUrl: "http://mirror.example.com/prometheus" is not encrypted, so anybody on the path could put another program there with its checksum; use https://, or pin the archive in sha256',
    ],
    [
      "a checksum that is none",
      { runtime: { software: { sha256: "abc" } } },
      'runtime.software.sha256: "abc" is not a SHA-256; write 64 hexadecimal digits',
    ],
    [
      "an external label that is none",
      { externalLabels: { "": "a" } },
      `externalLabels: "" is not the name of a label; ${labelName}`,
    ],
    [
      "an own replica label",
      { externalLabels: { replica: "a" } },
      "externalLabels.replica: it is the name of the host, and is dropped from alerts; use another label",
    ],
    [
      "an external label that Prometheus would replace",
      { externalLabels: { cluster: "$HOME" } },
      'externalLabels.cluster: "$HOME" contains $, which Prometheus 3 replaces by an environment variable and 2 does not; leave it out',
    ],
    [
      "an Alertmanager without a port",
      { alertmanagers: ["203.0.113.10"] },
      'alertmanagers[0]: "203.0.113.10" is not host:port; write for example 198.51.100.10:9093 or [2001:db8::10]:9093',
    ],
    [
      "an Alertmanager that is there twice",
      { alertmanagers: ["a:9093", "a:9093"] },
      'alertmanagers[1]: "a:9093" is there twice; leave one of them out',
    ],
    [
      "a job that is there twice",
      { config: { scrape_configs: [job, job] } },
      'config.scrape_configs[1].job_name: "web" is there twice; job names must be unique',
    ],
    [
      "a job of its own",
      { endpoints: [node], config: { scrape_configs: [{ ...job, job_name: "node" }] } },
      'config.scrape_configs[0].job_name: "node" is a job of this server already, whose targets would be scraped twice; leave it out, or use another name for other targets',
    ],
    [
      "a timeout of a job that is none",
      { config: { scrape_configs: [{ ...job, scrape_timeout: "x" }] } },
      `config.scrape_configs[0].scrape_timeout: "x" is not a duration; ${duration}`,
    ],
    [
      "intervals in the wrong place",
      { config: { global: { scrape_interval: "1m" } } },
      "config.global.scrape_interval: give it in scrapeInterval",
    ],
    [
      "limits in the wrong place",
      { config: { global: { sample_limit: 1 } } },
      "config.global.sample_limit: give it in limits",
    ],
    [
      "a limit of nothing",
      { limits: { samples: 0 } },
      "limits.samples: 0 is not allowed; use a whole number, 1 or more",
    ],
    [
      "limits of a job that there is not",
      { endpoints: [node], jobLimits: [{ job: "nodes", samples: 1 }] },
      'jobLimits[0].job: there is no job "nodes"; the jobs are node, prometheus, and a job of scrape_configs has its limits there',
    ],
    [
      "limits of a job in two entries",
      {
        endpoints: [node],
        jobLimits: [
          { job: "node", samples: 1 },
          { job: "node", labels: 1 },
        ],
      },
      'jobLimits: job "node" is there twice; give all of its limits in one entry',
    ],
    [
      "too little memory",
      { runtime: { memoryMegabytes: 64 } },
      "runtime.memoryMegabytes: 64 is not allowed; use a whole number of MB, 128 or more",
    ],
    [
      "samples that go nowhere",
      { config: { remote_write: [{ url: "metrics.example.com" }] } },
      'config.remote_write[0].url: "metrics.example.com" is not a URL; write https://...',
    ],
    [
      "a rule file with a path",
      { rules: { "../x.yml": "" } },
      'rules: "../x.yml" is not the name of a rule file; use a plain name of up to 200 characters that ends in .yml or .yaml',
    ],
    [
      "a rule file in the place of the groups",
      { rules: { "groups.yml": "" }, ruleGroups: [{ name: "a", rules: [rule] }] },
      'rules: "groups.yml" is where ruleGroups are written; use another name',
    ],
    [
      "two groups of one name",
      {
        ruleGroups: [
          { name: "a", rules: [rule] },
          { name: "a", rules: [rule] },
        ],
      },
      'ruleGroups[1].name: "a" is there twice; names of groups must be unique',
    ],
    [
      "a rule without a name",
      { ruleGroups: [{ name: "a", rules: [{ expr: "up" }] }] },
      "ruleGroups[0].rules[0]: a rule has a name in alert or in record, one of the two",
    ],
    [
      "a recording that waits",
      { ruleGroups: [{ name: "a", rules: [{ record: "b", expr: "up", for: "5m" }] }] },
      'ruleGroups[0].rules[0]: for, keep_firing_for and annotations belong to alerts; "b" is recorded',
    ],
    [
      "an alert that waits for nothing known",
      { ruleGroups: [{ name: "a", rules: [{ ...rule, for: "5 minutes" }] }] },
      `ruleGroups[0].rules[0].for: "5 minutes" is not a duration; ${duration}`,
    ],
    [
      "a label of a rule that is none",
      { ruleGroups: [{ name: "a", rules: [{ ...rule, labels: { "a\u0001b": "c" } }] }] },
      `ruleGroups[0].rules[0].labels: "a\\u0001b" is not the name of a label; ${labelName}`,
    ],
    [
      "a label of an endpoint that this version does not take",
      { endpoints: [{ ...node, labels: { "a.b": "c" } }], runtime: { software: { version: "2.53.3" } } },
      'endpoints[0].labels: "a.b" is not the name of a label; use letters, digits and underscores; Prometheus 3 would allow any text',
    ],
    [
      "an external label that is Prometheus' own",
      { externalLabels: { __name__: "a" } },
      `externalLabels.__name__: "__name__" is Prometheus' own, as are all names that begin with __; use another name`,
    ],
    [
      "a retention in the configuration",
      { config: { storage: { tsdb: { retention: { time: "1d" } } } } },
      "config.storage.tsdb.retention: give it in retention, among the settings of how Prometheus runs",
    ],
    [
      "endpoints whose series would be mixed",
      { endpoints: [node, { ...node, port: 9200 }] },
      'endpoints[1]: job "node" of "target-a" has the same labels as an earlier endpoint, so their series would be mixed; give one of them a label',
    ],
    [
      "a job that cannot be a file",
      { endpoints: [{ ...node, job: "../node" }] },
      'endpoints[0].job: "../node" is not the name of a job; use up to 80 letters, digits, ., _ and -',
    ],
    [
      "an endpoint by name",
      { endpoints: [{ ...node, address: "target-a" }] },
      'endpoints[0].address: "target-a" is not an IP address; write for example 198.51.100.10 or 2001:db8::10',
    ],
    [
      "an instance of one's own",
      { endpoints: [{ ...node, labels: { instance: "a" } }] },
      "endpoints[0].labels: instance and job come from the endpoint's name and job; leave them out",
    ],
    [
      "an overlay address that is none",
      { overlayAddress: "10.0.0" },
      'overlayAddress: "10.0.0" is not an IP address; write for example 198.51.100.10 or 2001:db8::10',
    ],
    [
      "readers without an overlay",
      { overlayAddress: undefined, readers: ["203.0.113.30"] },
      "readers: without an overlayAddress nobody can come in",
    ],
  ])("%s", async (_, args, problem) => {
    const deployment = await serve(args);
    expect(deployment.errors).toEqual([problem]);
    expect(deployment.resources.filter(({ custom }) => custom)).toEqual([]);
    expect(pulumi.ResourceError.isInstance(deployment.thrown)).toBe(true);
  });

  it("a peer timeout that would make duplicates, and says why", async () => {
    const problem =
      "peerTimeout: 15s is shorter than the evaluation interval of 30s: Prometheus servers evaluate the same rule up to one interval apart, " +
      "so an Alertmanager would stop waiting for the one before it while that one may not know of the alert yet, and both would notify; " +
      "make peerTimeout at least 30s, or evaluate more often";
    expect((await serve({ evaluationInterval: "30s", peerTimeout: "15s" })).errors).toEqual([problem]);
    const ruleGroups = [{ name: "slow", interval: "30s", rules: [rule] }];
    expect((await serve({ ruleGroups, peerTimeout: "15s" })).errors).toEqual([problem]);
    expect((await serve({ ruleGroups, peerTimeout: "30s" })).errors).toEqual([]);
    expect((await serve({ peerTimeout: "soon" })).errors).toEqual([
      `peerTimeout: "soon" is not a duration; ${duration}`,
    ]);
  });

  it("all mistakes at once", async () => {
    const { errors } = await serve({ scrapeInterval: "x", alertmanagers: ["a"] });
    expect(errors).toHaveLength(1);
    expect(errors[0]?.match(/\n {2}- /g)).toHaveLength(2);
  });
});
