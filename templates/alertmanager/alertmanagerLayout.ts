/** Where an Alertmanager lives on a machine and in its container; one place for what more than one file needs. */
export const alertmanagerLayout = {
  container: "ha-monitoring-alertmanager",
  volume: "ha-monitoring-alertmanager",
  network: "ha-monitoring",
  imageRepository: "ha-monitoring/alertmanager",
  imageDirectory: "/etc/ha-monitoring/alertmanager-image",
  /** Remembers which images are on the machine because of us. */
  imageStateDirectory: "/var/lib/ha-monitoring-images",
  directory: "/etc/ha-monitoring/alertmanager",
  configFile: "/etc/ha-monitoring/alertmanager/alertmanager.yml",
  templatesDirectory: "/etc/ha-monitoring/alertmanager/templates",
  secretsDirectory: "/etc/ha-monitoring/alertmanager/secrets",
  gateProgram: "/usr/local/libexec/ha-monitoring/alertmanager-gate",
  imageProgram: "/usr/local/libexec/ha-monitoring/alertmanager-image",
  reloadProgram: "/usr/local/libexec/ha-monitoring/alertmanager-reload",
  watchProgram: "/usr/local/libexec/ha-monitoring/alertmanager-watch",
  watchUnit: "ha-monitoring-alertmanager-watch.service",
  watchUnitFile: "/etc/systemd/system/ha-monitoring-alertmanager-watch.service",
  watchTimer: "ha-monitoring-alertmanager-watch.timer",
  watchTimerFile: "/etc/systemd/system/ha-monitoring-alertmanager-watch.timer",
  /** Port on every peer's loopback address, inside the containers. */
  gossipPort: 9094,
  inContainer: {
    directory: "/etc/alertmanager",
    configFile: "/etc/alertmanager/alertmanager.yml",
    templatesDirectory: "/etc/alertmanager/templates",
    secretsDirectory: "/etc/alertmanager/secrets",
    data: "/alertmanager",
    sockets: "/sockets",
  },
} as const;
