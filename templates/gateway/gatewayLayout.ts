/** Where the gateway lives on a machine; one place for every path and name that more than one file needs. */
export const gatewayLayout = {
  user: "ha-monitoring-gateway",
  unit: "ha-monitoring-gateway.service",
  unitFile: "/etc/systemd/system/ha-monitoring-gateway.service",
  directory: "/etc/ha-monitoring/gateway",
  configFile: "/etc/ha-monitoring/gateway/haproxy.cfg",
  /** On tmpfs; survives a restart of the unit, so that a container that mounts it never holds a directory of the past. */
  runtimeDirectory: "/run/ha-monitoring-gateway",
  pidFile: "/run/ha-monitoring-gateway/haproxy.pid",
  /** The only thing that the gateway and an Alertmanager share. */
  socketDirectory: "/run/ha-monitoring-gateway/sockets",
  inboundStream: "inbound-stream.sock",
  inboundDatagram: "inbound-datagram.sock",
  api: "api.sock",
} as const;

/** Socket by which the local Alertmanager reaches a peer, relative to the socket directory. */
export function outboundSocket(peer: string, channel: "stream" | "datagram"): string {
  return `outbound-${channel}-${peer}.sock`;
}
