import * as pulumi from "@pulumi/pulumi";
import { gateBundle } from "../templates/alertmanagerBundles";
import { AlertmanagerPeer, type AlertmanagerRuntimeArgs } from "./alertmanagerPeer";
import type { AlertmanagerConfigArgs } from "./alertmanagerConfig";
import { gatewayPorts, HaproxyMtlsGateway } from "./haproxyMtlsGateway";
import { applyBundle } from "./host/bundle";
import { loopbackAddresses, monitoringStackProblems } from "./monitoringStackPlan";
import { PrivateCA, type RootCurve } from "./privateCA";
import type { CertificateBundle, GatewayPeer, Host, SshConnection } from "./shapes";
import { SshHost } from "./sshHost";
import { refuse } from "./validation";

/** A machine that monitors. */
export interface MonitorArgs {
  /** DNS label, unique in the stack. */
  name: string;
  /** Where the other monitors reach it: an IP address of either family, or a DNS name. */
  address: pulumi.Input<string>;
  /** How to reach it over SSH. */
  connection: SshConnection;
  /** Number of this monitor among all, 1 to 7; give it to keep the others' when one is taken out of the middle. Default: its position. */
  number?: number;
}

/** How gossip travels between monitors. */
export interface GossipArgs {
  /** Port for streams on every monitor. Default 9094. */
  streamPort?: number;
  /** Port for datagrams on every monitor, over TCP. Default 9095. */
  datagramPort?: number;
  /** Addresses on which every monitor listens. Default 0.0.0.0 and ::. */
  bindAddresses?: string[];
  /** Port of the Alertmanager API on every monitor's 127.0.0.1. Default 9093. */
  apiPort?: number;
  /** Port of HAProxy's metrics on every monitor's 127.0.0.1. Default 8405. */
  metricsPort?: number;
  /** Label of the cluster: clusters with different labels never merge. Default: project, stack and component name. */
  clusterLabel?: string;
}

/** Lifetimes of the certificates. */
export interface CertificateArgs {
  /** Curve of the root's key. Default P384. */
  curve?: RootCurve;
  /** Life of the root in hours. Default 87600, ten years. */
  rootLifetimeHours?: number;
  /** Life of a monitor's certificate in hours. Default 2160, 90 days. */
  lifetimeHours?: number;
  /** Hours before its end at which a certificate is renewed by the next `pulumi up`. Default a third of its life. */
  earlyRenewalHours?: number;
}

/** Arguments of MonitoringStack. */
export interface MonitoringStackArgs {
  /** 2 to 7 machines; changes reach them one after the other, in this order. */
  monitors: MonitorArgs[];
  /** Whom the Alertmanagers tell what. */
  alerting: AlertmanagerConfigArgs;
  /** How the Alertmanagers run. */
  alertmanager?: AlertmanagerRuntimeArgs;
  /** How gossip travels. */
  gossip?: GossipArgs;
  /** Lifetimes of certificates. */
  certificates?: CertificateArgs;
}

/** What can be said about one monitor afterwards. */
export interface MonitorSummary {
  /** Name of the monitor. */
  name: string;
  /** Where other monitors reach it. */
  address: string;
  /** The Alertmanager API on the monitor itself. */
  alertmanagerUrl: string;
  /** Command that makes the API reachable on the machine where it is typed. */
  tunnel: string;
}

/**
 * Highly available alerting: an Alertmanager on each of 2 to 7 machines, one cluster, whose gossip is mutually authenticated TLS.
 * A change reaches one monitor at a time; the next one waits until the one before is ready and sees its peers.
 */
export class MonitoringStack extends pulumi.ComponentResource {
  /** The monitors, in order. */
  public readonly monitors: pulumi.Output<MonitorSummary[]>;
  /** Certificate of the authority that all monitors trust, in PEM. */
  public readonly trustBundle: pulumi.Output<string>;

