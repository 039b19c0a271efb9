/** Probes of one job, with everything that is needed to ask for them. */
export interface ProbeJob {
  job: string;
  module: string;
  addresses: string[];
  probers: { address: string; name?: string }[];
  interval?: string;
  labels?: Record<string, string>;
}

/** Holds the address of the blackbox_exporter until it becomes the one that is asked. */
const proberLabel = "__prober";

/** What the scrapes of a job of probes are made of, beside its name and its limits: each address is asked of a blackbox_exporter, and is the label `instance`. */
export function probeScrapes({ module, addresses, probers, interval, labels }: ProbeJob): object {
  return {
    ...(interval === undefined ? {} : { scrape_interval: interval }),
    metrics_path: "/probe",
    params: { module: [module] },
    static_configs: probers.map(({ address, name }) => ({
      targets: addresses,
      labels: { ...labels, ...(name === undefined ? {} : { prober: name }), [proberLabel]: address },
    })),
    relabel_configs: [
      { source_labels: ["__address__"], target_label: "__param_target" },
      { source_labels: ["__param_target"], target_label: "instance" },
      { source_labels: [proberLabel], target_label: "__address__" },
    ],
  };
}
