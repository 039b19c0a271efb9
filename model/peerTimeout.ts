import type { PrometheusServerArgs } from "../components/prometheus/prometheusServer";
import { scrapingDefaults, withDefaults } from "./defaults";
import { parseDuration } from "./durations";
import { isPlain } from "./known";
import { problemAt, type Problem } from "./problem";
import { groupsOf, readableGroups } from "./prometheusConfig";
import { rulesIn } from "./ruleExpressions";

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
  const groups = [...readableGroups(args.ruleGroups), ...texts.flatMap(groupsOf)];
  const intervals = groupsOfAlerts(groups).map(({ interval }) => interval);
  return [evaluationInterval, ...intervals.filter((each) => typeof each === "string")];
}

interface Rules {
  interval?: unknown;
  rules?: unknown;
}

/** The groups that have alerts, and those that record series on which an alert depends, directly or through other records. */
function groupsOfAlerts(groups: readonly Rules[]): Rules[] {
  const all = groups.map((group) => ({ group, rules: rulesIn(group.rules) }));
  const rules = all.flatMap((each) => each.rules);
  const needed = new Set(rules.filter(({ alert }) => Boolean(alert)));
  const names = [...needed].flatMap(namesInExpression);
  for (let name = names.pop(); name !== undefined; name = names.pop()) {
    for (const rule of rules) {
      if (rule.record !== name || needed.has(rule)) continue;
      needed.add(rule);
      names.push(...namesInExpression(rule));
    }
  }
  return all.filter((each) => each.rules.some((rule) => needed.has(rule))).map(({ group }) => group);
}

// Every word may be the name of a series, and so may every text in quotes: {"name.of.series"} and {__name__="name"}.
function namesInExpression({ expr }: { expr?: unknown }): string[] {
  if (typeof expr !== "string") return [];
  const words = expr.match(/[a-zA-Z_:][\w:]*/g) ?? [];
  const quoted = [...expr.matchAll(/"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'/g)].map(
    ([, double, single = ""]) => double ?? single,
  );
  return [...new Set([...words, ...quoted])];
}
