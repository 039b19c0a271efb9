import * as pulumi from "@pulumi/pulumi";
import { isIpAddress } from "../../model/addresses";
import { nodeExporterBundle, nonlocalBindBundle } from "../../templates/exporters/nodeExporterBundles";
import {
  commandPath,
  packagedCommands,
  releasedPrograms,
  softwareBundle,
} from "../../templates/host/releaseBundles";
import { applyBundle } from "../host/bundle";
import { isPort } from "../host/connection";
import { labelNameProblems } from "../prometheus/prometheusProblems";
import type { Endpoint, Host, InboundRule } from "../shapes";
import { softwareOf, softwareProblems, type SoftwareArgs } from "../software";
import { checked, refuse } from "../validation";
import { wireGuardDefaults } from "../overlay/wireGuardPlan";

/** The node_exporter of a target; the same for all targets of a stack. */
export interface NodeExporterArgs {
  /** Whether it is installed. Default true. */
  install?: boolean;
  /** Where the program comes from. Default: upstream's release 1.9.1. */
  software?: SoftwareArgs;
  /** Port on the overlay. Default 9100. */
  port?: number;
  /** Name of its job. Default node. */
  job?: string;
  /** Whether the state of the machine's clock is measured, by the collector timex, for which the unit must let a system call more through. Default false. */
  timex?: boolean;
  /** Further flags, as upstream documents them, e.g. `--collector.systemd`. */
  flags?: string[];
}

/** An exporter that runs on the machine already; nothing is installed for it. */
export interface ExporterArgs {
  /** Name of its job. */
  job: string;
  /** Its port on the overlay. */
  port: number;
  /** Path of the metrics. Default /metrics. */
  path?: string;
  /** `http` or `https`. Default http. */
  scheme?: string;
  /** Further labels. */
  labels?: Record<string, string>;
}

/** Arguments of ScrapeTarget. */
export interface ScrapeTargetArgs {
  /** The machine. */
  host: pulumi.Input<Host>;
  /** Its address on the overlay. */
  overlayAddress: pulumi.Input<string>;
  /** Overlay addresses of the machines whose Prometheus scrapes it; nobody else may. */
  monitors: pulumi.Input<pulumi.Input<string>[]>;
  /** Labels of all its endpoints. */
  labels?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Its node_exporter. */
  nodeExporter?: NodeExporterArgs;
  /** Exporters that run there already. */
  exporters?: ExporterArgs[];
  /** Interface of the overlay. Default wg0. */
  networkInterface?: string;
}

/**
 * What is watched: a node_exporter under a unit and user of its own that listens on the overlay and nowhere else, and the exporters
 * that run on the machine already.
 */
export class ScrapeTarget extends pulumi.ComponentResource {
  /** What a Prometheus scrapes. */
  public readonly endpoints: pulumi.Output<Endpoint[]>;
  /** Who must be able to come in. */
  public readonly inboundRules: pulumi.Output<InboundRule[]>;

  constructor(name: string, args: ScrapeTargetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ha-monitoring:index:ScrapeTarget", name, {}, opts);
    const nodeExporter = args.nodeExporter ?? {};
    const exporters = exportersOf(nodeExporter, args.exporters ?? []);
    refuse(this, [...nodeExporterProblems(nodeExporter), ...exporterProblems(exporters)]);
    const known = checked(
      this,
      { overlayAddress: args.overlayAddress, monitors: args.monitors, labels: args.labels ?? {} },
      targetProblems,
    );
    // A host that is plain data with a key in it is secret as a whole; its name is not.
    const hostName = pulumi.unsecret(pulumi.output(args.host).name);
    const installed =
      nodeExporter.install === false ? [] : installNodeExporter(this, name, args.host, nodeExporter, known);

    // Waiting for the URN makes whoever uses an output wait for the exporter, without making it unknown in a preview.
    const ready = pulumi.all(installed.map(({ command }) => command.urn));
    this.endpoints = pulumi
      .all([hostName, known, ready])
      .apply(([ownName, { overlayAddress, labels }]) =>
        exporters.map((exporter) => endpointOf(exporter, ownName, overlayAddress, labels)),
      );
    this.inboundRules = known.monitors.apply((sources) =>
      exporters.map(({ job, port }) => ({
        ...{
          protocol: "tcp",
          port,
          sources,
          networkInterface: args.networkInterface ?? wireGuardDefaults.interfaceName,
        },
        purpose: `scrapes of job ${job}`,
      })),
    );
    this.registerOutputs({ endpoints: this.endpoints, inboundRules: this.inboundRules });
  }
}

/** Default port of node_exporter. */
export const nodeExporterPort = 9100;

