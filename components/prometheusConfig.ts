import { parse } from "yaml";
import { parseDuration } from "../templates/prometheusDuration";
import { selfJob } from "../templates/prometheusLayout";
import { replicaLabel } from "../templates/prometheusYml";

/** A rule, in upstream's own field names: one of alert and record. */
export interface PrometheusRule {
  /** Name of the alert. */
  alert?: string;
  /** Name of the series that is recorded. */
  record?: string;
  /** The expression. */
  expr: string;
  /** How long the expression must hold before the alert fires, e.g. `5m`. */
  for?: string;
  /** How long the alert goes on firing after that, e.g. `10m`. */
  keep_firing_for?: string;
  /** Labels that are added. */
  labels?: Record<string, string>;
  /** Annotations of the alert. */
  annotations?: Record<string, string>;
}

/** A group of rules, in upstream's own field names. */
export interface PrometheusRuleGroup {
  /** Name of the group. */
  name: string;
  /** How often it is evaluated. Default: the server's evaluation interval. */
  interval?: string;
  /** How far in the past it is evaluated. */
  query_offset?: string;
  /** How many alerts or series a rule may make. Default: any number. */
  limit?: number;
  /** Labels that are added to all rules. */
  labels?: Record<string, string>;
  /** The rules. */
  rules: PrometheusRule[];
}

/** Targets that are listed in the configuration itself, in upstream's own field names. */
export interface PrometheusStaticConfig {
  /** Each `host:port`. */
  targets: string[];
  /** Labels of all of them. */
  labels?: Record<string, string>;
}

/** A relabelling step, in upstream's own field names. */
export interface PrometheusRelabelConfig {
  /** Labels whose values are joined. */
  source_labels?: string[];
  /** What stands between joined values. */
  separator?: string;
  /** Label that is set. */
  target_label?: string;
  /** Regular expression for the joined values. */
  regex?: string;
  /** Modulus of the hash of the joined values. */
  modulus?: number;
  /** What the label is set to. */
  replacement?: string;
  /** `replace`, `keep`, `drop`, `hashmod`, `labelmap`, `labeldrop`, `labelkeep` or another of upstream's. */
  action?: string;
}

/** A scrape job, in upstream's own field names. */
export interface PrometheusScrapeConfig {
  /** Name of the job. */
  job_name: string;
  /** How often it scrapes. */
  scrape_interval?: string;
  /** How long a scrape may take. */
  scrape_timeout?: string;
  /** Path of the metrics. */
  metrics_path?: string;
  /** `http` or `https`. */
  scheme?: string;
  /** Parameters of the URL. */
  params?: Record<string, string[]>;
  /** Whether labels of the scraped data win over those of the target. */
  honor_labels?: boolean;
  /** Whether timestamps of the scraped data are used. */
  honor_timestamps?: boolean;
  /** How many samples a scrape may bring. */
  sample_limit?: number;
  /** Targets that are listed. */
  static_configs?: PrometheusStaticConfig[];
  /** Targets that are listed in files. */
  file_sd_configs?: Record<string, any>[];
  /** Targets that DNS lists. */
  dns_sd_configs?: Record<string, any>[];
  /** Targets that a web service lists. */
  http_sd_configs?: Record<string, any>[];
  /** User and password; the password belongs into a file of the machine (`password_file`). */
  basic_auth?: Record<string, string>;
  /** Header for authorization; what is secret belongs into a file of the machine (`credentials_file`). */
  authorization?: Record<string, string>;
  /** TLS towards the targets. */
  tls_config?: Record<string, any>;
  /** What happens to the labels of targets. */
  relabel_configs?: PrometheusRelabelConfig[];
  /** What happens to the labels of samples. */
  metric_relabel_configs?: PrometheusRelabelConfig[];
  /** Any other field that upstream has. */
  further?: Record<string, any>;
}

