import * as pulumi from "@pulumi/pulumi";
import { formatHostPort } from "../../model/addresses";
import { prometheusBundle, prometheusTargetsBundle } from "../../templates/prometheus/prometheusBundles";
import { renderPrometheusRules } from "../../templates/prometheus/prometheusRules";
import { renderPrometheusYml } from "../../templates/prometheus/prometheusYml";
import {
  commandPath,
  packagedCommands,
  releasedPrograms,
  softwareBundle,
} from "../../templates/host/releaseBundles";
import { applyBundle } from "../host/bundle";
import { endpointProblems, type KnownEndpoint } from "./endpointProblems";
import { isPort, tunnelCommand } from "../host/connection";
import { overlayReaderProblems, overlayReaderRules } from "../overlay/overlayReaders";
import {
  ruleGroupsFile,
  timingDefaults,
  withFurther,
  type PrometheusConfig,
  type PrometheusRuleGroup,
} from "./prometheusConfig";
import {
  durationProblems,
  evaluationIntervals,
  peerTimeoutProblems,
  prometheusProblems,
} from "./prometheusProblems";
import type { Endpoint, Host, InboundRule } from "../shapes";
import { softwareOf, softwareProblems, type SoftwareArgs } from "../software";
import { checked, isPlain, refuse } from "../validation";

/** How long samples are kept. */
export interface PrometheusRetentionArgs {
  /** At most this long, e.g. `15d`, the default. */
  time?: string;
  /** At most this much of the disk, in MB of 2^20 bytes. Default: as much as they need. */
  sizeMegabytes?: number;
}

/** How one Prometheus runs; the same for all servers of a stack. */
export interface PrometheusRuntimeArgs {
  /** Where the program comes from. Default: upstream's release 3.5.0. */
  software?: SoftwareArgs;
  /** Port on 127.0.0.1 and on the overlay. Default 9090. */
  port?: number;
  /** How long samples are kept. */
  retention?: PrometheusRetentionArgs;
  /** debug, info, warn or error. Default info. */
  logLevel?: string;
  /** Seconds within which it must be ready after a start; a large database takes minutes to read. Default 120. */
  readyWithinSeconds?: number;
}

/** Arguments of PrometheusServer. */
export interface PrometheusServerArgs {
  /** The machine. */
  host: pulumi.Input<Host>;
  /** Its address on the overlay. Default: Prometheus is served on 127.0.0.1 only. */
  overlayAddress?: pulumi.Input<string>;
  /** What it scrapes. It always scrapes itself, in the job `prometheus`. */
  endpoints?: pulumi.Input<pulumi.Input<Endpoint>[]>;
  /** Names of the jobs of the endpoints, for its configuration not to wait until they are known. Default: those that the endpoints name. */
  jobs?: string[];
  /** `host:port` of every Alertmanager: each gets all alerts. */
  alertmanagers?: pulumi.Input<pulumi.Input<string>[]>;
  /** How often it scrapes. Default 15s. */
  scrapeInterval?: string;
  /** How often it evaluates rules. Default 15s. */
  evaluationInterval?: string;
  /** How long an Alertmanager waits for the one before it; when given, it is checked to be long enough for the evaluation interval. */
  peerTimeout?: string;
  /** Labels of everything that leaves this Prometheus. `replica` is added, and dropped from alerts. */
  externalLabels?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Rule files: text by file name, which ends in `.yml`. */
  rules?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Rules as data. */
  ruleGroups?: pulumi.Input<PrometheusRuleGroup[]>;
  /** Further sections of the configuration: scrape_configs, remote_write and others. */
  config?: pulumi.Input<PrometheusConfig>;
  /** How it runs. */
  runtime?: PrometheusRuntimeArgs;
  /** URL under which people reach it; it stands in alerts. */
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
  /** Where it is served: on the overlay, or on the machine's loopback where there is no overlay. Whoever uses it waits for the server, but not for its targets. */
  public readonly url: pulumi.Output<string>;
  /** The command that opens it on the operator's own machine, at http://127.0.0.1:9090. */
  public readonly tunnel: pulumi.Output<string>;
  /** Who must be able to come in. */
  public readonly inboundRules: pulumi.Output<InboundRule[]>;

