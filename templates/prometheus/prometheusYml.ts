import { marker } from "../host/marker";
import { renderYaml } from "../host/yamlText";
import { probeScrapes, type ProbeJob } from "./probeJobs";
import { selfJob, targetsFile } from "./prometheusLayout";

/** How long samples are kept. */
export interface PrometheusRetention {
  /** At most this long, e.g. `15d`. */
  time: string;
  /** At most this much of the disk, in MB of 2^20 bytes. Undefined: as much as they need. */
  megabytes?: number;
}

/** The size of a retention as Prometheus reads it; its MB has 2^20 bytes. */
export function sizeOf({ megabytes }: PrometheusRetention): string | undefined {
  return megabytes === undefined ? undefined : `${megabytes}MB`;
}

/** What one scrape may bring. */
export interface ScrapeLimits {
  /** MB of 2^20 bytes, after decompression. */
  bodyMegabytes: number;
  samples: number;
  labels: number;
  labelNameBytes: number;
  labelValueBytes: number;
}

/** What the configuration of one Prometheus is made of. */
export interface PrometheusYml {
  /** Name of the machine: its label `replica`, and `instance` where it scrapes itself. */
  hostName: string;
  /** Port on which it listens. */
  port: number;
  scrapeInterval: string;
  evaluationInterval: string;
  externalLabels: Record<string, string>;
  /** `host:port` of every Alertmanager. */
  alertmanagers: string[];
  /** Jobs whose targets are in files. */
  jobs: string[];
  /** Jobs of probes. */
  probes?: ProbeJob[];
  /** Limits of the jobs above and of the server's own: of those in `byJob`, and of the others. */
  limits: { others: ScrapeLimits; byJob: Record<string, ScrapeLimits> };
  /** Names of the files in the directory of rules. */
  ruleFiles: string[];
  /** How long samples are kept, unless a flag says it. */
  retention?: PrometheusRetention;
  /** Further sections, in upstream's own field names. */
  further: Record<string, unknown>;
}

/** An entry of a section; `further` holds fields of upstream that have no argument. */
export interface YmlEntry {
  further?: Record<string, unknown>;
}

/** The sections that the user gave, with the further fields of their entries among the others. */
export function furtherSections(
  config: object & { scrape_configs?: YmlEntry[]; remote_write?: YmlEntry[] },
): Record<string, unknown> {
  return {
    ...config,
    scrape_configs: config.scrape_configs?.map(withFurther),
    remote_write: config.remote_write?.map(withFurther),
  };
}

function withFurther({ further, ...typed }: YmlEntry): Record<string, unknown> {
  return { ...typed, ...further };
}

/** The label that tells one Prometheus from the other, and that no alert has. */
export const replicaLabel = "replica";

/** The text of `prometheus.yml`. It names no target, so that a new one does not change it. */
export function renderPrometheusYml(yml: PrometheusYml): string {
  const {
    global,
    rule_files: ruleFiles,
    scrape_configs: scrapes,
    alert_relabel_configs: alertRelabelling,
    alerting: furtherAlerting,
    storage,
    ...further
  } = yml.further;
  const { alert_relabel_configs: moreRelabelling, alertmanagers } = (furtherAlerting ?? {}) as Record<
    string,
    unknown
  >;
  const document = {
    global: {
      scrape_interval: yml.scrapeInterval,
      evaluation_interval: yml.evaluationInterval,
      ...(global as object | undefined),
      external_labels: { ...yml.externalLabels, [replicaLabel]: yml.hostName },
    },
    ...alerting(
      yml.alertmanagers,
      [...asArray(alertRelabelling), ...asArray(moreRelabelling)],
      asArray(alertmanagers),
    ),
    // Each by its name: a file that comes or goes changes this one, which makes Prometheus read all of them again.
    ...listed(
      "rule_files",
      yml.ruleFiles.map((name) => `rules/${name}`),
      asArray(ruleFiles),
    ),
    scrape_configs: [
      selfScrape(yml),
      ...yml.jobs
        .filter((job) => job !== selfJob)
        .map((job) => ({ job_name: job, ...restraints(yml, job), ...fileTargets(job) })),
      ...(yml.probes ?? []).map((probe) => ({
        ...{ job_name: probe.job, ...restraints(yml, probe.job), ...probeScrapes(probe) },
      })),
      ...asArray(scrapes),
    ],
    ...storageSection(storage as object | undefined, yml.retention),
    ...further,
  };
  return `${marker}\n` + renderYaml(document, { aliasDuplicateObjects: false });
}

function storageSection(storage: { tsdb?: object } | undefined, retention?: PrometheusRetention): object {
  if (retention === undefined) return storage === undefined ? {} : { storage };
  const { time } = retention;
  const size = sizeOf(retention);
  const kept = { time, ...(size === undefined ? {} : { size }) };
  return { storage: { ...storage, tsdb: { ...storage?.tsdb, retention: kept } } };
}

// Before 3.10 all Alertmanagers share one queue (github.com/prometheus/prometheus/pull/16355): one that is gone holds up the others for so long,
// each time. Upstream's 10 s would be too much of the time in which an alert is to be delivered; what is lost is sent again after a minute.
const alertmanagerTimeout = "3s";

function alerting(own: string[], relabelling: unknown[], others: unknown[]): object {
  if (own.length + relabelling.length + others.length === 0) return {};
  return {
    alerting: {
      // Alerts of all Prometheus servers must be the same, or each would be told of on its own.
      alert_relabel_configs: [{ regex: replicaLabel, action: "labeldrop" }, ...relabelling],
      alertmanagers: [
        ...(own.length === 0 && others.length > 0
          ? []
          : [{ timeout: alertmanagerTimeout, follow_redirects: false, static_configs: [{ targets: own }] }]),
        ...others,
      ],
    },
  };
}

function selfScrape(yml: PrometheusYml): object {
  const targets = [`127.0.0.1:${yml.port}`];
  return {
    job_name: selfJob,
    ...restraints(yml, selfJob),
    static_configs: [{ targets, labels: { instance: yml.hostName } }],
    ...(yml.jobs.includes(selfJob) ? fileTargets(selfJob) : {}),
  };
}

/** What keeps a target from taking the server down, or from making it fetch other URLs. */
function restraints({ limits: { byJob, others } }: PrometheusYml, job: string): object {
  // A job may have a name that every object has, such as "constructor".
  const limits = (Object.hasOwn(byJob, job) ? byJob[job] : undefined) ?? others;
  return {
    body_size_limit: `${limits.bodyMegabytes}MB`,
    sample_limit: limits.samples,
    label_limit: limits.labels,
    label_name_length_limit: limits.labelNameBytes,
    label_value_length_limit: limits.labelValueBytes,
    follow_redirects: false,
    enable_http2: false,
  };
}

function fileTargets(job: string): object {
  return { file_sd_configs: [{ files: [targetsFile(job)] }] };
}

function listed(section: string, ...lists: unknown[][]): object {
  const all = lists.flat();
  return all.length === 0 ? {} : { [section]: all };
}

function asArray(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
