import * as pulumi from "@pulumi/pulumi";
import { tunnelCommand } from "../host/connection";
import { deployAlerting } from "./alerting";
import type { MonitoringStackArgs, MonitorSummary, TargetSummary } from "./args";
import { stackContext } from "./context";
import { monitoringStackProblems } from "./problems";
import { deployFirewalls, proveCluster } from "./protection";
import { deployScraping } from "./scraping";
import { refuse } from "../validation";

/**
 * Highly available monitoring: a Prometheus and an Alertmanager on each of 2 to 7 machines. The Alertmanagers are one cluster, whose gossip
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
    refuse(this, monitoringStackProblems(args, label));
    const context = stackContext(this, name, args, label);
    const alerting = deployAlerting(context);
    const scraping = deployScraping(context);
    const firewalls = deployFirewalls(context, alerting, scraping);
    const proofs = proveCluster(context, alerting, firewalls);

    // Whoever uses an output waits until everything on its machine is as it should be.
    const finished = pulumi.all([
      pulumi.all(proofs.map(({ command }) => command.urn)),
      pulumi.all([...firewalls.values()].map(({ ruleset }) => ruleset)),
      pulumi.all(scraping.servers.map(({ tunnel }) => tunnel)),
      context.link.addresses,
    ]);
    const { ports, hostOf, overlayAddressOf } = context;
    const connections = args.monitors.map((monitor) => hostOf(monitor).connection);
    this.monitors = pulumi
      .all([
        pulumi.all(args.monitors.map(context.addressOf)),
        pulumi.all(
          connections.map((connection) =>
            tunnelCommand(pulumi.output(connection), [ports.api, ports.prometheus]),
          ),
        ),
        finished,
      ])
      .apply(([addresses, tunnels]) =>
        args.monitors.map((monitor, index) => ({
          name: monitor.name,
          address: addresses[index] as string,
          overlayAddress: overlayAddressOf(monitor),
          alertmanagerUrl: `http://127.0.0.1:${ports.api}`,
          prometheusUrl: `http://127.0.0.1:${ports.prometheus}`,
          tunnel: tunnels[index] as string,
        })),
      );
    const targets = args.targets ?? [];
    this.targets = pulumi.all([pulumi.all(targets.map(context.addressOf)), finished]).apply(([addresses]) =>
      targets.map((target, index) => ({
        name: target.name,
        address: addresses[index] as string,
        overlayAddress: overlayAddressOf(target),
      })),
    );
    this.trustBundle = alerting.ca.trustBundle;
    this.registerOutputs({ monitors: this.monitors, targets: this.targets, trustBundle: this.trustBundle });
  }
}