  constructor(name: string, args: PrometheusServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ha-monitoring:index:PrometheusServer", name, {}, opts);
    const runtime = args.runtime ?? {};
    const port = runtime.port ?? prometheusPort;
    const scrapeInterval = args.scrapeInterval ?? timingDefaults.scrapeInterval;
    const evaluationInterval = args.evaluationInterval ?? timingDefaults.evaluationInterval;
    const program = releasedPrograms.prometheus;
    refuse(this, prometheusRuntimeProblems(runtime));
    const addresses = checked(
      this,
      { overlayAddress: args.overlayAddress, readers: args.readers ?? [] },
      overlayReaderProblems,
    );
    const endpoints = checked(this, args.endpoints ?? [], (known) => [
      ...endpointProblems(known),
      ...strayJobProblems(known, args.jobs),
    ]);
    const jobs =
      args.jobs === undefined && !isPlain(args.endpoints)
        ? endpoints.apply(jobsOf)
        : uniqueJobs(args.jobs ?? jobsOf((args.endpoints ?? []) as KnownEndpoint[]));
    const settings = checked(
      this,
      {
        ...{ scrapeInterval, evaluationInterval },
        externalLabels: args.externalLabels ?? {},
        alertmanagers: args.alertmanagers ?? [],
        jobs,
        rules: args.rules ?? {},
        ruleGroups: args.ruleGroups ?? [],
        config: args.config ?? {},
      },
      (known) => [
        ...prometheusProblems(known),
        ...(args.peerTimeout === undefined
          ? []
          : peerTimeoutProblems(args.peerTimeout, evaluationIntervals(evaluationInterval, known))),
      ],
    );
    const software = softwareOf("prometheus", runtime.software);
    const host = pulumi.output(args.host);
    // A host that is plain data with a key in it is secret as a whole; what is used of it here is not.
    const hostName = pulumi.unsecret(host.name);

    const installed = applyBundle(
      `${name}-software`,
      args.host,
      "prometheus-software",
      softwareBundle(program, software),
      { parent: this },
    );
    const server = applyBundle(
      `${name}-server`,
      args.host,
      "prometheus",
      pulumi
        .all([hostName, settings, addresses, args.externalUrl])
        .apply(([ownName, known, { overlayAddress, readers }, externalUrl]) => {
          const { ruleGroups, config, ...rest } = known;
          const rules = {
            ...known.rules,
            ...(ruleGroups.length > 0 ? { [ruleGroupsFile]: renderPrometheusRules(ruleGroups) } : {}),
          };
          return prometheusBundle({
            yml: renderPrometheusYml({
              ...{ ...rest, hostName: ownName, port },
              ruleFiles: Object.keys(rules).sort(),
              further: {
                ...config,
                scrape_configs: config.scrape_configs?.map(withFurther),
                remote_write: config.remote_write?.map(withFurther),
              },
            }),
            rules,
            service: {
              program: commandPath(program, software),
              port,
              retentionTime: runtime.retention?.time ?? "15d",
              retentionMegabytes: runtime.retention?.sizeMegabytes,
              externalUrl,
              logLevel: runtime.logLevel ?? "info",
            },
            commands: packagedCommands(program, software),
            promtool: commandPath(program, software, "promtool"),
            overlay: overlayAddress === undefined ? undefined : { address: overlayAddress, readers },
            readyWithin: runtime.readyWithinSeconds ?? 120,
          });
        }),
      { parent: this, dependsOn: installed.command },
    );
    const targets = applyBundle(
      `${name}-targets`,
      args.host,
      "prometheus-targets",
      pulumi
        .all([endpoints, jobs])
        .apply(([known, names]) => prometheusTargetsBundle(byJob(known, names), port)),
      { parent: this, dependsOn: server.command },
    );

    // Waiting for the URN makes whoever uses an output wait for the server, without making it unknown in a preview.
    const ready = server.command.urn;
    this.url = pulumi
      .all([addresses, ready])
      .apply(([{ overlayAddress }]) => `http://${formatHostPort(overlayAddress ?? "127.0.0.1", port)}`);
    this.tunnel = pulumi
      .all([tunnelCommand(host.connection, [port]), ready, targets.command.urn])
      .apply(([command]) => command);
    this.inboundRules = addresses.apply((known) =>
      overlayReaderRules(known, port, args.networkInterface, "queries of Prometheus"),
    );
    this.registerOutputs({ url: this.url, tunnel: this.tunnel, inboundRules: this.inboundRules });
  }
}

/** Default port of Prometheus. */
export const prometheusPort = 9090;

/** What is wrong with how a Prometheus is to run, one sentence each. */
export function prometheusRuntimeProblems(runtime: PrometheusRuntimeArgs): string[] {
  const problems = [
    ...softwareProblems("software", runtime.software ?? {}),
    ...durationProblems("retention.time", runtime.retention?.time),
  ];
  const { port, logLevel, readyWithinSeconds } = runtime;
  const size = runtime.retention?.sizeMegabytes;
  if (port !== undefined && (!isPort(port) || port < 1024)) {
    problems.push(`port: ${port} cannot be used; Prometheus runs without privileges, so 1024 to 65535 can`);
  }
  if (size !== undefined && !(Number.isInteger(size) && size >= 64)) {
    problems.push(
      `retention.sizeMegabytes: ${size} is not a size that works; a whole number from 64 is needed`,
    );
  }
  if (logLevel !== undefined && !["debug", "info", "warn", "error"].includes(logLevel)) {
    problems.push(`logLevel: "${logLevel}" is unknown; debug, info, warn and error are allowed`);
  }
  if (
    readyWithinSeconds !== undefined &&
    !(Number.isInteger(readyWithinSeconds) && readyWithinSeconds >= 1 && readyWithinSeconds <= 3600)
  ) {
    problems.push(`readyWithinSeconds: ${readyWithinSeconds} is not a whole number from 1 to 3600`);
  }
  return problems;
}

/** Jobs in the order of their names, whatever the order of the endpoints. */
function uniqueJobs(names: string[]): string[] {
  return [...new Set(names)].sort();
}

function jobsOf(endpoints: KnownEndpoint[]): string[] {
  return uniqueJobs(endpoints.map(({ job }) => job));
}

function strayJobProblems(endpoints: KnownEndpoint[], jobs: string[] | undefined): string[] {
  if (jobs === undefined) return [];
  return jobsOf(endpoints)
    .filter((job) => !jobs.includes(job))
    .map((job) => `jobs: "${job}" is missing, and endpoints has it; add it, or leave jobs out`);
}

function byJob(endpoints: KnownEndpoint[], jobs: string[]): Record<string, KnownEndpoint[]> {
  return Object.fromEntries(jobs.map((job) => [job, endpoints.filter((endpoint) => endpoint.job === job)]));
}