  constructor(name: string, args: MonitoringStackArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ha-monitoring:index:MonitoringStack", name, {}, opts);
    refuse(this, monitoringStackProblems(args));
    const { monitors, gossip = {} } = args;
    const streamPort = gossip.streamPort ?? gatewayPorts.stream;
    const clusterLabel = gossip.clusterLabel ?? `${pulumi.getProject()}/${pulumi.getStack()}/${name}`;
    const child = { parent: this };

    const hosts = monitors.map(
      (monitor) =>
        new SshHost(
          `${name}-${monitor.name}`,
          { name: monitor.name, address: monitor.address, connection: monitor.connection },
          child,
        ),
    );
    const loopbacks = loopbackAddresses(monitors);
    const peers: GatewayPeer[] = monitors.map((monitor, index) => ({
      name: monitor.name,
      address: monitor.address,
      streamPort,
      datagramPort: gossip.datagramPort ?? gatewayPorts.datagram,
      loopbackAddress: loopbacks[index] as string,
    }));
    const ca = new PrivateCA(
      `${name}-ca`,
      {
        ...args.certificates,
        commonName: `${clusterLabel} CA`,
        holders: monitors.map((monitor, index) => ({ name: monitor.name, host: hosts[index] as Host })),
      },
      child,
    );

    const alertmanagers: AlertmanagerPeer[] = [];
    monitors.forEach((monitor, index) => {
      const host = hosts[index] as Host;
      const others = peers.filter((_, other) => other !== index);
      // One after the other: whatever changes on this monitor waits for the health of the one before.
      const inTurn = { parent: this, dependsOn: alertmanagers.slice(-1) };
      const gateway = new HaproxyMtlsGateway(
        `${name}-${monitor.name}-gateway`,
        {
          host,
          certificate: ca.certificates[monitor.name] as pulumi.Output<CertificateBundle>,
          peers: others,
          streamPort,
          datagramPort: gossip.datagramPort,
          bindAddresses: gossip.bindAddresses,
          apiPort: gossip.apiPort,
          metricsPort: gossip.metricsPort,
        },
        inTurn,
      );
      alertmanagers.push(
        new AlertmanagerPeer(
          `${name}-${monitor.name}-alertmanager`,
          {
            host,
            gateway: gateway.sockets,
            self: peers[index] as GatewayPeer,
            peers: others,
            clusterLabel,
            alerting: args.alerting,
            runtime: args.alertmanager,
          },
          inTurn,
        ),
      );
    });

    const whole = monitors.map((monitor, index) =>
      applyBundle(
        `${name}-${monitor.name}-cluster`,
        hosts[index] as Host,
        "cluster",
        pulumi
          .all([
            alertmanagers[index]?.apiUrl as pulumi.Output<string>,
            peers.filter((_, other) => other !== index),
            peers,
          ])
          .apply(([apiUrl, others, all]) =>
            gateBundle(
              apiUrl,
              others.map((peer) => ({ ...peer, streamPort })),
              { all: true, notes: [`cluster of ${all.map((peer) => peer.name).join(", ")}`] },
            ),
          ),
        { parent: this, dependsOn: alertmanagers },
      ),
    );

    this.trustBundle = ca.trustBundle;
    this.monitors = pulumi
      .all([
        pulumi.all(monitors.map(({ address }) => address)),
        pulumi.all(alertmanagers.map(({ apiUrl }) => apiUrl)),
        pulumi.all(hosts.map(({ connection }) => tunnelEnd(connection))),
        pulumi.all(whole.map(({ command }) => command.urn)),
      ])
      .apply(([addresses, urls, ends]) =>
        monitors.map((monitor, index) => ({
          name: monitor.name,
          address: addresses[index] as string,
          alertmanagerUrl: urls[index] as string,
          tunnel: `ssh -N -L ${gossip.apiPort ?? gatewayPorts.api}:${(urls[index] as string).replace("http://", "")} ${ends[index]}`,
        })),
      );
    this.registerOutputs({ monitors: this.monitors, trustBundle: this.trustBundle });
  }
}

/** What `ssh` needs to reach a machine; none of it is secret, though the connection that holds it is. */
function tunnelEnd(connection: pulumi.Output<SshConnection>): pulumi.Output<string> {
  return pulumi.unsecret(pulumi.output(connection)).apply(({ host, port = 22, user = "root" }) => {
    const end = `${user}@${host ?? ""}`;
    return port === 22 ? end : `-p ${port} ${end}`;
  });
}
