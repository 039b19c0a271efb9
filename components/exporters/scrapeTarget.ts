import * as pulumi from "@pulumi/pulumi";
import { nodeExporterDefaults, withDefaults } from "../../model/defaults";
import { allExporters, endpointOf, scrapeRules, scrapeTarget } from "../../model/exporters";
import { problemsOf } from "../../model/fields";
import { softwareOf } from "../../model/software";
import { nodeExporterBundle } from "../../templates/exporters/nodeExporterBundles";
import {
  commandPath,
  packagedCommands,
  releasedPrograms,
  softwareBundle,
} from "../../templates/host/releaseBundles";
import { applyBundle } from "../host/bundle";
import { after, knownHost } from "../host/knownHost";
import type { Endpoint, Host, InboundRule } from "../shapes";
import { warnOfVersion, type SoftwareArgs } from "../software";
import { checked, refuse } from "../validation";

/** The node_exporter of a target; the same for all targets of a stack. */
export interface NodeExporterArgs {
  /** Whether it is installed. Default true. */
  install?: boolean;
  /** Where the program comes from. Default: upstream's release 1.12.1. */
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
    refuse(this, problemsOf(scrapeTarget, args));
    const nodeExporter = withDefaults(nodeExporterDefaults, args.nodeExporter ?? {});
    const exporters = allExporters(nodeExporter, args.exporters);
    const { host, overlayAddress, monitors, labels = {} } = args;
    const { fields } = scrapeTarget;
    const known = pulumi.output({
      overlayAddress: checked(this, fields.overlayAddress, overlayAddress, ["overlayAddress"]),
      monitors: checked(this, fields.monitors, monitors, ["monitors"]),
      labels: checked(this, fields.labels, labels, ["labels"]),
    });
    const installed = nodeExporter.install
      ? [installNodeExporter(this, name, host, nodeExporter, known)]
      : [];

    this.endpoints = after(
      installed.map(({ command }) => command),
      pulumi
        .all([knownHost(host).name, known])
        .apply(([ownName, settled]) =>
          exporters.map((each) => endpointOf(each, ownName, settled.overlayAddress, settled.labels)),
        ),
    );
    this.inboundRules = known.monitors.apply((sources) =>
      scrapeRules(exporters, sources, args.networkInterface),
    );
    this.registerOutputs({ endpoints: this.endpoints, inboundRules: this.inboundRules });
  }
}

function installNodeExporter(
  parent: pulumi.Resource,
  name: string,
  host: pulumi.Input<Host>,
  args: NodeExporterArgs & typeof nodeExporterDefaults,
  addresses: pulumi.Output<{ overlayAddress: string; monitors: string[] }>,
) {
  const software = softwareOf("node_exporter", args.software);
  warnOfVersion(parent, "node_exporter", software);
  const program = releasedPrograms.nodeExporter;
  const { port, timex, flags } = args;
  const installed = applyBundle(
    `${name}-software`,
    host,
    "node-exporter-software",
    softwareBundle(program, software),
    { parent },
  );
  return applyBundle(
    `${name}-node-exporter`,
    host,
    "node-exporter",
    addresses.apply(({ overlayAddress, monitors }) =>
      nodeExporterBundle({
        program: commandPath(program, software),
        address: overlayAddress,
        port,
        monitors,
        timex,
        flags,
        commands: packagedCommands(program, software),
      }),
    ),
    { parent, dependsOn: installed.command },
  );
}
