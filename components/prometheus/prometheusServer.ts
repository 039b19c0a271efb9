import * as pulumi from "@pulumi/pulumi";
import { formatHostPort } from "../../model/addresses";
import { webUrl } from "../../model/checks";
import { prometheusMemoryPercent, scrapingDefaults, withDefaults } from "../../model/defaults";
import { problemsOf } from "../../model/fields";
import { isPlain } from "../../model/known";
import {
  jobsOf,
  prometheusServer,
  settledPrometheus,
  uniqueJobs,
  type KnownEndpoint,
} from "../../model/prometheus";
import { settledProbes } from "../../model/probes";
import { sentences } from "../../model/problem";
import { prometheusFindings } from "../../model/prometheusFindings";
import { readerRules } from "../../model/readers";
import { settledLimits } from "../../model/scrapeLimits";
import { featuresOf, softwareOf } from "../../model/software";
import {
  commandPath,
  packagedCommands,
  releasedPrograms,
  softwareBundle,
} from "../../templates/host/releaseBundles";
import { prometheusBundle, prometheusTargetsBundle } from "../../templates/prometheus/prometheusBundles";
import { ruleFilesOf } from "../../templates/prometheus/prometheusRules";
import { furtherSections, renderPrometheusYml } from "../../templates/prometheus/prometheusYml";
import { applyBundle } from "../host/bundle";
import { tunnelCommand } from "../host/connection";
import { after, knownHost } from "../host/knownHost";
import type { Endpoint, Host, InboundRule } from "../shapes";
import { warnOfVersion, type SoftwareArgs } from "../software";
import { checked, refuse } from "../validation";
import { warnOnce } from "../warnings";
import type { PrometheusConfig, PrometheusRuleGroup } from "./prometheusConfig";
import type { ProbeJobArgs } from "./probes";
import type { JobLimitsArgs, ScrapeLimitsArgs } from "./scrapeLimits";

/** How long samples are kept. */
export interface PrometheusRetentionArgs {
  /** At most this long, e.g. `15d`, the default. */
  time?: string;
  /** At most this much of the disk, in MB of 2^20 bytes. Default: as much as they need. */
  sizeMegabytes?: number;
}

/** How one Prometheus runs; the same for all servers of a stack. */
export interface PrometheusRuntimeArgs {
  /** Where the program comes from. Default: upstream's release 3.13.5. */
  software?: SoftwareArgs;
  /** Port on 127.0.0.1 and on the overlay. Default 9090. */
  port?: number;
  /** How long samples are kept. */
  retention?: PrometheusRetentionArgs;
  /** debug, info, warn or error. Default info. */
  logLevel?: string;
  /** Seconds within which it must be ready after a start; a large database takes minutes to read. Default 120. */
  readyWithinSeconds?: number;
  /** The most memory that it gets, in MB of 2^20 bytes; what needs more is killed and started again. Default: 60 % of the host's memory. A change restarts it. */
  memoryMegabytes?: number;
}

/** What a Prometheus scrapes besides its endpoints, and how often it works. */
export interface PrometheusScrapingArgs {
  /** How often it scrapes. Default 15s. */
  scrapeInterval?: string;
  /** How often it evaluates rules. Default 15s. */
  evaluationInterval?: string;
  /** What one scrape may bring; jobs in `config.scrape_configs` have limits of their own. A change is a reload. */
  limits?: ScrapeLimitsArgs;
  /** What differs in single jobs. For one host alone, give its exporter a job of its own. */
  jobLimits?: JobLimitsArgs[];
  /** Labels of everything that leaves a Prometheus. `replica` is added, and dropped from alerts. */
  externalLabels?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Further sections of the configuration: scrape_configs, remote_write and others. */
  config?: pulumi.Input<PrometheusConfig>;
}

