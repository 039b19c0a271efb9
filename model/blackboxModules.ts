/** Modules of the blackbox_exporter where the user gives no configuration. */
export const blackboxModules = {
  http_2xx: { prober: "http", timeout: "5s" },
  tcp_connect: { prober: "tcp", timeout: "5s" },
  icmp: { prober: "icmp", timeout: "5s" },
  // Every server of DNS that resolves names knows those of the root.
  dns: { prober: "dns", timeout: "5s", dns: { query_name: ".", query_type: "NS" } },
  tls: { prober: "tcp", timeout: "5s", tcp: { tls: true } },
};
