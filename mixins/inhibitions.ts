import type { AlertmanagerInhibitRule } from "../components/alertmanager/alertmanagerConfig";
import { alertSettings, type AlertRulesArgs } from "./config";
import type { AlertName } from "./defaults";

interface Inhibition {
  source: AlertName;
  /** Matchers of what is muted. */
  targets: string[];
  equal: string[];
}

const inhibitions: Inhibition[] = [
  // Every label `instance` of a stack is the name of a host. Alerts without the label have another value than the source.
  { source: "HostDown", targets: ['alertname!="HostDown"'], equal: ["instance"] },
  {
    source: "HostFileSystemAlmostFull",
    targets: ['alertname="HostFileSystemFilling"'],
    equal: ["instance", "mountpoint"],
  },
  // Peers of an Alertmanager that is down have other instances.
  { source: "AlertmanagerDown", targets: ['alertname="AlertmanagerPeersFailed"'], equal: ["job"] },
  {
    source: "PrometheusNotificationErrors",
    targets: ['alertname="PrometheusNotificationsDropped"'],
    equal: ["instance", "alertmanager"],
  },
];

/**
 * Inhibition rules for `inhibit_rules` of Alertmanager's configuration: a host that is down mutes every alert with its name in the label
 * `instance`, and a cause mutes what follows from it.
 *
 * @param args the same as those of alertingRules: what is left out there mutes nothing.
 * @throws Error with every mistake in the arguments.
 */
export function inhibitionRules(args: AlertRulesArgs = {}): AlertmanagerInhibitRule[] {
  const { alerts } = alertSettings(args);
  return inhibitions
    .filter(({ source }) => alerts[source] !== undefined)
    .map(({ source, targets, equal }) => ({
      source_matchers: [`alertname="${source}"`],
      target_matchers: targets,
      equal,
    }));
}
