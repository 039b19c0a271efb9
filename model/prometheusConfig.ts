import type {
  PrometheusConfig,
  PrometheusRule,
  PrometheusRuleGroup,
  PrometheusScrapeConfig,
} from "../components/prometheus/prometheusConfig";
import { misreadYaml, readGoYaml } from "../templates/host/yamlReading";
import { replicaLabel } from "../templates/prometheus/prometheusYml";
import { anyText, durationProblem, labelProblems, longestFileName } from "./checks";
import { isZeroDuration } from "./durations";
import { kindProblems, missingProblems, type AnyField, type Field } from "./fields";
import { isPlain } from "./known";
import { problemAt, under, type Path, type Problem } from "./problem";
import { regexSentence } from "./regexes";

/** Further sections of the configuration. */
export const furtherConfig: Field<PrometheusConfig> = {
  kind: "anything",
  problems: (config) => {
    if (!isPlain(config)) return [];
    const shape = shapeProblems(configShape, config);
    return shape.length > 0 ? shape : configProblems(config);
  },
};

const sectionsOf = (fields: Record<string, AnyField>, required: string[] = []): AnyField => ({
  kind: "list",
  problems: () => [],
  item: { kind: "section", problems: () => [], fields, required },
});

const anySection: AnyField = { kind: "section", problems: () => [] };

/** Kinds of what is read here; all else is for promtool. */
const configShape: AnyField = {
  kind: "section",
  problems: () => [],
  fields: {
    global: anySection,
    alerting: {
      ...anySection,
      fields: { alert_relabel_configs: sectionsOf({}), alertmanagers: sectionsOf({}) },
    },
    storage: { kind: "section", problems: () => [], fields: { tsdb: anySection } },
    scrape_configs: sectionsOf({ job_name: anyText, static_configs: sectionsOf({ labels: anySection }) }),
    remote_write: sectionsOf({ url: anyText }, ["url"]),
  },
};

/** Rule files by name. */
export const ruleFiles: Field<Record<string, string>> = {
  kind: "texts",
  problems: (files) =>
    Object.entries(files).flatMap(([name, text]: [string, unknown]) => [
      ...problemAt(
        [],
        /^\w[\w.-]*\.ya?ml$/.test(name) && name.length <= longestFileName
          ? undefined
          : `"${name}" is not the name of a rule file; use a plain name of up to ${longestFileName} characters that ends in .yml or .yaml`,
      ),
      ...problemAt([name], typeof text === "string" ? misreadRules(text) : undefined),
    ]),
};

// What may be YAML for Go is left to promtool.
function misreadRules(text: string): string | undefined {
  const reason = misreadYaml(text);
  return reason && `the text ${reason}`;
}

/** Rules as data. */
export const ruleGroups: Field<PrometheusRuleGroup[]> = {
  kind: "anything",
  problems: (groups) => {
    if (!isPlain(groups)) return [];
    const shape = shapeProblems(groupsShape, groups);
    return shape.length > 0 ? shape : groupProblems(groups);
  },
};

const ruleShape = sectionsOf({ labels: anySection, annotations: anySection });
const groupsShape: AnyField = {
  ...sectionsOf({}),
  item: {
    kind: "section",
    problems: () => [],
    fields: { labels: anySection, rules: ruleShape },
  },
};

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
    ...(config.remote_write ?? []).flatMap(({ url, remote_timeout, write_relabel_configs }, index) => [
      ...problemAt(
        ["remote_write", index, "url"],
        /^https?:\/\/\S+$/.test(url) ? undefined : `"${url}" is not a URL; write https://...`,
      ),
      // Upstream takes zero, too, and then every request fails.
      ...(isAbsent(remote_timeout)
        ? []
        : problemAt(["remote_write", index, "remote_timeout"], durationProblem(remote_timeout))),
      ...under(["remote_write", index], relabelProblems("write_relabel_configs", write_relabel_configs)),
    ]),
  ];
}

function scrapeProblems(scrape: PrometheusScrapeConfig): Problem[] {
  return [
    ...ifGiven(["scrape_interval"], scrape.scrape_interval),
    ...ifGiven(["scrape_timeout"], scrape.scrape_timeout),
    ...(scrape.static_configs ?? []).flatMap(({ labels: given }, index) =>
      under(["static_configs", index, "labels"], writtenLabelProblems(given)),
    ),
    ...relabelProblems("relabel_configs", scrape.relabel_configs),
    ...relabelProblems("metric_relabel_configs", scrape.metric_relabel_configs),
    ...problemAt(["job_name"], scrape.job_name ? undefined : "a name is needed"),
  ];
}

