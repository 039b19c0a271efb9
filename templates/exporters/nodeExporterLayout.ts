/** Where a node_exporter lives on a machine; one place for every path and name that more than one file needs. */
export const nodeExporterLayout = {
  user: "ha-monitoring-node-exporter",
  unit: "ha-monitoring-node-exporter.service",
  unitFile: "/etc/systemd/system/ha-monitoring-node-exporter.service",
  sysctlFile: "/etc/sysctl.d/90-ha-monitoring-nonlocal-bind.conf",
  /** How the settings of the kernel were before us. */
  sysctlState: "/var/lib/ha-monitoring-nonlocal-bind",
  sysctlProgram: "/usr/local/libexec/ha-monitoring/nonlocal-bind",
} as const;
