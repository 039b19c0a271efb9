import type { Unwrap } from "@pulumi/pulumi";
import { parse } from "yaml";
import type {
  PrometheusConfig,
  PrometheusRule,
  PrometheusRuleGroup,
  PrometheusScrapeConfig,
} from "../components/prometheus/prometheusConfig";
import type {
  PrometheusRetentionArgs,
  PrometheusRuntimeArgs,
  PrometheusServerArgs,
} from "../components/prometheus/prometheusServer";
import type { Endpoint } from "../components/shapes";
import type { ScrapingArgs } from "../components/stack/args";
import { ruleGroupsFile, selfJob } from "../templates/prometheus/prometheusLayout";
import { replicaLabel } from "../templates/prometheus/prometheusYml";
import {
  anyText,
  webUrl,
  duration,
  durationProblem,
  ipAddress,
  jobName,
  labelProblems,
  labels,
  logLevel,
  networkInterface,
  port,
  unprivilegedPort,
  wholeNumber,
} from "./checks";
import { prometheusDefaults, scrapingDefaults, withDefaults } from "./defaults";
import { parseDuration } from "./durations";
import { nodeExporter } from "./exporters";
import { leaf, list, section, type Field } from "./fields";
import { isKnown, isPlain } from "./known";
import { host } from "./hosts";
import { problemAt, under, type Path, type Problem } from "./problem";
import { readerProblems } from "./readers";
import { featuresOf, software } from "./software";

/** How long samples are kept. */
export const retention = section<PrometheusRetentionArgs>(
  {
    time: duration,
    sizeMegabytes: wholeNumber("MB", 64),
  },
  {},
);

/** How one Prometheus runs. */
export const prometheusRuntime = section<PrometheusRuntimeArgs>(
  {
    software,
    port: unprivilegedPort("Prometheus"),
    retention,
    logLevel,
    readyWithinSeconds: wholeNumber("seconds", 1, 3600),
  },
  {},
);

/** How one Prometheus runs, with its defaults. */
export function settledPrometheus(args: PrometheusRuntimeArgs = {}) {
  const settled = withDefaults(prometheusDefaults, args);
  return { ...settled, retention: withDefaults(prometheusDefaults.retention, settled.retention) };
}

const externalLabels: Field<Record<string, string>> = {
  kind: "texts",
  problems: (given) => [
    ...labelProblems(given),
    ...Object.entries(given).flatMap(([name, value]) => problemAt([name], externalLabelProblem(name, value))),
  ],
};

function externalLabelProblem(name: string, value: string): string | undefined {
  if (name === replicaLabel)
    return "it is the name of the host, and is dropped from alerts; use another label";
  if (name.startsWith("__")) {
    return `"${name}" is Prometheus' own, as are all names that begin with __; use another name`;
  }
  return String(value).includes("$")
    ? `"${value}" contains $, which Prometheus 3 replaces by an environment variable and 2 does not; leave it out`
    : undefined;
}

/** What every Prometheus scrapes, and how. */
export const scraping = section<ScrapingArgs>(
  {
    scrapeInterval: duration,
    evaluationInterval: duration,
    externalLabels,
    nodeExporter,
    config: { kind: "anything", problems: (config) => (isPlain(config) ? configProblems(config) : []) },
  },
  {},
);

/** An endpoint whose values are known. */
export type KnownEndpoint = Unwrap<Endpoint>;

const endpoint = section<Endpoint>(
  {
    name: leaf<string>("text", (value) => (value === "" ? "a name is needed" : undefined)),
    address: ipAddress,
    port,
    job: jobName,
    labels,
  },
  { name: true, address: true, port: true, job: true },
);

/** Rule files by name. */
export const ruleFiles: Field<Record<string, string>> = {
  kind: "texts",
  problems: (files) =>
    Object.keys(files).flatMap((name) =>
      problemAt(
        [],
        /^\w[\w.-]*\.ya?ml$/.test(name)
          ? undefined
          : `"${name}" is not the name of a rule file; use a plain name that ends in .yml or .yaml`,
      ),
    ),
};