/** Where samples are sent, in upstream's own field names. */
export interface PrometheusRemoteWrite {
  /** Address. */
  url: string;
  /** Name in metrics and logs. */
  name?: string;
  /** How long a request may take. */
  remote_timeout?: string;
  /** Headers of every request. */
  headers?: Record<string, string>;
  /** What happens to the labels of samples before they are sent. */
  write_relabel_configs?: PrometheusRelabelConfig[];
  /** User and password; the password belongs into a file of the machine (`password_file`). */
  basic_auth?: Record<string, string>;
  /** Header for authorization; what is secret belongs into a file of the machine (`credentials_file`). */
  authorization?: Record<string, string>;
  /** TLS towards the receiver. */
  tls_config?: Record<string, any>;
  /** Sizes and times of the queue. */
  queue_config?: Record<string, any>;
  /** Any other field that upstream has. */
  further?: Record<string, any>;
}

/** Further sections of the configuration of Prometheus, in upstream's own field names. Paths in it are absolute. */
export interface PrometheusConfig {
  /** Further global settings, e.g. `scrape_timeout`. Intervals and external labels have arguments of their own. */
  global?: Record<string, any>;
  /** Further scrape jobs. */
  scrape_configs?: PrometheusScrapeConfig[];
  /** Files of the machine with further rules. */
  rule_files?: string[];
  /** What happens to the labels of alerts after the replica label is dropped. */
  alert_relabel_configs?: PrometheusRelabelConfig[];
  /** Where samples are sent. */
  remote_write?: PrometheusRemoteWrite[];
  /** From where samples are read. */
  remote_read?: Record<string, any>[];
  /** Storage settings that may change while Prometheus runs. */
  storage?: Record<string, any>;
  /** Tracing of Prometheus itself. */
  tracing?: Record<string, any>;
}

/** What is checked of a Prometheus' configuration before its machine is touched. */
export interface PrometheusSettings {
  scrapeInterval: string;
  evaluationInterval: string;
  externalLabels: Record<string, string>;
  alertmanagers: string[];
  /** Jobs of the endpoints. */
  jobs: string[];
  rules: Record<string, string>;
  ruleGroups: PrometheusRuleGroup[];
  config: PrometheusConfig;
}

/** How long an Alertmanager waits for the one before it, how often targets are scraped and rules evaluated, when nothing is said. */
export const timingDefaults = { peerTimeout: "15s", scrapeInterval: "15s", evaluationInterval: "15s" };

/** The file in which typed rule groups are. */
export const ruleGroupsFile = "groups.yml";

/**
 * What can be known to be wrong with a configuration before any machine is touched, one sentence each. promtool on the machine has
 * the last word.
 */
export function prometheusProblems(settings: PrometheusSettings): string[] {
  return [
    ...scrapingProblems(settings),
    ...alertmanagerProblems(settings.alertmanagers),
    ...rulesProblems(settings),
  ];
}

/** The part of it that is about what is scraped, how and where it goes. */
export function scrapingProblems(
  settings: Pick<
    PrometheusSettings,
    "scrapeInterval" | "evaluationInterval" | "externalLabels" | "jobs" | "config"
  >,
): string[] {
  const { scrapeInterval, evaluationInterval, config } = settings;
  return [
    ...durationProblems("scrapeInterval", scrapeInterval),
    ...durationProblems("evaluationInterval", evaluationInterval),
    ...labelNameProblems("externalLabels", settings.externalLabels),
    ...externalLabelProblems(settings.externalLabels),
    ...jobProblems(settings),
    ...globalProblems(config.global ?? {}),
    ...(config.remote_write ?? []).flatMap(({ url, remote_timeout }, index) => [
      ...(/^https?:\/\/\S+$/.test(url)
        ? []
        : [`config.remote_write[${index}].url: "${url}" is not an address; write https://...`]),
      ...durationProblems(`config.remote_write[${index}].remote_timeout`, remote_timeout),
    ]),
  ];
}

