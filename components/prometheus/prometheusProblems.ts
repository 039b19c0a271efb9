import { parse } from "yaml";
import { parseDuration } from "../../model/durations";
import { selfJob } from "../../templates/prometheus/prometheusLayout";
import { replicaLabel } from "../../templates/prometheus/prometheusYml";
import {
  ruleGroupsFile,
  type PrometheusConfig,
  type PrometheusRule,
  type PrometheusRuleGroup,
} from "./prometheusConfig";

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
