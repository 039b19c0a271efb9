import { nodeExporterDefaults } from "../model/defaults";
import { stackJobs } from "../model/stackModel";

/** Names of the scrape jobs that the rules read. */
export const jobDefaults = {
  node: nodeExporterDefaults.job,
  prometheus: stackJobs.prometheus,
  alertmanager: stackJobs.alertmanager,
  gateway: stackJobs.gateway,
};

/** Where the pages of docs/runbooks are. The project knows no address at which it is published. */
export const runbookDefault = "docs/runbooks";

/** What can be changed of an alert. */
export interface AlertDefaults {
  severity: string;
  /** How long the expression must hold; undefined: the first evaluation fires. */
  for?: string;
  /** The number that the expression compares with. */
  threshold?: number;
}

/**
 * Severity, duration and threshold of each alert. Severities: `critical` needs somebody now, `warning` needs somebody on the next working day.
 * "Mixin" stands for upstream's own rules: docs/node-mixin of node_exporter, documentation/prometheus-mixin of Prometheus and
 * doc/alertmanager-mixin of Alertmanager. Numbers without a source are this library's.
 */
export const alertDefaults = {
  /** Eight scrapes of the default interval of 15 s: a reboot of a droplet takes less. */
  HostDown: { severity: "critical", for: "2m" },
  /** Longer than an upgrade of node_exporter takes. */
  HostExporterDown: { severity: "warning", for: "10m" },
  /** Hours until the file system is full; mixin: NodeFilesystemSpaceFillingUp. */
  HostFileSystemFilling: { severity: "warning", for: "1h", threshold: 24 },
  /** Share of the size that is available; mixin: NodeFilesystemAlmostOutOfSpace. */
  HostFileSystemAlmostFull: { severity: "critical", for: "30m", threshold: 0.05 },
  /** Share of the inodes that is free; mixin: NodeFilesystemAlmostOutOfFiles. */
  HostInodesRunningOut: { severity: "warning", for: "1h", threshold: 0.05 },
  /** Share of the memory that is available; mixin: NodeMemoryHighUtilization. */
  HostMemoryLow: { severity: "warning", for: "15m", threshold: 0.1 },
  /** Share of the time in which all tasks wait for memory: systemd-oomd kills at 0.6 (DefaultMemoryPressureLimit) within 30 s. */
  HostMemoryPressure: { severity: "warning", for: "10m", threshold: 0.1 },
  /** Processes that the kernel killed in 10 minutes. */
  HostOutOfMemoryKill: { severity: "warning", threshold: 0 },
  /** A remount during the boot is over by then. */
  HostFileSystemReadOnly: { severity: "critical", for: "5m" },
  /** Mixin: NodeClockNotSynchronising. */
  HostClockNotSynchronised: { severity: "warning", for: "10m" },
  /** Seconds: Prometheus' default scrape_timeout is 10 s, so that a slow scrape is no difference of clocks. */
  HostClockWrong: { severity: "warning", for: "5m", threshold: 10 },
  /** Share of the packets; mixin: NodeNetworkReceiveErrs. */
  HostNetworkReceiveErrors: { severity: "warning", for: "1h", threshold: 0.01 },
  /** Share of the packets; mixin: NodeNetworkTransmitErrs. */
  HostNetworkTransmitErrors: { severity: "warning", for: "1h", threshold: 0.01 },
  /** Share of the table; mixin: NodeHighNumberConntrackEntriesUsed. */
  HostConntrackNearLimit: { severity: "warning", for: "5m", threshold: 0.75 },

  /** As for a host. */
  PrometheusDown: { severity: "critical", for: "2m" },
  /** More than twice the 120 s in which a start must be over (`readyWithinSeconds`). */
  PrometheusNotReady: { severity: "warning", for: "5m" },
  /** Mixin: PrometheusBadConfig. */
  PrometheusConfigReloadFailed: { severity: "critical", for: "10m" },
  /** Failures in 5 minutes; mixin: PrometheusRuleFailures. */
  PrometheusRuleFailures: { severity: "critical", for: "15m", threshold: 0 },
  /** Evaluations that were left out in 5 minutes; mixin: PrometheusMissingRuleEvaluations. */
  PrometheusRuleEvaluationSlow: { severity: "warning", for: "15m", threshold: 0 },
  /** Alerts in 5 minutes: each is sent again after a minute, so that single losses are repaired. */
  PrometheusNotificationsDropped: { severity: "warning", for: "10m", threshold: 0 },
  /** Share of the alerts; mixin: PrometheusErrorSendingAlertsToSomeAlertmanagers. */
  PrometheusNotificationErrors: { severity: "warning", for: "15m", threshold: 0.01 },
  /** Mixin: PrometheusNotConnectedToAlertmanagers. */
  PrometheusNoAlertmanager: { severity: "critical", for: "10m" },
  /** Failures in 3 hours; mixin: PrometheusTSDBCompactionsFailing. */
  PrometheusCompactionsFailing: { severity: "warning", for: "4h", threshold: 0 },
  /** Failures in 3 hours; mixin: PrometheusTSDBReloadsFailing. */
  PrometheusBlockReloadsFailing: { severity: "warning", for: "4h", threshold: 0 },
  /** Failures of writes, truncations and checkpoints, and corruptions, in 1 hour: samples may be lost at the next start. */
  PrometheusWalTrouble: { severity: "critical", for: "1m", threshold: 0 },
  /** Scrapes in 5 minutes; mixin: PrometheusScrapeSampleLimitHit. */
  PrometheusScrapeLimitHit: { severity: "warning", for: "15m", threshold: 0 },
  /** Reloads in 5 minutes; mixin: PrometheusTargetLimitHit. */
  PrometheusTargetLimitHit: { severity: "warning", for: "15m", threshold: 0 },
  /** Seconds: half of Prometheus' default scrape_timeout of 10 s. */
  PrometheusScrapeSlow: { severity: "warning", for: "15m", threshold: 5 },
  /** Share of all series that is new within 1 hour. A restart counts all of them as new for 1 hour, so it must last longer. */
  PrometheusSeriesChurn: { severity: "warning", for: "2h", threshold: 0.5 },

  /** As for a host. */
  AlertmanagerDown: { severity: "critical", for: "2m" },
  /** Mixin: AlertmanagerFailedReload. */
  AlertmanagerConfigReloadFailed: { severity: "critical", for: "10m" },
  /** Mixin: AlertmanagerMembersInconsistent. */
  AlertmanagerMembersMissing: { severity: "critical", for: "15m" },
  /** Peers; an Alertmanager tries to reach one that failed every 10 s (`--cluster.reconnect-interval`). */
  AlertmanagerPeersFailed: { severity: "warning", for: "10m", threshold: 0 },
  /** Mixin: AlertmanagerConfigInconsistent. */
  AlertmanagerConfigsDiffer: { severity: "critical", for: "20m" },
  /** Share of the notifications; mixin: AlertmanagerFailedToSendAlerts. */
  AlertmanagerNotificationsFailing: { severity: "critical", for: "5m", threshold: 0.01 },
  /** Restarts in 30 minutes: an upgrade makes one or two. */
  AlertmanagerCrashLooping: { severity: "critical", threshold: 2 },
  /** Bytes: 80 % of the 20 MiB of memberlist (maxPushStateBytes), above which peers of Alertmanager 0.34 refuse a full state. */
  AlertmanagerStateLarge: { severity: "warning", for: "15m", threshold: 16 * 1024 * 1024 },

  /** As for a host. */
  GatewayDown: { severity: "critical", for: "2m" },
  /** Connections in 15 minutes, about one in 9 s: more than scans of a public address bring. */
  GatewayRefusalsRising: { severity: "warning", for: "15m", threshold: 100 },
  /** Connections in 5 minutes; a peer that restarts costs a few. */
  GatewayHandshakesFailing: { severity: "warning", for: "10m", threshold: 5 },
  /** Share of the limit. */
  GatewayConnectionsNearLimit: { severity: "warning", for: "5m", threshold: 0.8 },
} as const satisfies Record<string, AlertDefaults>;

/** The name of an alert of this library. */
export type AlertName = keyof typeof alertDefaults;

/** The names of all alerts, in the order of their groups. */
export const alertNames = Object.keys(alertDefaults) as AlertName[];
