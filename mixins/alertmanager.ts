import type { PrometheusRuleGroup } from "../components/prometheus/prometheusConfig";
import type { AlertSettings } from "./config";
import { alertGroup, percent, type AlertTexts } from "./rules";

const peer = "Alertmanager on {{ $labels.instance }}";

/** Alerts about Alertmanagers and their cluster. */
export function alertmanagerRules(settings: AlertSettings): PrometheusRuleGroup[] {
  const of = `{job="${settings.jobs.alertmanager}"}`;
  return [
    ...alertGroup("alertmanager", { ...availability(of), ...notifications(of) }, settings),
    ...alertGroup("alertmanager-cluster", cluster(of), settings),
  ];
}

function availability(of: string): AlertTexts {
  return {
    AlertmanagerDown: () => ({
      expr: `up${of} == 0`,
      summary: `${peer} is down`,
      description: `${peer} does not answer scrapes, neither directly nor through its gateway. The others notify.`,
    }),
    AlertmanagerConfigReloadFailed: () => ({
      expr: `alertmanager_config_last_reload_successful${of} == 0`,
      summary: `${peer} runs an old configuration`,
      description: `The last reload of the configuration of ${peer} failed. It goes on with the configuration of before.`,
    }),
    AlertmanagerCrashLooping: (restarts) => ({
      expr: `changes(process_start_time_seconds${of}[30m]) > ${restarts}`,
      summary: `${peer} restarts again and again`,
      description: `${peer} started {{ $value }} times in the last 30 minutes.`,
    }),
  };
}

function notifications(of: string): AlertTexts {
  const sum = (name: string) => `sum by (job, instance, integration) (rate(${name}${of}[5m]))`;
  return {
    AlertmanagerNotificationsFailing: (share) => ({
      expr: `${sum("alertmanager_notifications_failed_total")} / ${sum("alertmanager_notifications_total")} > ${share}`,
      summary: `${peer} cannot notify by {{ $labels.integration }}`,
      description: `{{ $value | humanizePercentage }} of the notifications by {{ $labels.integration }} from {{ $labels.instance }} failed in the last 5 minutes; the limit is ${percent(share)}.`,
    }),
  };
}

function cluster(of: string): AlertTexts {
  const state = (name: string) => `alertmanager_${name}_snapshot_size_bytes${of}`;
  return {
    AlertmanagerMembersMissing: () => ({
      // Those that do not answer have an alert of their own.
      expr: `max_over_time(alertmanager_cluster_members${of}[5m]) < on (job) group_left () count by (job) (up${of} == 1)`,
      summary: `${peer} does not see all members`,
      description: `${peer} sees {{ $value }} members of the cluster, itself included; more Alertmanagers answer scrapes. Both parts notify, so messages arrive twice.`,
    }),
    AlertmanagerPeersFailed: (count) => ({
      expr: `alertmanager_cluster_failed_peers${of} > ${count}`,
      summary: `${peer} has lost peers`,
      description: `${peer} cannot reach {{ $value }} peers by gossip.`,
    }),
    AlertmanagerConfigsDiffer: () => ({
      expr: `count by (job) (count_values by (job) ("hash", alertmanager_config_hash${of})) > 1`,
      summary: "The Alertmanagers have different configurations",
      description:
        "The Alertmanagers of job {{ $labels.job }} have {{ $value }} different configurations: who is notified depends on which one is first.",
    }),
    AlertmanagerStateLarge: (bytes) => ({
      expr: `${state("silences")} + ${state("nflog")} > ${bytes}`,
      summary: `The state of ${peer} is almost too large for its peers`,
      description: `Silences and notification log of ${peer} take {{ $value | humanize1024 }}B; the limit is ${bytes / 1024 / 1024} MiB. Peers that refuse a full state notify twice after a restart.`,
    }),
  };
}
