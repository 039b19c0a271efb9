import type { Unwrap } from "@pulumi/pulumi";
import type {
  PrometheusRetentionArgs,
  PrometheusRuntimeArgs,
  PrometheusServerArgs,
} from "../components/prometheus/prometheusServer";
import type { Endpoint } from "../components/shapes";
import type { ScrapingArgs } from "../components/stack/args";
import { ruleGroupsFile, selfJob } from "../templates/prometheus/prometheusLayout";
import { replicaLabel } from "../templates/prometheus/prometheusYml";
import {
  anyText,
  webUrl,
  duration,
  ipAddress,
  jobName,
  labelProblems,
  labels,
  logLevel,
  networkInterface,
  port,
  unprivilegedPort,
  wholeNumber,
} from "./checks";
import { prometheusDefaults, withDefaults } from "./defaults";
import { nodeExporter } from "./exporters";
import { leaf, list, section, type Field } from "./fields";
import { isKnown, isPlain } from "./known";
import { host } from "./hosts";
import { jobLimits, limitedJobProblems, scrapeLimits } from "./scrapeLimits";
import { probeJobOf, probeJobs } from "./probes";
import { problemAt, under, type Path, type Problem } from "./problem";
import {
  furtherConfig,
  readableGroups,
  readableScrapes,
  ruleFiles,
  ruleGroups,
  rulesOf,
  writtenLabelProblems,
} from "./prometheusConfig";
import { peerTimeoutProblems } from "./peerTimeout";
import { prometheusFindings } from "./prometheusFindings";
import { readerProblems } from "./readers";
import { expressionProblems } from "./ruleExpressions";
import { ruleTemplateProblems } from "./ruleTemplates";
import { featuresOf, software } from "./software";

/** How long samples are kept. */
export const retention = section<PrometheusRetentionArgs>(
  {
    time: duration,
    sizeMegabytes: wholeNumber("MB", 64),
  },
  {},
);

/** How one Prometheus runs. */
export const prometheusRuntime = section<PrometheusRuntimeArgs>(
  {
    software,
    port: unprivilegedPort("Prometheus"),
    retention,
    logLevel,
    readyWithinSeconds: wholeNumber("seconds", 1, 3600),
    memoryMegabytes: wholeNumber("MB", 128),
  },
  {},
);

/** How one Prometheus runs, with its defaults. */
export function settledPrometheus(args: PrometheusRuntimeArgs = {}) {
  const settled = withDefaults(prometheusDefaults, args);
  return { ...settled, retention: withDefaults(prometheusDefaults.retention, settled.retention) };
}

const externalLabels: Field<Record<string, string>> = {
  kind: "texts",
  problems: (given) => [
    ...labelProblems(given),
    ...Object.entries(given).flatMap(([name, value]) => problemAt([name], externalLabelProblem(name, value))),
  ],
};

function externalLabelProblem(name: string, value: string): string | undefined {
  if (name === replicaLabel)
    return "it is the name of the host, and is dropped from alerts; use another label";
  if (name.startsWith("__")) {
    return `"${name}" is Prometheus' own, as are all names that begin with __; use another name`;
  }
  return isKnown(value) && value.includes("$")
    ? `"${value}" contains $, which Prometheus 3 replaces by an environment variable and 2 does not; leave it out`
    : undefined;
}

/** What every Prometheus scrapes, and how. */
export const scraping = section<ScrapingArgs>(
  {
    scrapeInterval: duration,
    evaluationInterval: duration,
    externalLabels,
    limits: scrapeLimits,
    jobLimits,
    nodeExporter,
    config: furtherConfig,
  },
  {},
);

/** An endpoint whose values are known. */
export type KnownEndpoint = Unwrap<Endpoint>;

const endpoint = section<Endpoint>(
  {
    name: leaf<string>("text", (value) => (value === "" ? "a name is needed" : undefined)),
    address: ipAddress,
    port,
    job: jobName,
    labels,
  },
  { name: true, address: true, port: true, job: true },
);