function relabelProblems(list: string, steps: unknown): Problem[] {
  if (!Array.isArray(steps)) return [];
  return steps.flatMap((step: { regex?: unknown } | null, index) =>
    problemAt(
      [list, index, "regex"],
      typeof step?.regex === "string" ? regexSentence(step.regex) : undefined,
    ),
  );
}

function globalProblems(global: Record<string, unknown>): Problem[] {
  const argumentOf: Record<string, string> = {
    scrape_interval: "scrapeInterval",
    evaluation_interval: "evaluationInterval",
    external_labels: "externalLabels",
    body_size_limit: "limits",
    sample_limit: "limits",
    label_limit: "limits",
    label_name_length_limit: "limits",
    label_value_length_limit: "limits",
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
        ...under(["labels"], writtenLabelProblems(group.labels)),
        ...rulesOf(group).flatMap((rule, number) => under(["rules", number], ruleProblems(rule))),
      ],
    );
  });
}

/** Where the only name of a rule stands, even an empty one; else the rule itself. */
function nameOf(rule: PrometheusRule): string[] {
  const given = ["alert", "record"].filter((key) => key in rule);
  return given.length === 1 ? given : [];
}

function ruleProblems(rule: PrometheusRule): Problem[] {
  // Upstream takes an empty name, and null, for none.
  const isBoth = Boolean(rule.alert) === Boolean(rule.record);
  const isAlerts =
    Boolean(rule.record) &&
    (isPositive(rule.for) ||
      isPositive(rule.keep_firing_for) ||
      Object.keys(rule.annotations ?? {}).length > 0);
  return [
    ...ifGiven(["for"], rule.for),
    ...ifGiven(["keep_firing_for"], rule.keep_firing_for),
    ...under(["labels"], writtenLabelProblems(rule.labels)),
    ...under(["annotations"], writtenLabelProblems(rule.annotations)),
    ...problemAt(
      nameOf(rule),
      isBoth ? "a rule has a name in alert or in record, one of the two" : undefined,
    ),
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

/** Checks a duration for which upstream takes zero, in any unit, and null as if nothing was given. */
function ifGiven(path: Path, value: unknown): Problem[] {
  return isAbsent(value) || isZeroDuration(value) ? [] : problemAt(path, durationProblem(value));
}

function isPositive(duration: unknown): boolean {
  return !isAbsent(duration) && !isZeroDuration(duration);
}

function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

/**
 * Checks labels and annotations in upstream's own field names. Upstream reads whatever is not in quotes as the text that is written there: a
 * whole number has one spelling, but of 1.10 only the number 1.1 is left when it is read as data, and of True the flag.
 */
export function writtenLabelProblems(given: object | null | undefined, utf8Names = true): Problem[] {
  const texts = Object.entries(given ?? {}).map(([name, value]: [string, unknown]) => [
    name,
    value === null || Number.isSafeInteger(value) ? "" : value,
  ]);
  return labelProblems(Object.fromEntries(texts) as Record<string, unknown>, utf8Names);
}

/** The rules of a group; upstream takes a group without rules. */
export function rulesOf(group: PrometheusRuleGroup): PrometheusRule[] {
  return group.rules ?? [];
}

// Several checks read each file, and each monitor has the same files.
const ruleFilesRead = new Map<string, unknown>();

/** What is in a rule file; undefined where it cannot be read: promtool has the last word on it, so nothing warns here. */
export function ruleFileOf(text: string): unknown {
  if (!ruleFilesRead.has(text)) ruleFilesRead.set(text, readIfYaml(text));
  return ruleFilesRead.get(text);
}

function readIfYaml(text: string): unknown {
  try {
    return readGoYaml(text);
  } catch {
    return undefined;
  }
}

/** Groups of a rule file, as far as it can be read. */
export function groupsOf(text: string): { name?: unknown; interval?: unknown; rules?: unknown }[] {
  const groups = (ruleFileOf(text) as { groups?: unknown } | null | undefined)?.groups;
  const isGroup = (each: unknown) => typeof each === "object" && each !== null;
  return Array.isArray(groups) ? groups.filter(isGroup) : [];
}

/** Groups of rules as far as they are known and have the shape of groups; what has not is a problem of its own. */
export function readableGroups(groups: unknown): PrometheusRuleGroup[] {
  return isPlain(groups) && shapeProblems(groupsShape, groups).length === 0
    ? ((groups ?? []) as PrometheusRuleGroup[])
    : [];
}

/** The same for scrape jobs of further configuration. */
export function readableScrapes(config: unknown): PrometheusScrapeConfig[] {
  return isPlain(config) && shapeProblems(configShape, config).length === 0
    ? ((config as PrometheusConfig | undefined)?.scrape_configs ?? [])
    : [];
}

function shapeProblems(shape: AnyField, value: unknown): Problem[] {
  return [...missingProblems(shape, value), ...kindProblems(shape, value)];
}