/** The part of it that is about rules. */
export function rulesProblems(settings: Pick<PrometheusSettings, "rules" | "ruleGroups">): string[] {
  return [...ruleFileProblems(settings), ...groupProblems(settings.ruleGroups)];
}

/** Why Alertmanagers with this peer timeout would send duplicates of the alerts of Prometheus servers with these intervals. */
export function peerTimeoutProblems(peerTimeout: string, evaluationIntervals: string[]): string[] {
  const wait = parseDuration(peerTimeout);
  if (wait === undefined) return durationProblems("peerTimeout", peerTimeout);
  const longer = evaluationIntervals.find((interval) => (parseDuration(interval) ?? 0) > wait);
  if (longer === undefined) return [];
  return [
    `peerTimeout: ${peerTimeout} is shorter than the evaluation interval of ${longer}: Prometheus servers evaluate the same rule up to one ` +
      `interval apart, so an Alertmanager would stop waiting for the one before it while that one may not know of the alert yet, and ` +
      `both would notify; make peerTimeout at least ${longer}, or evaluate more often`,
  ];
}

/** How often rules are evaluated, those in texts included as far as they can be read: promtool has the last word on them. */
export function evaluationIntervals(
  evaluationInterval: string,
  { rules, ruleGroups }: Pick<PrometheusSettings, "rules" | "ruleGroups">,
): string[] {
  const ofTexts = Object.values(rules).flatMap((text) => {
    try {
      return (parse(text) as { groups?: { interval?: unknown }[] } | null)?.groups ?? [];
    } catch {
      return [];
    }
  });
  const intervals = [...ruleGroups, ...ofTexts].map(({ interval }) => interval);
  return [evaluationInterval, ...intervals.filter((each) => typeof each === "string")];
}

/** The entry with what upstream has and this library does not type. */
export function withFurther<T extends { further?: Record<string, unknown> }>(
  entry: T,
): Record<string, unknown> {
  const { further, ...typed } = entry;
  return { ...typed, ...further };
}

/** What is wrong with a duration, if it is given. */
export function durationProblems(path: string, value: string | undefined): string[] {
  if (value === undefined) return [];
  const parsed = parseDuration(value);
  if (parsed !== undefined && parsed > 0) return [];
  return [
    `${path}: "${value}" is not a duration; write for example 15s, 1m30s or 15d, largest unit first and more than 0`,
  ];
}

/** What is wrong with names of labels. */
export function labelNameProblems(path: string, labels: Record<string, string>): string[] {
  return Object.entries(labels).flatMap(([name, value]) => {
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) || (name.startsWith("__") && path === "externalLabels")) {
      return [
        `${path}: "${name}" is not the name of a label; use letters, digits and underscores, e.g. "environment"`,
      ];
    }
    return typeof value === "string"
      ? []
      : [`${path}.${name}: ${String(value)} is not a text; put it in quotes`];
  });
}

function externalLabelProblems(labels: Record<string, string>): string[] {
  const problems = Object.entries(labels)
    .filter(([, value]) => String(value).includes("$"))
    .map(
      ([name, value]) =>
        `externalLabels.${name}: "${value}" contains $, which Prometheus 3 replaces by an environment variable and 2 does not; leave it out`,
    );
  if (replicaLabel in labels) {
    problems.push(
      `externalLabels.${replicaLabel}: it is the name of the machine, and is dropped from alerts; use another label`,
    );
  }
  return problems;
}

