/** Where a node_exporter lives on a machine; one place for every path and name that more than one file needs. */
export const nodeExporterLayout = {
  user: "ha-monitoring-node-exporter",
  unit: "ha-monitoring-node-exporter.service",
  unitFile: "/etc/systemd/system/ha-monitoring-node-exporter.service",
  socket: "ha-monitoring-node-exporter.socket",
  socketFile: "/etc/systemd/system/ha-monitoring-node-exporter.socket",
} as const;
