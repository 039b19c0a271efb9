import * as pulumi from "@pulumi/pulumi";
import { resolve } from "../../model/stack";
import type { HostModel } from "../../model/stackModel";
import { tunnelCommand } from "../host/connection";
import { refuse } from "../validation";
import { warnOnce } from "../warnings";
import { deployAlerting } from "./alerting";
import type { DropletSummary, MonitoringStackArgs, MonitorSummary, TargetSummary } from "./args";
import { deployFirewalls } from "./firewalls";
import { deployFoundation, type Foundation } from "./foundation";
import { proveCluster, proveScrapes } from "./gate";
import { deployScraping } from "./scraping";

// Of a stack with a single monitor.
const aloneWarning =
  "the stack has one monitor, so nothing is highly available: while its host or one of its services is down, no alert is sent; " +
  "add a second host to monitors";

/**
 * Highly available monitoring: a Prometheus and an Alertmanager on each of 2 to 7 hosts; a stack may begin with one. The Alertmanagers are one cluster, whose gossip
 * is mutually authenticated TLS; everything is scraped over WireGuard only. A change reaches one monitor at a time; the next one waits
 * until the one before is ready and sees its peers.
 */
export class MonitoringStack extends pulumi.ComponentResource {
  /** The monitors, in order. */
  public readonly monitors: pulumi.Output<MonitorSummary[]>;
  /** The targets, in order. */
  public readonly targets: pulumi.Output<TargetSummary[]>;
  /** Certificate of the authority that all monitors trust, in PEM. */
  public readonly trustBundle: pulumi.Output<string>;

  constructor(name: string, args: MonitoringStackArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ha-monitoring:index:MonitoringStack", name, {}, opts);
    const label = `${pulumi.getProject()}/${pulumi.getStack()}/${name}`;
    const { model, problems } = resolve(args, label);
    refuse(this, problems);
    if (model === undefined) throw new Error("a stack without problems has a model");
    if (model.monitors.length === 1) warnOnce(this, [`${name}: ${aloneWarning}`]);
    const foundation = deployFoundation(this, name, model);
    const alerting = deployAlerting(foundation);
    const scraping = deployScraping(foundation);
    const firewalls = deployFirewalls(foundation, alerting, scraping);
    const cluster = proveCluster(foundation, alerting, firewalls);
    const scrapes = proveScrapes(foundation, scraping, firewalls, cluster);

    // Everything that uses an output waits until every host is as it should be.
    const finished = pulumi.all([
      pulumi.all([...cluster, ...scrapes].map(({ command }) => command.urn)),
      pulumi.all([...firewalls.values()].map(({ ruleset }) => ruleset)),
      pulumi.all(scraping.servers.map(({ tunnel }) => tunnel)),
      foundation.link.addresses,
    ]);
    this.monitors = monitorSummaries(foundation, finished);
    this.targets = pulumi
      .all([knownLater(foundation, model.targets), finished])
      .apply(([later]) => model.targets.map((target, index) => summary(target, later[index])));
    this.trustBundle = alerting.ca.trustBundle;
    this.registerOutputs({ monitors: this.monitors, targets: this.targets, trustBundle: this.trustBundle });
  }
}

function monitorSummaries(
  foundation: Foundation,
  finished: pulumi.Output<unknown>,
): pulumi.Output<MonitorSummary[]> {
  const { model, hostOf } = foundation;
  const { monitors, ports } = model;
  const tunnels = monitors.map((monitor) =>
    tunnelCommand(pulumi.output(hostOf(monitor).connection), [ports.api, ports.prometheus]),
  );
  return pulumi
    .all([knownLater(foundation, monitors), pulumi.all(tunnels), finished])
    .apply(([later, commands]) =>
      monitors.map((monitor, index) => ({
        ...summary(monitor, later[index]),
        alertmanagerUrl: `http://127.0.0.1:${ports.api}`,
        prometheusUrl: `http://127.0.0.1:${ports.prometheus}`,
        tunnel: commands[index] ?? "",
      })),
    );
}

// What is known of a host once it is there.
interface KnownLater {
  address: string;
  droplet?: DropletSummary;
}

function knownLater({ addressOf, hostOf }: Foundation, hosts: HostModel[]): pulumi.Output<KnownLater[]> {
  return pulumi.all(
    hosts.map((host) => {
      const { droplet } = hostOf(host);
      return pulumi.output({ address: addressOf(host), ...(droplet === undefined ? {} : { droplet }) });
    }),
  );
}

function summary(
  { name, overlayAddress, rules }: HostModel,
  later: KnownLater = { address: "" },
): TargetSummary {
  return { name, ...later, overlayAddress, inboundRules: rules.map(({ rule }) => rule) };
}