/** Arguments of PrometheusServer. */
export interface PrometheusServerArgs extends PrometheusScrapingArgs {
  /** The machine. */
  host: pulumi.Input<Host>;
  /** Its address on the overlay. Default: Prometheus is served on 127.0.0.1 only. */
  overlayAddress?: pulumi.Input<string>;
  /** What it scrapes. It always scrapes itself, in the job `prometheus`. */
  endpoints?: pulumi.Input<pulumi.Input<Endpoint>[]>;
  /** Names of the jobs of the endpoints, for its configuration not to wait until they are known. Default: those that the endpoints name. */
  jobs?: string[];
  /** What it has probed by blackbox_exporters, in jobs of their own. A change is a reload. */
  probes?: ProbeJobArgs[];
  /** `host:port` of every Alertmanager: each gets all alerts. */
  alertmanagers?: pulumi.Input<pulumi.Input<string>[]>;
  /** How long an Alertmanager waits for the one before it; when given, it is checked to be long enough for the evaluation interval. */
  peerTimeout?: string;
  /** Rule files: text by file name, which ends in `.yml`. */
  rules?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Rules as data. */
  ruleGroups?: pulumi.Input<PrometheusRuleGroup[]>;
  /** How it runs. */
  runtime?: PrometheusRuntimeArgs;
  /** URL under which people reach it, for links in alerts. A path in it is for links only: a proxy in front must take it away. Default: the host's name and the port. A change restarts it. */
  externalUrl?: pulumi.Input<string>;
  /** Overlay addresses of other machines that may ask it, e.g. a Grafana's. Default: none. */
  readers?: pulumi.Input<pulumi.Input<string>[]>;
  /** Interface of the overlay. Default wg0. */
  networkInterface?: string;
}

/**
 * One Prometheus under a unit and user of its own, on loopback and on the overlay. Its configuration is checked by the promtool of the
 * very version that reads it, and reloaded. Targets are in files of their own, which it reads by itself: a new one changes nothing else.
 */
export class PrometheusServer extends pulumi.ComponentResource {
  /** Where it is served: on the overlay, or on the machine's loopback where there is no overlay. A resource that uses it waits for the server, but not for its targets. */
  public readonly url: pulumi.Output<string>;
  /** The command that opens it on the operator's own machine, at http://127.0.0.1:9090. */
  public readonly tunnel: pulumi.Output<string>;
  /** Who must be able to come in. */
  public readonly inboundRules: pulumi.Output<InboundRule[]>;

