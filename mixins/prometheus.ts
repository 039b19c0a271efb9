import type { PrometheusRuleGroup } from "../components/prometheus/prometheusConfig";
import type { AlertSettings } from "./config";
import { alertGroup, percent, type AlertTexts } from "./rules";

const server = "Prometheus on {{ $labels.instance }}";

/** Alerts about Prometheus servers, which scrape each other. */
export function prometheusRules(settings: AlertSettings): PrometheusRuleGroup[] {
  const of = `{job="${settings.jobs.prometheus}"}`;
  return [
    ...alertGroup("prometheus", { ...availability(of), ...rules(of) }, settings),
    ...alertGroup("prometheus-notifications", notifications(of), settings),
    ...alertGroup("prometheus-storage", storage(of), settings),
    ...alertGroup("prometheus-scrapes", scrapes(of), settings),
  ];
}

function availability(of: string): AlertTexts {
  return {
    PrometheusDown: () => ({
      expr: `up${of} == 0`,
      summary: `${server} is down`,
      description: `${server} does not answer scrapes of the other monitors. Rules are evaluated by the others.`,
    }),
    PrometheusNotReady: () => ({
      expr: `prometheus_ready${of} == 0`,
      summary: `${server} is not ready`,
      description: `${server} answers, but has not ended its start: it reads its database, and neither scrapes nor evaluates rules.`,
    }),
    PrometheusConfigReloadFailed: () => ({
      expr: `prometheus_config_last_reload_successful${of} == 0`,
      summary: `${server} runs an old configuration`,
      description: `The last reload of the configuration of ${server} failed. It goes on with the configuration of before.`,
    }),
  };
}

function rules(of: string): AlertTexts {
  const group = "the rule group {{ $labels.rule_group }}";
  return {
    PrometheusRuleFailures: (count) => ({
      expr: `increase(prometheus_rule_evaluation_failures_total${of}[5m]) > ${count}`,
      summary: `${server} cannot evaluate rules`,
      description: `{{ printf "%.0f" $value }} evaluations of ${group} on {{ $labels.instance }} failed in the last 5 minutes. Alerts of these rules do not fire there.`,
    }),
    PrometheusRuleEvaluationSlow: (count) => ({
      expr: `increase(prometheus_rule_group_iterations_missed_total${of}[5m]) > ${count}`,
      summary: `${server} evaluates rules too slowly`,
      description: `{{ printf "%.0f" $value }} evaluations of ${group} on {{ $labels.instance }} were left out in the last 5 minutes, because the one before was not over.`,
    }),
  };
}

function notifications(of: string): AlertTexts {
  const lost = `increase(prometheus_notifications_errors_total${of}[5m])`;
  const sent = `increase(prometheus_notifications_sent_total${of}[5m])`;
  return {
    PrometheusNotificationsDropped: (count) => ({
      expr: `increase(prometheus_notifications_dropped_total${of}[5m]) > ${count}`,
      summary: `${server} loses alerts for one Alertmanager`,
      description: `{{ printf "%.0f" $value }} alerts from {{ $labels.instance }} to {{ $labels.alertmanager }} were dropped in the last 5 minutes.`,
    }),
    PrometheusNotificationErrors: (share) => ({
      expr: `${lost} / ${sent} > ${share}`,
      summary: `${server} cannot send alerts to one Alertmanager`,
      description: `{{ $value | humanizePercentage }} of the alerts from {{ $labels.instance }} to {{ $labels.alertmanager }} had errors in the last 5 minutes; the limit is ${percent(share)}.`,
    }),
    PrometheusNoAlertmanager: () => ({
      expr: `prometheus_notifications_alertmanagers_discovered${of} < 1`,
      summary: `${server} has no Alertmanager`,
      description: `${server} knows of {{ $value }} Alertmanagers: its alerts go nowhere.`,
    }),
  };
}

function storage(of: string): AlertTexts {
  const wal = [
    "prometheus_tsdb_wal_writes_failed_total",
    "prometheus_tsdb_wal_truncations_failed_total",
    "prometheus_tsdb_wal_corruptions_total",
    "prometheus_tsdb_checkpoint_creations_failed_total",
  ];
  return {
    PrometheusCompactionsFailing: (count) => ({
      expr: `increase(prometheus_tsdb_compactions_failed_total${of}[3h]) > ${count}`,
      summary: `${server} cannot compact its database`,
      description: `{{ printf "%.0f" $value }} compactions on {{ $labels.instance }} failed in the last 3 hours. Disk and memory grow until one succeeds.`,
    }),
    PrometheusBlockReloadsFailing: (count) => ({
      expr: `increase(prometheus_tsdb_reloads_failures_total${of}[3h]) > ${count}`,
      summary: `${server} cannot read its blocks`,
      description: `{{ printf "%.0f" $value }} reloads of blocks from disk on {{ $labels.instance }} failed in the last 3 hours.`,
    }),
    PrometheusWalTrouble: (count) => ({
      expr: `${wal.map((name) => `increase(${name}${of}[1h])`).join(" + ")} > ${count}`,
      summary: `${server} has trouble with its write-ahead log`,
      description: `{{ printf "%.0f" $value }} writes, truncations or checkpoints of the write-ahead log on {{ $labels.instance }} failed, or corruptions were found, in the last hour. A restart may lose samples of the last hours.`,
    }),
    PrometheusSeriesChurn: (share) => ({
      expr: `increase(prometheus_tsdb_head_series_created_total${of}[1h]) / prometheus_tsdb_head_series${of} > ${share}`,
      summary: `${server} gets too many new series`,
      description: `New series within one hour on {{ $labels.instance }} are {{ $value | humanizePercentage }} of all that it has in memory; the limit is ${percent(share)}. A label whose values change often uses up memory.`,
    }),
  };
}

function scrapes(of: string): AlertTexts {
  const limits = [
    "prometheus_target_scrapes_exceeded_sample_limit_total",
    "prometheus_target_scrapes_exceeded_body_size_limit_total",
    "prometheus_target_scrape_pool_exceeded_label_limits_total",
  ];
  return {
    PrometheusScrapeLimitHit: (count) => ({
      expr: `${limits.map((name) => `increase(${name}${of}[5m])`).join(" + ")} > ${count}`,
      summary: `${server} refuses scrapes above a limit`,
      description: `{{ printf "%.0f" $value }} scrapes on {{ $labels.instance }} in the last 5 minutes brought more samples, bytes or labels than the limits of their job. Prometheus took nothing of them.`,
    }),
    PrometheusTargetLimitHit: (count) => ({
      expr: `increase(prometheus_target_scrape_pool_exceeded_target_limit_total${of}[5m]) > ${count}`,
      summary: `${server} has a job with too many targets`,
      description: `A job on {{ $labels.instance }} had more targets than its target_limit {{ printf "%.0f" $value }} times in the last 5 minutes. All of its scrapes fail.`,
    }),
    PrometheusScrapeSlow: (seconds) => ({
      expr: `scrape_duration_seconds > ${seconds}`,
      summary: "A scrape of {{ $labels.job }} on {{ $labels.instance }} is slow",
      description: `A scrape of {{ $labels.job }} on {{ $labels.instance }} takes {{ $value | humanizeDuration }}; the limit is ${seconds} s. Above the time-out of the job it fails.`,
    }),
  };
}