/** Rules as data. */
export const ruleGroups: Field<PrometheusRuleGroup[]> = {
  kind: "anything",
  problems: (groups) => (isPlain(groups) ? groupProblems(groups) : []),
};

/** One Prometheus. */
export const prometheusServer = section<PrometheusServerArgs>(
  {
    host,
    overlayAddress: ipAddress,
    endpoints: list(endpoint, (all) => (isPlain(all) ? identityProblems(all as KnownEndpoint[]) : [])),
    jobs: list(anyText),
    alertmanagers: list(
      leaf<string>("text", (address) =>
        /^([\w.-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}$/.test(address)
          ? undefined
          : `"${address}" is not host:port; write for example 198.51.100.10:9093 or [2001:db8::10]:9093`,
      ),
      (all) =>
        all.flatMap((address, index) =>
          problemAt(
            [index],
            isPlain(all) && all.indexOf(address) !== index ? `"${address}" is there twice` : undefined,
          ),
        ),
    ),
    scrapeInterval: duration,
    evaluationInterval: duration,
    peerTimeout: duration,
    externalLabels,
    rules: ruleFiles,
    ruleGroups,
    config: scraping.fields.config,
    runtime: prometheusRuntime,
    externalUrl: webUrl,
    readers: list(ipAddress),
    networkInterface,
  },
  { host: true },
  (args) => [
    ...readerProblems(args),
    ...missingJobProblems(args),
    ...ruleFileProblems(args),
    ...jobProblems(args),
    ...(featuresOf(args.runtime?.software).utf8Names ? [] : asciiLabelProblems(args)),
    ...(args.peerTimeout === undefined
      ? []
      : under(["peerTimeout"], peerTimeoutProblems(args.peerTimeout, args))),
  ],
);

/** Checks names of labels for a Prometheus before 3. */
function asciiLabelProblems(args: PrometheusServerArgs): Problem[] {
  const { externalLabels: external = {}, endpoints = [], ruleGroups: groups = [], config = {} } = args;
  const check = (path: Path, given: object = {}) =>
    under(path, labelProblems(given as Record<string, unknown>, false));
  const plain = <T>(value: unknown): T[] => (isPlain(value) ? (value as T[]) : []);
  const scrapes = isPlain(config) ? ((config as PrometheusConfig).scrape_configs ?? []) : [];
  return [
    ...(isKnown(external) ? check(["externalLabels"], external) : []),
    ...plain<KnownEndpoint>(endpoints).flatMap((each, index) =>
      check(["endpoints", index, "labels"], each.labels),
    ),
    ...plain<PrometheusRuleGroup>(groups).flatMap((group, index) => [
      ...check(["ruleGroups", index, "labels"], group.labels),
      ...group.rules.flatMap((rule, number) => [
        ...check(["ruleGroups", index, "rules", number, "labels"], rule.labels),
        ...check(["ruleGroups", index, "rules", number, "annotations"], rule.annotations),
      ]),
    ]),
    ...scrapes.flatMap(({ static_configs = [] }, index) =>
      static_configs.flatMap((each, number) =>
        check(["config", "scrape_configs", index, "static_configs", number, "labels"], each.labels),
      ),
    ),
  ];
}

/** Jobs in the order of their names, whatever the order of the endpoints. */
export function jobsOf(endpoints: Pick<KnownEndpoint, "job">[]): string[] {
  return uniqueJobs(endpoints.map(({ job }) => job));
}

/** Names of jobs, each once and in order. */
export function uniqueJobs(names: string[]): string[] {
  return [...new Set(names)].sort();
}

function missingJobProblems({ endpoints, jobs }: PrometheusServerArgs): Problem[] {
  if (jobs === undefined || endpoints === undefined || !isPlain([jobs, endpoints])) return [];
  return jobsOf(endpoints as KnownEndpoint[])
    .filter((job) => !jobs.includes(job))
    .flatMap((job) =>
      problemAt(["jobs"], `"${job}" is missing, and endpoints has it; add it, or leave jobs out`),
    );
}

/** Checks that the series of each endpoint can be told from those of the others. */
export function identityProblems(
  endpoints: Pick<KnownEndpoint, "name" | "job" | "labels">[],
  pathOf: (index: number) => Path = (index) => [index],
): Problem[] {
  const seen = new Map<string, number>();
  return endpoints.flatMap(({ name, job, labels: given = {} }, index) => {
    // How an endpoint is scraped is in labels that Prometheus drops.
    const kept = Object.entries(given).filter(([label]) => !label.startsWith("__"));
    const identity = JSON.stringify([job, name, kept.sort()]);
    const earlier = seen.get(identity);
    seen.set(identity, index);
    const isReserved = "instance" in given || "job" in given;
    return [
      ...problemAt(
        [...pathOf(index), "labels"],
        isReserved ? "instance and job come from the endpoint's name and job; leave them out" : undefined,
      ),
      ...problemAt(
        pathOf(index),
        earlier === undefined
          ? undefined
          : `job "${job}" of "${name}" has the same labels as an earlier endpoint, so their series would be mixed; give one of them a label`,
      ),
    ];
  });
}

/** How long Alertmanagers must wait for each other: as long as the longest interval in which rules are evaluated. */
export function peerTimeoutProblems(
  peerTimeout: string,
  args: Pick<PrometheusServerArgs, "evaluationInterval" | "rules" | "ruleGroups">,
): Problem[] {
  const wait = parseDuration(peerTimeout);
  if (wait === undefined) return [];
  const longer = evaluationIntervals(args).find((interval) => (parseDuration(interval) ?? 0) > wait);
  return problemAt(
    [],
    longer &&
      `${peerTimeout} is shorter than the evaluation interval of ${longer}: Prometheus servers evaluate the same rule up to one ` +
        `interval apart, so an Alertmanager would stop waiting for the one before it while that one may not know of the alert yet, and ` +
        `both would notify; make peerTimeout at least ${longer}, or evaluate more often`,
  );
}

// Also those of texts, as far as they can be read: promtool has the last word on them.
function evaluationIntervals(
  args: Pick<PrometheusServerArgs, "evaluationInterval" | "rules" | "ruleGroups">,
): string[] {
  const { evaluationInterval } = withDefaults(scrapingDefaults, args);
  const texts = Object.values(isPlain(args.rules) ? (args.rules ?? {}) : {}) as string[];
  const groups = isPlain(args.ruleGroups) ? ((args.ruleGroups ?? []) as PrometheusRuleGroup[]) : [];
  const intervals = [...groups, ...texts.flatMap(groupsOf)].map(({ interval }) => interval);
  return [evaluationInterval, ...intervals.filter((each) => typeof each === "string")];
}

function groupsOf(text: string): { interval?: unknown }[] {
  try {
    return (parse(text) as { groups?: { interval?: unknown }[] } | null)?.groups ?? [];
  } catch {
    return [];
  }
}

function ruleFileProblems({ rules = {}, ruleGroups: groups = [] }: PrometheusServerArgs): Problem[] {
  if (!isPlain(groups) || (groups as unknown[]).length === 0 || !(ruleGroupsFile in rules)) return [];
  return problemAt(["rules"], `"${ruleGroupsFile}" is where ruleGroups are written; use another name`);
}

/** Checks the scrape jobs of further configuration against the server's own jobs. */
export function jobProblems({
  jobs,
  endpoints = [],
  config = {},
}: Pick<PrometheusServerArgs, "jobs" | "endpoints" | "config">): Problem[] {
  if (!isPlain([jobs, config])) return [];
  const known = jobs ?? (isPlain(endpoints) ? jobsOf(endpoints as KnownEndpoint[]) : []);
  const own = new Set([selfJob, ...known]);
  const scrapes = (config as PrometheusConfig).scrape_configs ?? [];
  return scrapes.flatMap(({ job_name }, index) =>
    problemAt(
      ["config", "scrape_configs", index, "job_name"],
      job_name && own.has(job_name)
        ? `"${job_name}" is a job of this server already; use another name`
        : undefined,
    ),
  );
}

function configProblems(config: PrometheusConfig): Problem[] {
  const scrapes = config.scrape_configs ?? [];
  const names = scrapes.map(({ job_name }) => job_name);
  return [
    ...scrapes.flatMap((scrape, index) => [
      ...under(["scrape_configs", index], scrapeProblems(scrape)),
      ...problemAt(
        ["scrape_configs", index, "job_name"],
        scrape.job_name && names.indexOf(scrape.job_name) !== index
          ? `"${scrape.job_name}" is there twice; job names must be unique`
          : undefined,
      ),
    ]),
    ...under(["global"], globalProblems(config.global ?? {})),
    ...problemAt(
      ["storage", "tsdb", "retention"],
      config.storage?.tsdb && "retention" in (config.storage.tsdb as object)
        ? "give it in retention, among the settings of how Prometheus runs"
        : undefined,
    ),
    ...(config.remote_write ?? []).flatMap(({ url, remote_timeout }, index) => [
      ...problemAt(
        ["remote_write", index, "url"],
        /^https?:\/\/\S+$/.test(url) ? undefined : `"${url}" is not a URL; write https://...`,
      ),
      ...ifGiven(["remote_write", index, "remote_timeout"], remote_timeout),
    ]),
  ];
}

function scrapeProblems(scrape: PrometheusScrapeConfig): Problem[] {
  return [
    ...ifGiven(["scrape_interval"], scrape.scrape_interval),
    ...ifGiven(["scrape_timeout"], scrape.scrape_timeout),
    ...(scrape.static_configs ?? []).flatMap(({ labels: given }, index) =>
      under(["static_configs", index, "labels"], labelProblems(given ?? {})),
    ),
    ...problemAt(["job_name"], scrape.job_name ? undefined : "a name is needed"),
  ];
}

function globalProblems(global: Record<string, unknown>): Problem[] {
  const argumentOf: Record<string, string> = {
    scrape_interval: "scrapeInterval",
    evaluation_interval: "evaluationInterval",
    external_labels: "externalLabels",
  };
  return Object.keys(global).flatMap((name) =>
    problemAt([name], Object.hasOwn(argumentOf, name) ? `give it in ${argumentOf[name]}` : undefined),
  );
}

function groupProblems(groups: PrometheusRuleGroup[]): Problem[] {
  return groups.flatMap((group, index) => {
    const isTwice = groups.findIndex(({ name }) => name === group.name) !== index;
    return under(
      [index],
      [
        ...problemAt(["name"], group.name ? undefined : "a name is needed"),
        ...problemAt(
          ["name"],
          isTwice ? `"${group.name}" is there twice; names of groups must be unique` : undefined,
        ),
        ...ifGiven(["interval"], group.interval),
        ...under(["labels"], labelProblems(group.labels ?? {})),
        ...group.rules.flatMap((rule, number) => under(["rules", number], ruleProblems(rule))),
      ],
    );
  });
}

function ruleProblems(rule: PrometheusRule): Problem[] {
  const isBoth = (rule.alert === undefined) === (rule.record === undefined);
  const isAlerts =
    rule.record !== undefined && (rule.for ?? rule.keep_firing_for ?? rule.annotations) !== undefined;
  return [
    ...(rule.for === "0s" ? [] : ifGiven(["for"], rule.for)),
    ...ifGiven(["keep_firing_for"], rule.keep_firing_for),
    ...under(["labels"], labelProblems(rule.labels ?? {})),
    ...under(["annotations"], labelProblems(rule.annotations ?? {})),
    ...problemAt([], isBoth ? "a rule has a name in alert or in record, one of the two" : undefined),
    ...problemAt(["expr"], rule.expr ? undefined : "an expression is needed"),
    ...problemAt(
      [],
      isAlerts
        ? `for, keep_firing_for and annotations belong to alerts; "${rule.record}" is recorded`
        : undefined,
    ),
    ...problemAt(
      ["labels", replicaLabel],
      rule.labels && replicaLabel in rule.labels
        ? "it is dropped from every alert; use another label"
        : undefined,
    ),
  ];
}

function ifGiven(path: Path, value: unknown): Problem[] {
  return value === undefined ? [] : problemAt(path, durationProblem(value));
}
