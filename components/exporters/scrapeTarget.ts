import * as pulumi from "@pulumi/pulumi";
import { nodeExporterDefaults, withDefaults } from "../../model/defaults";
import { isInstalled } from "../../model/exporterPlan";
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
import { installExporter } from "./installedExporter";

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

/**
 * An exporter of a machine. With `release` or `repository` it is installed like node_exporter: upstream's archive, checked, under a unit
 * and a user of its own. Without them it runs on the machine already, `job` and `port` are needed, and nothing is installed for it.
 */
export interface ExporterArgs {
  /** Name of its job. Default of one that is installed: its name without `exporter`, e.g. `blackbox`. */
  job?: string;
  /** Its port on the overlay. Default of a known release: upstream's, e.g. 9115. A change restarts it. */
  port?: number;
  /** Path of the metrics. Default /metrics. */
  path?: string;
  /** `http` or `https`. Default http. */
  scheme?: string;
  /** Further labels. */
  labels?: Record<string, string>;
  /**
   * A known exporter that is installed: blackbox_exporter, process-exporter, systemd_exporter, postgres_exporter, mysqld_exporter, redis_exporter, snmp_exporter,
   * pushgateway or statsd_exporter. Its port, flags, sandbox and configuration file are known; docs/exporters.md has them.
   */
  release?: string;
  /** `owner/name` on GitHub of any other exporter with archives in Prometheus' layout, whose program has the name of the repository; it needs `port` and `software` with `version` and `sha256`. */
  repository?: string;
  /** Version and origin of what is installed, which is a release. Default: the version that this library knows. A change restarts it. */
  software?: SoftwareArgs;
  /** Further flags, as upstream documents them; one that this library gives, too, replaces that. `{config}` and `{secrets}` stand for the path of its configuration file and the directory of its secret files. A change restarts it. */
  flags?: string[];
  /** Text of its configuration file, checked by the program itself where it can. A change is a reload where the program can, or else a restart. */
  config?: pulumi.Input<string>;
  /** Variables of its process, such as passwords; secret whatever they are, in a file that only root reads. A change restarts it. */
  environment?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Secret files by name, which only root and the program read. A change restarts it. */
  secretFiles?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Addresses and networks that it may talk to, beside its own machine and the monitors, e.g. those of a database; `0.0.0.0/0` and `::/0` are all. Default: all for blackbox_exporter and snmp_exporter, none for others. A change restarts it. */
  reaches?: string[];
  /** Whether the program of `repository` takes its socket from systemd (`--web.systemd-socket`), as those with a newer exporter-toolkit do. Otherwise it binds the address once the machine has it. Default false. */
  systemdSocket?: boolean;
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
  /** Its other exporters: those that are installed, and those that run there already. */
  exporters?: ExporterArgs[];
  /** Interface of the overlay. Default wg0. */
  networkInterface?: string;
}

/**
 * What is watched: a node_exporter and other exporters, each under a unit and user of its own that listens on the overlay and nowhere else,
 * and the exporters that run on the machine already.
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
    const installed = [
      ...(nodeExporter.install ? [installNodeExporter(this, name, host, nodeExporter, known).command] : []),
      ...exporters.filter(isInstalled).map((each) => installExporter(this, name, host, each, known)),
    ];

    this.endpoints = after(
      installed,
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