/** One Prometheus. */
export const prometheusServer = section<PrometheusServerArgs>(
  {
    host,
    overlayAddress: ipAddress,
    endpoints: list(endpoint, (all) => (isPlain(all) ? identityProblems(all as KnownEndpoint[]) : [])),
    jobs: list(anyText),
    probes: probeJobs,
    alertmanagers: list(
      leaf<string>("text", (address) =>
        /^([\w.-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}$/.test(address)
          ? undefined
          : `"${address}" is not host:port; write for example 198.51.100.10:9093 or [2001:db8::10]:9093`,
      ),
      (all) =>
        all.flatMap((address, index) =>
          problemAt(
            [index],
            isPlain(all) && all.indexOf(address) !== index
              ? `"${address}" is there twice; leave one of them out`
              : undefined,
          ),
        ),
    ),
    scrapeInterval: duration,
    evaluationInterval: duration,
    limits: scrapeLimits,
    jobLimits,
    peerTimeout: duration,
    externalLabels,
    rules: ruleFiles,
    ruleGroups,
    config: furtherConfig,
    runtime: prometheusRuntime,
    externalUrl: webUrl,
    readers: list(ipAddress),
    networkInterface,
  },
  { host: true },
  (args) => [
    ...readerProblems(args),
    ...missingJobProblems(args),
    ...ruleFileProblems(args),
    ...jobProblems(args),
    ...under(["jobLimits"], limitedJobProblems(args.jobLimits, ownJobs(args))),
    ...featureProblems(args),
    ...prometheusFindings(args).problems,
    ...(args.peerTimeout === undefined
      ? []
      : under(["peerTimeout"], peerTimeoutProblems(args.peerTimeout, args))),
  ],
);

/** Checks what depends on the version of Prometheus. */
function featureProblems(args: PrometheusServerArgs): Problem[] {
  const features = featuresOf(args.runtime?.software);
  return [
    ...(features.utf8Names ? [] : asciiLabelProblems(args)),
    ...(features.knownPromql ? expressionProblems(args) : []),
    ...ruleTemplateProblems(args, features),
  ];
}

/** Names of labels for a Prometheus before 3. */
function asciiLabelProblems(args: PrometheusServerArgs): Problem[] {
  const { externalLabels: external = {}, endpoints = [], ruleGroups: groups, config } = args;
  const check = (path: Path, given?: object | null) => under(path, writtenLabelProblems(given, false));
  const plain = <T>(value: unknown): T[] => (isPlain(value) ? (value as T[]) : []);
  return [
    ...(isKnown(external) ? check(["externalLabels"], external) : []),
    ...plain<KnownEndpoint>(endpoints).flatMap((each, index) =>
      check(["endpoints", index, "labels"], each.labels),
    ),
    ...readableGroups(groups).flatMap((group, index) => [
      ...check(["ruleGroups", index, "labels"], group.labels),
      ...rulesOf(group).flatMap((rule, number) => [
        ...check(["ruleGroups", index, "rules", number, "labels"], rule.labels),
        ...check(["ruleGroups", index, "rules", number, "annotations"], rule.annotations),
      ]),
    ]),
    ...readableScrapes(config).flatMap(({ static_configs }, index) =>
      (static_configs ?? []).flatMap((each, number) =>
        check(["config", "scrape_configs", index, "static_configs", number, "labels"], each.labels),
      ),
    ),
  ];
}

/** Jobs in the order of their names, whatever the order of the endpoints. */
export function jobsOf(endpoints: Pick<KnownEndpoint, "job">[]): string[] {
  return uniqueJobs(endpoints.map(({ job }) => job));
}

/** Names of jobs, each once and in order. */
export function uniqueJobs(names: string[]): string[] {
  return [...new Set(names)].sort();
}

function missingJobProblems({ endpoints, jobs }: PrometheusServerArgs): Problem[] {
  if (jobs === undefined || endpoints === undefined || !isPlain([jobs, endpoints])) return [];
  return jobsOf(endpoints as KnownEndpoint[])
    .filter((job) => !jobs.includes(job))
    .flatMap((job) =>
      problemAt(["jobs"], `"${job}" is missing, and endpoints has it; add it, or leave jobs out`),
    );
}

/** Checks that the series of each endpoint can be told from those of the others. */
export function identityProblems(
  endpoints: Pick<KnownEndpoint, "name" | "job" | "labels">[],
  pathOf: (index: number) => Path = (index) => [index],
): Problem[] {
  const seen = new Map<string, number>();
  return endpoints.flatMap(({ name, job, labels: given = {} }, index) => {
    if (!isPlain(given)) return [];
    // How an endpoint is scraped is in labels that Prometheus drops.
    const kept = Object.entries(given).filter(([label]) => !label.startsWith("__"));
    const identity = JSON.stringify([job, name, kept.sort()]);
    const earlier = seen.get(identity);
    seen.set(identity, index);
    const isReserved = "instance" in given || "job" in given;
    return [
      ...problemAt(
        [...pathOf(index), "labels"],
        isReserved ? "instance and job come from the endpoint's name and job; leave them out" : undefined,
      ),
      ...problemAt(
        pathOf(index),
        earlier === undefined
          ? undefined
          : `job "${job}" of "${name}" has the same labels as an earlier endpoint, so their series would be mixed; give one of them a label`,
      ),
    ];
  });
}

function ruleFileProblems({ rules = {}, ruleGroups: groups }: PrometheusServerArgs): Problem[] {
  if (readableGroups(groups).length === 0 || !(ruleGroupsFile in rules)) return [];
  return problemAt(["rules"], `"${ruleGroupsFile}" is where ruleGroups are written; use another name`);
}

/** Checks the scrape jobs of further configuration against the server's own jobs. */
export function jobProblems(
  args: Pick<PrometheusServerArgs, "jobs" | "endpoints" | "probes" | "config">,
): Problem[] {
  const { jobs, config = {} } = args;
  if (!isPlain([jobs, config])) return [];
  const own = new Set(ownJobs(args) ?? [selfJob]);
  return [
    ...probedJobProblems(args),
    ...readableScrapes(config).flatMap(({ job_name }, index) =>
      problemAt(
        ["config", "scrape_configs", index, "job_name"],
        job_name && own.has(job_name)
          ? `"${job_name}" is a job of this server already, whose targets would be scraped twice; leave it out, or use another name for other targets`
          : undefined,
      ),
    ),
  ];
}

/** Checks that jobs of probes have names of their own. */
function probedJobProblems({
  jobs,
  endpoints = [],
  probes = [],
}: Pick<PrometheusServerArgs, "jobs" | "endpoints" | "probes">): Problem[] {
  const others = ownJobs({ jobs, endpoints }) ?? [selfJob];
  return probes.flatMap((probe, index) =>
    problemAt(
      ["probes", index, "job"],
      others.includes(probeJobOf(probe))
        ? `"${probeJobOf(probe)}" is a job of this server already; use another name`
        : undefined,
    ),
  );
}

/** Jobs whose configuration is made here; undefined while they are not known. */
function ownJobs({
  jobs,
  endpoints = [],
  probes = [],
}: Pick<PrometheusServerArgs, "jobs" | "endpoints" | "probes">): string[] | undefined {
  if (!isPlain([jobs, jobs ?? endpoints])) return undefined;
  const probed = (probes ?? []).map(probeJobOf);
  return uniqueJobs([selfJob, ...probed, ...(jobs ?? jobsOf(endpoints as KnownEndpoint[]))]);
}
