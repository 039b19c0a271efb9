/** Where a Prometheus lives on a machine; one place for every path and name that more than one file needs. */
export const prometheusLayout = {
  user: "ha-monitoring-prometheus",
  unit: "ha-monitoring-prometheus.service",
  /** Socket and service that serve Prometheus on the overlay. */
  overlaySocket: "ha-monitoring-prometheus-overlay.socket",
  overlayUnit: "ha-monitoring-prometheus-overlay.service",
  unitDirectory: "/etc/systemd/system",
  directory: "/etc/ha-monitoring/prometheus",
  configFile: "/etc/ha-monitoring/prometheus/prometheus.yml",
  rulesDirectory: "/etc/ha-monitoring/prometheus/rules",
  targetsDirectory: "/etc/ha-monitoring/prometheus/targets",
  data: "/var/lib/ha-monitoring-prometheus",
  /** Scrapes of the stack's own services, for the program that waits until they work. */
  ownScrapesFile: "/etc/ha-monitoring/prometheus/own-scrapes",
  gateProgram: "/usr/local/libexec/ha-monitoring/prometheus-gate",
  reloadProgram: "/usr/local/libexec/ha-monitoring/prometheus-reload",
} as const;

/** The job in which every Prometheus scrapes itself. */
export const selfJob = "prometheus";

/** The rule file that typed rule groups are written to. */
export const ruleGroupsFile = "groups.yml";

/** The file that lists the targets of a job. */
export function targetsFile(job: string): string {
  return `${prometheusLayout.targetsDirectory}/${job}.json`;
}
