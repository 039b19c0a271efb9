/** What one scrape may bring. A scrape that exceeds a limit fails as a whole: `up` of that target is 0, and the page /targets says which limit it was. */
export interface ScrapeLimitsArgs {
  /** Size of the answer after decompression, in MB of 2^20 bytes. Default 32, five hundred times what node_exporter answers on a lab host. */
  bodyMegabytes?: number;
  /** Samples. Default 50000, a hundred times those of node_exporter on a lab host. */
  samples?: number;
  /** Labels of one sample, with those of the target and the name of the metric. Default 64, twice what Grafana Mimir accepts by default. */
  labels?: number;
  /** Length of the name of a label, in bytes. Default 1024, as in Grafana Mimir. */
  labelNameBytes?: number;
  /** Length of the value of a label, in bytes. Default 2048, as in Grafana Mimir. */
  labelValueBytes?: number;
}

/** Limits of one job. */
export interface JobLimitsArgs extends ScrapeLimitsArgs {
  /** Name of the job. */
  job: string;
}
