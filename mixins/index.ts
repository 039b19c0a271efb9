import type { PrometheusRuleGroup } from "../components/prometheus/prometheusConfig";
import { alertmanagerRules } from "./alertmanager";
import { alertSettings, type AlertRulesArgs } from "./config";
import { gatewayRules } from "./gateway";
import { hostRules } from "./hosts";
import { prometheusRules } from "./prometheus";

export type { AlertJobs, AlertOverride, AlertRulesArgs } from "./config";
export type { AlertName } from "./defaults";
export { inhibitionRules } from "./inhibitions";

/**
 * Alert rules about hosts, Prometheus, Alertmanager and gateways, for `ruleGroups` of MonitoringStack and PrometheusServer. A change of the
 * rules is a reload of each Prometheus.
 *
 * @param args what differs from the defaults of docs/alert-rules.md.
 * @throws Error with every mistake in the arguments.
 */
export function alertingRules(args: AlertRulesArgs = {}): PrometheusRuleGroup[] {
  const settings = alertSettings(args);
  return [
    ...hostRules(settings),
    ...prometheusRules(settings),
    ...alertmanagerRules(settings),
    ...gatewayRules(settings),
  ];
}
