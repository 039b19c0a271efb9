import { boundary, growing, steady, type AlertCase } from "./cases";

const of = { job: "prometheus", instance: "monitor-a" };
const server = 'job="prometheus",instance="monitor-a"';

/** A state that fires with a value. */
const state = (metric: string, fires: number, silent: number, minutes: number) =>
  boundary({
    series: (value) => ({ [`${metric}{${server}}`]: value }),
    ...{ fires: steady(fires), silent: [steady(silent)], holds: 0, minutes, labels: of },
  });

/** A counter of which any growth fires. */
const counter = (metric: string, minutes: number, more: Record<string, string> = {}) => {
  const labels = { ...of, ...more };
  const written = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  return boundary({
    series: (value) => ({ [`${metric}{${written.join(",")}}`]: value }),
    ...{ fires: growing(1), silent: [growing(0)], holds: 1, minutes, labels },
  });
};

/** Several counters, each of which fires alone. */
const anyOf = (metrics: string[], minutes: number) =>
  metrics.flatMap((metric) =>
    boundary({
      series: (value) =>
        Object.fromEntries(
          metrics.map((each) => [`${each}{${server}}`, each === metric ? value : growing(0)]),
        ),
      ...{ fires: growing(1), silent: [growing(0)], holds: 1, minutes, labels: of },
    }),
  );

const alertmanager = "http://[fd00::1]:9093/api/v2/alerts";

/** Cases of the alerts about Prometheus. */
export const prometheusCases: Record<string, AlertCase[]> = {
  PrometheusDown: state("up", 0, 1, 2),
  PrometheusNotReady: state("prometheus_ready", 0, 1, 5),
  PrometheusConfigReloadFailed: state("prometheus_config_last_reload_successful", 0, 1, 10),
  PrometheusRuleFailures: counter("prometheus_rule_evaluation_failures_total", 15, { rule_group: "a;b" }),
  PrometheusRuleEvaluationSlow: counter("prometheus_rule_group_iterations_missed_total", 15, {
    rule_group: "a;b",
  }),
  PrometheusNotificationsDropped: [
    ...counter("prometheus_notifications_dropped_total", 10, { alertmanager }),
    {
      says: "one loss",
      series: {
        [`prometheus_notifications_dropped_total{${server},alertmanager="${alertmanager}"}`]: "0x10 5x100",
      },
      fires: { 12: [], 15: [], 21: [] },
    },
  ],
  PrometheusNotificationErrors: boundary({
    series: (value) => ({
      [`prometheus_notifications_errors_total{${server},alertmanager="${alertmanager}"}`]: value,
      [`prometheus_notifications_sent_total{${server},alertmanager="${alertmanager}"}`]: growing(1000),
      [`prometheus_notifications_errors_total{${server},alertmanager="other"}`]: growing(0),
      [`prometheus_notifications_sent_total{${server},alertmanager="other"}`]: growing(1000),
    }),
    ...{ fires: growing(11), silent: [growing(9), growing(0)], holds: 1, minutes: 15 },
    labels: { ...of, alertmanager },
  }),
  PrometheusNoAlertmanager: state("prometheus_notifications_alertmanagers_discovered", 0, 1, 10),
  PrometheusCompactionsFailing: [
    ...counter("prometheus_tsdb_compactions_failed_total", 240),
    {
      says: "one failure",
      series: { [`prometheus_tsdb_compactions_failed_total{${server}}`]: "0x10 1x500" },
      fires: { 189: [], 260: [], 400: [] },
    },
  ],
  PrometheusBlockReloadsFailing: counter("prometheus_tsdb_reloads_failures_total", 240),
  PrometheusWalTrouble: anyOf(
    [
      "prometheus_tsdb_wal_writes_failed_total",
      "prometheus_tsdb_wal_truncations_failed_total",
      "prometheus_tsdb_wal_corruptions_total",
      "prometheus_tsdb_checkpoint_creations_failed_total",
    ],
    1,
  ),
  PrometheusScrapeLimitHit: anyOf(
    [
      "prometheus_target_scrapes_exceeded_sample_limit_total",
      "prometheus_target_scrapes_exceeded_body_size_limit_total",
      "prometheus_target_scrape_pool_exceeded_label_limits_total",
    ],
    15,
  ),
  PrometheusTargetLimitHit: counter("prometheus_target_scrape_pool_exceeded_target_limit_total", 15),
  PrometheusScrapeSlow: boundary({
    series: (value) => ({ 'scrape_duration_seconds{job="node",instance="web"}': value }),
    ...{ fires: steady(5.1), silent: [steady(5), steady(0.2)], holds: 0, minutes: 15 },
    labels: { job: "node", instance: "web" },
  }),
  PrometheusSeriesChurn: [
    ...boundary({
      series: (value) => ({
        [`prometheus_tsdb_head_series_created_total{${server}}`]: value,
        [`prometheus_tsdb_head_series{${server}}`]: steady(60000),
      }),
      ...{
        fires: growing(510),
        silent: [growing(490), growing(0)],
        holds: 1,
        minutes: 120,
        labels: of,
      },
    }).map(slowStart),
    {
      says: "a restart counts all series as new for an hour",
      series: {
        [`prometheus_tsdb_head_series_created_total{${server}}`]: "100000x100 60000x400",
        [`prometheus_tsdb_head_series{${server}}`]: steady(60000),
      },
      fires: { 150: [], 221: [], 300: [] },
    },
  ],
};

/** Before there is a whole hour of samples, the growth of an hour is less. */
function slowStart({ says, series, fires }: AlertCase): AlertCase {
  const labels = Object.values(fires).flat()[0];
  return { says, series, fires: labels ? { 120: [], 180: [labels], 300: [labels] } : fires };
}
