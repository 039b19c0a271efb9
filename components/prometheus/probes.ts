/** A blackbox_exporter that probes for a Prometheus. */
export interface ProberArgs {
  /** `host:port` at which the Prometheus reaches it, e.g. `10.77.0.1:9115`. */
  address: string;
  /** Label `prober` of its series, where several probe the same addresses. Default: none. */
  name?: string;
}

/** Probes of one job of a Prometheus. */
export interface ProbeJobArgs {
  /** Name of the job. Default `probe-` and the module. */
  job?: string;
  /** Module of the blackbox_exporter. */
  module: string;
  /** What is probed: the label `instance`. */
  addresses: string[];
  /** The blackbox_exporters that probe; each probes every address. */
  probers: ProberArgs[];
  /** How often. Default: the server's scrapeInterval. */
  interval?: string;
  /** Labels of all series of the job. */
  labels?: Record<string, string>;
}
