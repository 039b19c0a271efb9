import type { PrometheusServerArgs } from "../components/prometheus/prometheusServer";
import { prometheusFunctions } from "./goTemplateFunctions";
import { mistakeSentence } from "./goTemplateMistakes";
import { parseTemplate } from "./goTemplateParser";
import { prometheusTypes } from "./goTemplateTypes";
import { templateMisuses, type TemplateFunction } from "./goTemplateUse";
import { isPlain } from "./known";
import { didYouMean } from "./nearest";
import { mapping } from "./mappings";
import { problemAt, type Path, type Problem } from "./problem";
import { groupsOf, readableGroups } from "./prometheusConfig";
import { promqlProblem } from "./promql";
import type { PrometheusFeatures } from "./versions";

/**
 * Checks the templates in labels and annotations of alerting rules, as data and in the texts of rule files as far as these can be read.
 * Recording rules have none.
 *
 * @param features what is known of this Prometheus.
 */
export function ruleTemplateProblems(
  { rules, ruleGroups }: Pick<PrometheusServerArgs, "rules" | "ruleGroups">,
  features: KnownFeatures,
): Problem[] {
  const ofData = readableGroups(ruleGroups).flatMap((group, index) =>
    templatesOf(group).flatMap(({ path, text }) =>
      problemAt(["ruleGroups", index, ...path], ruleTemplateProblem(text, features)),
    ),
  );
  const files = Object.entries(isPlain(rules) ? ((rules ?? {}) as Record<string, string>) : {});
  const ofTexts = files.flatMap(([file, content]) =>
    groupsOf(content).flatMap((group) =>
      templatesOf(group).flatMap(({ words, text }) => {
        const says = ruleTemplateProblem(text, features);
        return problemAt(["rules", file], says && `group "${String(group.name)}", ${words}: ${says}`);
      }),
    ),
  );
  return [...ofData, ...ofTexts];
}

type KnownFeatures = Pick<PrometheusFeatures, "knownTemplates" | "knownPromql">;

/** A query that is written as a text is checked like the expression of a rule. */
const query: TemplateFunction = {
  ...(prometheusFunctions.query as TemplateFunction),
  literal: (text) => {
    const problem = promqlProblem(text);
    return problem && `the query is not PromQL: ${problem}`;
  },
};

interface RuleTemplate {
  path: Path;
  /** The path inside of a text. */
  words: string;
  text: string;
}

/** Labels of a group are labels of its alerts. */
function templatesOf(group: { labels?: unknown; rules?: unknown }): RuleTemplate[] {
  const all = (Array.isArray(group.rules) ? group.rules : []) as unknown[];
  const alerts = all.flatMap((rule, number) => {
    const { alert, labels, annotations } = mapping(rule);
    return typeof alert === "string" && alert !== "" ? [{ alert, labels, annotations, number }] : [];
  });
  if (alerts.length === 0) return [];
  return [
    ...textsOf("labels", group.labels, [], ""),
    ...alerts.flatMap(({ alert, labels, annotations, number }) => [
      ...textsOf("labels", labels, ["rules", number], `rule "${alert}", `),
      ...textsOf("annotations", annotations, ["rules", number], `rule "${alert}", `),
    ]),
  ];
}

function textsOf(kind: "labels" | "annotations", values: unknown, path: Path, words: string): RuleTemplate[] {
  return Object.entries(mapping(values)).flatMap(([name, text]) =>
    typeof text === "string" && text.includes("{{")
      ? [{ path: [...path, kind, name], words: `${words}${kind.slice(0, -1)} "${name}"`, text }]
      : [],
  );
}

// Each monitor has the same rules.
const checked = new Map<string, string | undefined>();

/** Reads what is wrong with the template of a label or of an annotation. */
export function ruleTemplateProblem(text: string, features: KnownFeatures): string | undefined {
  const key = JSON.stringify([features.knownTemplates, features.knownPromql, text]);
  if (!checked.has(key)) checked.set(key, firstProblem(text, features));
  return checked.get(key);
}

/** Variables that Prometheus declares before each text (testTemplateParsing in model/rulefmt/rulefmt.go), with their types. */
const variables: Record<string, string | undefined> = {
  $labels: "labels",
  $externalLabels: "labels",
  $externalURL: "text",
  $value: undefined,
};

function firstProblem(text: string, { knownTemplates, knownPromql }: KnownFeatures): string | undefined {
  const withoutQueries = knownTemplates ? prometheusFunctions : undefined;
  const functions = withoutQueries && knownPromql ? { ...withoutQueries, query } : withoutQueries;
  const parsed = parseTemplate(text, {
    functions,
    variables: Object.keys(variables),
    unknownFunction: (name) => {
      const isVariable = Object.hasOwn(variables, `$${name}`);
      return isVariable ? `; write $${name}` : didYouMean(name, Object.keys(prometheusFunctions));
    },
  });
  if (parsed === undefined) return undefined;
  if ("says" in parsed) return mistakeSentence(text, parsed);
  const body = (statements: typeof parsed.own) => ({
    source: text,
    body: statements,
    assigned: parsed.assigned,
  });
  const templates = new Map([...parsed.defined].map(([name, statements]) => [name, body(statements)]));
  const [first] = templateMisuses([{ template: body(parsed.own), dot: "alert" }], {
    functions: functions ?? {},
    types: knownTemplates ? prometheusTypes : {},
    variables,
    templates,
    isTemplate: () => false,
    names: [...templates.keys()],
  });
  return first && mistakeSentence(text, first);
}
