/** Where an Alertmanager lives on a machine and in its container; one place for what more than one file needs. */
export const alertmanagerLayout = {
  container: "ha-monitoring-alertmanager",
  volume: "ha-monitoring-alertmanager",
  network: "ha-monitoring",
  /** Label of the images that are built on machines, so that old ones can be found. */
  imageLabel: "ha-monitoring.image=alertmanager",
  imageRepository: "ha-monitoring/alertmanager",
  imageDirectory: "/etc/ha-monitoring/alertmanager-image",
  directory: "/etc/ha-monitoring/alertmanager",
  configFile: "/etc/ha-monitoring/alertmanager/alertmanager.yml",
  templatesDirectory: "/etc/ha-monitoring/alertmanager/templates",
  programDirectories: ["/usr/local/libexec", "/usr/local/libexec/ha-monitoring"],
  gateProgram: "/usr/local/libexec/ha-monitoring/alertmanager-gate",
  reloadProgram: "/usr/local/libexec/ha-monitoring/alertmanager-reload",
  /** Port on every peer's loopback address, inside the containers. */
  gossipPort: 9094,
  inContainer: {
    directory: "/etc/alertmanager",
    configFile: "/etc/alertmanager/alertmanager.yml",
    templatesDirectory: "/etc/alertmanager/templates",
    data: "/alertmanager",
    sockets: "/sockets",
  },
} as const;