function alertmanagerProblems(alertmanagers: string[]): string[] {
  return alertmanagers.flatMap((address, index) => {
    if (alertmanagers.indexOf(address) !== index) return [`alertmanagers: "${address}" is there twice`];
    if (/^([\w.-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}$/.test(address)) return [];
    return [
      `alertmanagers: "${address}" is not host:port; write for example 198.51.100.10:9093 or [2001:db8::10]:9093`,
    ];
  });
}

function jobProblems({ jobs, config }: Pick<PrometheusSettings, "jobs" | "config">): string[] {
  const ours = new Set([selfJob, ...jobs]);
  const names = (config.scrape_configs ?? []).map(({ job_name }) => job_name);
  return (config.scrape_configs ?? []).flatMap((scrape, index) => {
    const path = `config.scrape_configs[${index}]`;
    const { job_name } = scrape;
    const problems = [
      ...durationProblems(`${path}.scrape_interval`, scrape.scrape_interval),
      ...durationProblems(`${path}.scrape_timeout`, scrape.scrape_timeout),
      ...(scrape.static_configs ?? []).flatMap(({ labels }) =>
        labelNameProblems(`${path}.static_configs.labels`, labels ?? {}),
      ),
    ];
    if (!job_name) problems.push(`${path}.job_name: a name is needed`);
    else if (ours.has(job_name)) {
      problems.push(`${path}.job_name: "${job_name}" is a job of this server already; use another name`);
    } else if (names.indexOf(job_name) !== index) {
      problems.push(`${path}.job_name: "${job_name}" is there twice; job names must be unique`);
    }
    return problems;
  });
}

function ruleFileProblems({ rules, ruleGroups }: Pick<PrometheusSettings, "rules" | "ruleGroups">): string[] {
  const problems = Object.keys(rules)
    .filter((name) => !/^\w[\w.-]*\.ya?ml$/.test(name))
    .map(
      (name) =>
        `rules: "${name}" is not the name of a rule file; use a plain name that ends in .yml or .yaml`,
    );
  if (ruleGroups.length > 0 && ruleGroupsFile in rules) {
    problems.push(`rules: "${ruleGroupsFile}" is where ruleGroups are written; use another name`);
  }
  return problems;
}

function groupProblems(groups: PrometheusRuleGroup[]): string[] {
  return groups.flatMap((group, index) => {
    const path = `ruleGroups[${index}]`;
    const twice = groups.findIndex(({ name }) => name === group.name) !== index;
    return [
      ...(group.name ? [] : [`${path}.name: a name is needed`]),
      ...(twice ? [`${path}.name: "${group.name}" is there twice; names of groups must be unique`] : []),
      ...durationProblems(`${path}.interval`, group.interval),
      ...labelNameProblems(`${path}.labels`, group.labels ?? {}),
      ...group.rules.flatMap((rule, number) => ruleProblems(`${path}.rules[${number}]`, rule)),
    ];
  });
}

function ruleProblems(path: string, rule: PrometheusRule): string[] {
  const problems = [
    ...(rule.for === "0s" ? [] : durationProblems(`${path}.for`, rule.for)),
    ...durationProblems(`${path}.keep_firing_for`, rule.keep_firing_for),
    ...labelNameProblems(`${path}.labels`, rule.labels ?? {}),
    ...labelNameProblems(`${path}.annotations`, rule.annotations ?? {}),
  ];
  if ((rule.alert === undefined) === (rule.record === undefined)) {
    problems.push(`${path}: a rule has a name in alert or in record, one of the two`);
  }
  if (!rule.expr) problems.push(`${path}.expr: an expression is needed`);
  if (rule.record !== undefined && (rule.for ?? rule.keep_firing_for ?? rule.annotations) !== undefined) {
    problems.push(
      `${path}: for, keep_firing_for and annotations belong to alerts; "${rule.record}" is recorded`,
    );
  }
  if (rule.labels && replicaLabel in rule.labels) {
    problems.push(`${path}.labels.${replicaLabel}: it is dropped from every alert; use another label`);
  }
  return problems;
}

function globalProblems(global: Record<string, unknown>): string[] {
  const arguments_: Record<string, string> = {
    scrape_interval: "scrapeInterval",
    evaluation_interval: "evaluationInterval",
    external_labels: "externalLabels",
  };
  return Object.keys(global)
    .filter((name) => name in arguments_)
    .map((name) => `config.global.${name}: give it in ${arguments_[name]}`);
}
