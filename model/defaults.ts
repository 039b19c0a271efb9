import { AddressFamily, DropletImage, FirewallMode, RootCurve } from "./choices";

/** Defaults are contract: another default changes running hosts. Units and sources are in the doc comments of the arguments. */

/** SSH connections. */
export const sshDefaults = { port: 22, user: "root" };

/** Droplets; the region and the keys have none. */
export const dropletDefaults = {
  size: "s-1vcpu-2gb",
  image: DropletImage.Debian13 as DropletImage,
  tags: [] as string[],
  ipv6: true,
  addressFamily: AddressFamily.Ipv4 as AddressFamily,
  backups: false,
  protected: true,
  trustOnFirstUse: false,
};

/** The gateway of gossip. */
export const gatewayDefaults = {
  streamPort: 9094,
  datagramPort: 9095,
  apiPort: 9093,
  metricsPort: 8405,
  bindAddresses: ["0.0.0.0", "::"],
  drainSeconds: 15,
};

/** Certificates. Another default follows from these: a certificate is renewed when a third of its life is left. */
export const certificateDefaults = {
  curve: RootCurve.P384 as RootCurve,
  rootLifetimeHours: 87600,
  lifetimeHours: 2160,
};

/** System user that the gateway and the Alertmanager run as, and that owns a monitor's private key. */
export const gatewayUser = "ha-monitoring-gateway";

/** The overlay. Its network follows from its label. */
export const overlayDefaults = {
  interfaceName: "wg0",
  listenPort: 51820,
  keepaliveSeconds: 25,
  mtu: 1420,
};

/** Alertmanager. */
export const alertmanagerDefaults = {
  memoryMegabytes: 256,
  retention: "120h",
  peerTimeout: "15s",
  logLevel: "info",
};

/** The image that Alertmanager runs in. */
export const alertmanagerImageDefaults = { pull: true, baseImage: "debian:trixie-slim" };

/** What every Prometheus scrapes, and how often. */
export const scrapingDefaults = { scrapeInterval: "15s", evaluationInterval: "15s" };

/**
 * What one scrape may bring. node_exporter 1.12.1 answers 500 samples in 62 kB on a lab host. The lengths are those of Grafana Mimir's defaults
 * (max_label_name_length, max_label_value_length); the labels are twice its max_label_names_per_series.
 */
export const scrapeLimitDefaults = {
  bodyMegabytes: 32,
  samples: 50000,
  labels: 64,
  labelNameBytes: 1024,
  labelValueBytes: 2048,
};

/** Memory of Prometheus as a share of the host's: the smallest droplet of 1 GB keeps 400 MB for Alertmanager, HAProxy and the system. */
export const prometheusMemoryPercent = 60;

/** Prometheus. */
export const prometheusDefaults = {
  port: 9090,
  retention: { time: "15d" },
  logLevel: "info",
  readyWithinSeconds: 120,
};

/** node_exporter. */
export const nodeExporterDefaults = {
  install: true,
  port: 9100,
  job: "node",
  timex: false,
  flags: [] as string[],
};

/** Exporters that run on a host already. */
export const exporterDefaults = { path: "/metrics", scheme: "http" };

/** The host firewall. */
export const firewallDefaults = { mode: FirewallMode.Guard as FirewallMode, confirmWithinSeconds: 30 };

/** Whether a stack has firewalls. */
export const stackFirewallDefaults = { enabled: true };

/** Where programs come from. */
export const softwareDefaults = { source: "release" };

/** The arguments with defaults for those that were not given. A value of null, as YAML has it for an empty key, counts as not given. */
export function withDefaults<D extends object, G extends object>(defaults: D, given: G): Settled<G, D> {
  const said = Object.entries(given).filter(([, value]) => value !== undefined && value !== null);
  return { ...defaults, ...Object.fromEntries(said) } as Settled<G, D>;
}

/** Arguments of which those with a default are there. */
export type Settled<G, D> = Omit<G, keyof D> & {
  [K in keyof D]: K extends keyof G ? NonNullable<G[K]> : D[K];
};