/** What is wrong with how a node_exporter is to run, one sentence each. */
export function nodeExporterProblems(args: NodeExporterArgs): string[] {
  const problems = softwareProblems("nodeExporter.software", args.software ?? {});
  const { port, flags = [] } = args;
  if (port !== undefined && (!isPort(port) || port < 1024)) {
    problems.push(
      `nodeExporter.port: ${port} cannot be used; node_exporter runs without privileges, so 1024 to 65535 can`,
    );
  }
  for (const flag of flags) {
    if (!/^--[a-z][a-z0-9.-]*(=[^\s"'\\]*)?$/.test(flag)) {
      problems.push(
        `nodeExporter.flags: "${flag}" is not a flag; write for example --collector.systemd, without blanks, quotes and backslashes`,
      );
    }
    if (/^--web\.(listen-address|systemd-socket)(=|$)/.test(flag)) {
      problems.push(
        `nodeExporter.flags: "${flag}" would open another address; the overlay's is the only one`,
      );
    }
  }
  return problems;
}

function installNodeExporter(
  parent: pulumi.Resource,
  name: string,
  host: pulumi.Input<Host>,
  args: NodeExporterArgs,
  addresses: pulumi.Output<{ overlayAddress: string; monitors: string[] }>,
) {
  const software = softwareOf("node_exporter", args.software);
  const program = releasedPrograms.nodeExporter;
  const nonlocalBind = applyBundle(`${name}-nonlocal-bind`, host, "nonlocal-bind", nonlocalBindBundle(), {
    parent,
  });
  const installed = applyBundle(
    `${name}-software`,
    host,
    "node-exporter-software",
    softwareBundle(program, software),
    { parent },
  );
  const exporter = applyBundle(
    `${name}-node-exporter`,
    host,
    "node-exporter",
    addresses.apply(({ overlayAddress, monitors }) =>
      nodeExporterBundle({
        program: commandPath(program, software),
        address: overlayAddress,
        port: args.port ?? nodeExporterPort,
        monitors,
        timex: args.timex ?? false,
        flags: args.flags ?? [],
        commands: packagedCommands(program, software),
      }),
    ),
    { parent, dependsOn: [nonlocalBind.command, installed.command] },
  );
  return [exporter];
}

/** All exporters of a target, its node_exporter first. */
export function exportersOf(nodeExporter: NodeExporterArgs, others: ExporterArgs[]): ExporterArgs[] {
  if (nodeExporter.install === false) return others;
  return [{ job: nodeExporter.job ?? "node", port: nodeExporter.port ?? nodeExporterPort }, ...others];
}

/** What is wrong with exporters, one sentence each. */
export function exporterProblems(exporters: ExporterArgs[]): string[] {
  if (exporters.length === 0) {
    return [
      "exporters: without a node_exporter at least one exporter is needed, or there is nothing to scrape",
    ];
  }
  return exporters.flatMap((exporter, index) => {
    const { job, port, path, scheme, labels = {} } = exporter;
    const problems = labelNameProblems(`exporters: labels of job "${job}"`, labels);
    if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(job)) {
      problems.push(`exporters: "${job}" is not the name of a job; use letters, digits, ., _ and -`);
    }
    if (!isPort(port)) problems.push(`exporters: port ${port} of job "${job}" is not a port; 1 to 65535 are`);
    if (path !== undefined && !path.startsWith("/")) {
      problems.push(`exporters: path "${path}" of job "${job}" must begin with /`);
    }
    if (scheme !== undefined && !["http", "https"].includes(scheme)) {
      problems.push(`exporters: scheme "${scheme}" of job "${job}" is unknown; http and https are allowed`);
    }
    const same = exporters.slice(0, index).find((earlier) => earlier.port === port);
    if (same && (same.path ?? "/metrics") === (path ?? "/metrics")) {
      problems.push(`exporters: port ${port} of job "${job}" is that of job "${same.job}" already`);
    }
    return problems;
  });
}

function targetProblems(args: {
  overlayAddress: string;
  monitors: string[];
  labels: Record<string, string>;
}): string[] {
  const problems = labelNameProblems("labels", args.labels);
  if (!isIpAddress(args.overlayAddress)) {
    problems.push(`overlayAddress: "${args.overlayAddress}" is not an IP address`);
  }
  if (args.monitors.length === 0) {
    problems.push("monitors: at least one address is needed, or the firewall would admit everybody");
  }
  for (const monitor of args.monitors) {
    if (!isIpAddress(monitor)) problems.push(`monitors: "${monitor}" is not an IP address`);
  }
  return problems;
}

/** What a Prometheus scrapes of an exporter. */
export function endpointOf(
  exporter: ExporterArgs,
  name: string,
  address: string,
  common: Record<string, string>,
): pulumi.Unwrap<Endpoint> {
  const { job, port, path, scheme } = exporter;
  const labels: Record<string, string> = {
    ...common,
    ...exporter.labels,
    // How it is scraped goes by labels that Prometheus itself reads and drops.
    ...(path === undefined ? {} : { __metrics_path__: path }),
    ...(scheme === undefined ? {} : { __scheme__: scheme }),
  };
  return { name, address, port, job, ...(Object.keys(labels).length > 0 ? { labels } : {}) };
}
