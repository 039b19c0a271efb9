import type { PrometheusServerArgs } from "../components/prometheus/prometheusServer";
import { isPlain } from "./known";
import { problemAt, type Problem } from "./problem";
import { groupsOf, readableGroups, rulesOf } from "./prometheusConfig";
import { promqlProblem } from "./promql";

/** Checks the expressions of all rules, as data and in the texts of rule files as far as these can be read. */
export function expressionProblems({
  rules,
  ruleGroups,
}: Pick<PrometheusServerArgs, "rules" | "ruleGroups">): Problem[] {
  const ofData = readableGroups(ruleGroups).flatMap((group, index) =>
    rulesOf(group).flatMap(({ expr }, number) =>
      problemAt(["ruleGroups", index, "rules", number, "expr"], expressionProblem(expr)),
    ),
  );
  const texts = Object.entries(isPlain(rules) ? ((rules ?? {}) as Record<string, string>) : {});
  const ofTexts = texts.flatMap(([file, text]) =>
    groupsOf(text).flatMap(({ name, rules: all }) =>
      rulesIn(all).flatMap(({ alert, record, expr }) => {
        const says = expressionProblem(expr);
        return problemAt(
          ["rules", file],
          says && `group "${String(name)}", rule "${alert ?? record}": ${says}`,
        );
      }),
    ),
  );
  return [...ofData, ...ofTexts];
}

interface WrittenRule {
  alert?: string;
  record?: string;
  expr?: unknown;
}

/** The rules in a text of which only the shape of a mapping is known. */
export function rulesIn(value: unknown): WrittenRule[] {
  const isRule = (each: unknown) => typeof each === "object" && each !== null;
  return Array.isArray(value) ? value.filter(isRule) : [];
}

// Each monitor has the same rules.
const checked = new Map<string, string | undefined>();

/** An expression that is missing is a mistake of its own, and a number is one. */
function expressionProblem(expression: unknown): string | undefined {
  if (typeof expression !== "string" || expression === "") return undefined;
  if (!checked.has(expression)) checked.set(expression, promqlProblem(expression));
  const problem = checked.get(expression);
  return problem && `the expression is not PromQL: ${problem}`;
}
