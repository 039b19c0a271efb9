import type { PrometheusRule, PrometheusRuleGroup } from "../components/prometheus/prometheusConfig";
import type { AlertSettings } from "./config";
import type { AlertName } from "./defaults";

/** What an alert says beside its settings. Both texts are Go templates of Prometheus. */
export interface AlertText {
  expr: string;
  summary: string;
  description: string;
}

/** An alert as a function of its threshold, which is NaN for an alert on a state. */
export type AlertTexts = Partial<Record<AlertName, (threshold: number) => AlertText>>;

/** A group of the alerts that are not left out; none where all are. */
export function alertGroup(name: string, texts: AlertTexts, settings: AlertSettings): PrometheusRuleGroup[] {
  const rules = Object.entries(texts).flatMap(([alert, text]) => {
    const chosen = settings.alerts[alert as AlertName];
    return chosen === undefined ? [] : [ruleOf(alert, text(chosen.threshold ?? NaN), chosen, settings)];
  });
  return rules.length === 0 ? [] : [{ name: `ha-monitoring-${name}`, rules }];
}

function ruleOf(
  alert: string,
  { expr, summary, description }: AlertText,
  { severity, for: duration }: { severity: string; for?: string },
  { runbookBaseUrl }: AlertSettings,
): PrometheusRule {
  return {
    alert,
    expr,
    ...(duration === undefined ? {} : { for: duration }),
    labels: { severity },
    annotations: { summary, description, runbook_url: `${runbookBaseUrl}/${alert}.md` },
  };
}

/** A share as people write it: 0.05 is `5 %`. */
export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(6))} %`;
}