  constructor(name: string, args: PrometheusServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ha-monitoring:index:PrometheusServer", name, {}, opts);
    refuse(this, problemsOf(prometheusServer, args));
    const { host, networkInterface } = args;
    const { name: hostName, connection } = knownHost(host);
    const { port, readyWithinSeconds, ...runtime } = settledPrometheus(args.runtime);
    const addresses = checked(this, prometheusServer, {
      overlayAddress: args.overlayAddress,
      readers: args.readers ?? [],
    });
    const endpoints = checkedEndpoints(this, args);
    const jobs = jobNames(args, endpoints);
    const settings = checkedSettings(this, args, jobs);
    const program = releasedPrograms.prometheus;
    const software = softwareOf("prometheus", runtime.software);
    warnOfVersion(this, "prometheus", software);
    warnOnce(this, sentences(prometheusFindings(args).warnings));
    const { retentionInFile } = featuresOf(runtime.software);
    const limits = settledLimits(args.limits, args.jobLimits);
    const retention = { time: runtime.retention.time, megabytes: runtime.retention.sizeMegabytes };

    const installed = applyBundle(
      `${name}-software`,
      host,
      "prometheus-software",
      softwareBundle(program, software),
      { parent: this },
    );
    const server = applyBundle(
      `${name}-server`,
      host,
      "prometheus",
      pulumi
        .all([hostName, settings, jobs, addresses, checked(this, webUrl, args.externalUrl, ["externalUrl"])])
        .apply(([ownName, known, names, { overlayAddress, readers }, externalUrl]) => {
          const rules = ruleFilesOf(known.rules, known.ruleGroups);
          return prometheusBundle({
            yml: renderPrometheusYml({
              hostName: ownName,
              port,
              scrapeInterval: known.scrapeInterval,
              evaluationInterval: known.evaluationInterval,
              externalLabels: known.externalLabels,
              alertmanagers: known.alertmanagers,
              jobs: names,
              probes: settledProbes(args.probes),
              limits,
              ruleFiles: Object.keys(rules).sort(),
              retention: retentionInFile ? retention : undefined,
              further: furtherSections(known.config),
            }),
            rules,
            service: {
              program: commandPath(program, software),
              port,
              retention: retentionInFile ? undefined : retention,
              externalUrl,
              logLevel: runtime.logLevel,
              memory: memoryLimit(runtime.memoryMegabytes),
            },
            commands: packagedCommands(program, software),
            promtool: commandPath(program, software, "promtool"),
            version: software.source === "apt" ? undefined : software.version,
            overlay: overlayAddress === undefined ? undefined : { address: overlayAddress, readers },
            readyWithin: readyWithinSeconds,
          });
        }),
      { parent: this, dependsOn: installed.command },
    );
    const targets = applyBundle(
      `${name}-targets`,
      host,
      "prometheus-targets",
      pulumi
        .all([endpoints, jobs])
        .apply(([known, names]) => prometheusTargetsBundle(byJob(known, names), port)),
      { parent: this, dependsOn: server.command },
    );

    this.url = after(
      server.command,
      addresses.apply(
        ({ overlayAddress }) => `http://${formatHostPort(overlayAddress ?? "127.0.0.1", port)}`,
      ),
    );
    this.tunnel = after([server.command, targets.command], tunnelCommand(connection, [port]));
    this.inboundRules = addresses.apply((known) =>
      readerRules(known, port, networkInterface, "queries of Prometheus"),
    );
    this.registerOutputs({ url: this.url, tunnel: this.tunnel, inboundRules: this.inboundRules });
  }
}

function checkedEndpoints(
  component: pulumi.Resource,
  { endpoints = [], jobs }: PrometheusServerArgs,
): pulumi.Output<KnownEndpoint[]> {
  return checked(component, prometheusServer, { endpoints, jobs }).apply((known) => known.endpoints);
}

/** Names of jobs, known at once where they are given or every endpoint is known. */
function jobNames(
  { endpoints = [], jobs }: PrometheusServerArgs,
  later: pulumi.Output<KnownEndpoint[]>,
): pulumi.Output<string[]> {
  if (jobs !== undefined) return pulumi.output(uniqueJobs(jobs));
  if (isPlain(endpoints)) return pulumi.output(jobsOf(endpoints as KnownEndpoint[]));
  return later.apply(jobsOf);
}

function checkedSettings(
  component: pulumi.Resource,
  args: PrometheusServerArgs,
  jobs: pulumi.Output<string[]>,
) {
  const settings = withDefaults(
    { ...scrapingDefaults, externalLabels: {}, alertmanagers: [], rules: {}, ruleGroups: [], config: {} },
    {
      scrapeInterval: args.scrapeInterval,
      evaluationInterval: args.evaluationInterval,
      externalLabels: args.externalLabels,
      alertmanagers: args.alertmanagers,
      rules: args.rules,
      ruleGroups: args.ruleGroups,
      config: args.config,
    },
  );
  const { peerTimeout, jobLimits, runtime } = args;
  return checked(component, prometheusServer, { ...settings, peerTimeout, jobLimits, jobs, runtime });
}

/** As systemd reads it. */
function memoryLimit(megabytes: number | undefined): string {
  return megabytes === undefined ? `${prometheusMemoryPercent}%` : `${megabytes}M`;
}

function byJob(endpoints: KnownEndpoint[], jobs: string[]): Record<string, KnownEndpoint[]> {
  return Object.fromEntries(jobs.map((job) => [job, endpoints.filter((endpoint) => endpoint.job === job)]));
}
