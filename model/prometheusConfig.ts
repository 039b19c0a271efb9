import { parse } from "yaml";
import type {
  PrometheusConfig,
  PrometheusRule,
  PrometheusRuleGroup,
  PrometheusScrapeConfig,
} from "../components/prometheus/prometheusConfig";
import { replicaLabel } from "../templates/prometheus/prometheusYml";
import { anyText, anyTexts, durationProblem, labelProblems, longestFileName } from "./checks";
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

/** Kinds of what is read here; all else is for promtool. */
const configShape: AnyField = {
  kind: "section",
  problems: () => [],
  fields: {
    global: { kind: "section", problems: () => [] },
    storage: {
      kind: "section",
      problems: () => [],
      fields: { tsdb: { kind: "section", problems: () => [] } },
    },
    scrape_configs: sectionsOf({ job_name: anyText, static_configs: sectionsOf({ labels: anyTexts }) }),
    remote_write: sectionsOf({ url: anyText }, ["url"]),
  },
};

/** Rule files by name. */
export const ruleFiles: Field<Record<string, string>> = {
  kind: "texts",
  problems: (files) =>
    Object.keys(files).flatMap((name) =>
      problemAt(
        [],
        /^\w[\w.-]*\.ya?ml$/.test(name) && name.length <= longestFileName
          ? undefined
          : `"${name}" is not the name of a rule file; use a plain name of up to ${longestFileName} characters that ends in .yml or .yaml`,
      ),
    ),
};

/** Rules as data. */
export const ruleGroups: Field<PrometheusRuleGroup[]> = {
  kind: "anything",
  problems: (groups) => {
    if (!isPlain(groups)) return [];
    const shape = shapeProblems(groupsShape, groups);
    return shape.length > 0 ? shape : groupProblems(groups);
  },
};

const ruleShape = sectionsOf({ labels: anyTexts, annotations: anyTexts });
const groupsShape: AnyField = {
  ...sectionsOf({}),
  item: {
    kind: "section",
    problems: () => [],
    fields: { labels: anyTexts, rules: ruleShape },
    required: ["rules"],
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
      ...ifGiven(["remote_write", index, "remote_timeout"], remote_timeout),
      ...under(["remote_write", index], relabelProblems("write_relabel_configs", write_relabel_configs)),
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

/** Groups of a rule file, as far as it can be read: promtool has the last word on it, so nothing warns here. */
export function groupsOf(text: string): { name?: unknown; interval?: unknown; rules?: unknown }[] {
  try {
    const groups = (parse(text, { logLevel: "error" }) as { groups?: unknown } | null)?.groups;
    const isGroup = (each: unknown) => typeof each === "object" && each !== null;
    return Array.isArray(groups) ? groups.filter(isGroup) : [];
  } catch {
    return [];
  }
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
