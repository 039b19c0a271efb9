/** The most that `systemd-analyze security` may say of each of our services, on Debian 12 and 13; a service that is not here fails test/lab/delivery. */
export const exposures: Record<string, number> = {
  "ha-monitoring-alertmanager-watch.service": 0.7,
  "ha-monitoring-firewall.service": 1.6,
  "ha-monitoring-firewall-after-flush.service": 1.6,
  "ha-monitoring-firewall-deadman.service": 1.7,
  "ha-monitoring-gateway.service": 1.1,
  "ha-monitoring-node-exporter.service": 1.5,
  "ha-monitoring-prometheus.service": 1.1,
  "ha-monitoring-prometheus-overlay.service": 0.9,
  "ha-monitoring-wireguard.service": 1.9,
  "ha-monitoring-wireguard-routes.service": 1.6,
  "ha-monitoring-wireguard-watch.service": 1.8,
};

/** The same of exporters that are installed where the user asks for them, by release. */
export const exporterExposures: Record<string, number> = {
  blackbox_exporter: 1.4,
  "process-exporter": 1.2,
  systemd_exporter: 1.2,
  postgres_exporter: 1.0,
  mysqld_exporter: 1.0,
  redis_exporter: 1.0,
  snmp_exporter: 1.1,
  pushgateway: 1.0,
  statsd_exporter: 1.0,
};

/** The score in what `systemd-analyze security` prints. */
export function readExposure(output: string): number {
  const score = /Overall exposure level for \S+: ([\d.]+) /.exec(output)?.[1];
  if (score === undefined) throw new Error(`no score of systemd-analyze: ${output.slice(-300)}`);
  return Number(score);
}
