import * as pulumi from "@pulumi/pulumi";
import { isIpAddress } from "../../model/addresses";
import {
  certificatePaths,
  gatewayBundle,
  gatewayCertificatesBundle,
} from "../../templates/gateway/gatewayBundles";
import { gatewayLayout } from "../../templates/gateway/gatewayLayout";
import { applyBundle } from "../host/bundle";
import { isPort } from "../host/connection";
import { sourceProblems } from "../firewall/hostFirewall";
import type { CertificateBundle, GatewayPeer, GatewaySockets, Host, InboundRule } from "../shapes";
import { overlayReaderProblems, overlayReaderRules } from "../overlay/overlayReaders";
import { checked, peerProblems, refuse } from "../validation";

/** Default ports of a gateway. */
export const gatewayPorts = { stream: 9094, datagram: 9095, api: 9093, metrics: 8405 };

/** Arguments of HaproxyMtlsGateway. */
export interface HaproxyMtlsGatewayArgs {
  /** The machine. */
  host: pulumi.Input<Host>;
  /** This gateway's certificate; its private key is on the machine. */
  certificate: pulumi.Input<CertificateBundle>;
  /** All other peers; nobody else may speak. */
  peers: pulumi.Input<pulumi.Input<GatewayPeer>[]>;
  /** Port for gossip streams. Default 9094. */
  streamPort?: number;
  /** Port for gossip datagrams. Default 9095. */
  datagramPort?: number;
  /** Port of the Alertmanager API on 127.0.0.1 and on the overlay. Default 9093. */
  apiPort?: number;
  /** Port of HAProxy's own metrics on 127.0.0.1. Default 8405. */
  metricsPort?: number;
  /** Addresses of the machine on which gossip arrives. Default 0.0.0.0 and ::, all addresses of both families. */
  bindAddresses?: string[];
  /** Addresses and networks from which gossip may come at all, for a firewall. Default: everywhere, because certificates decide who may speak, and peers may be behind address translation. */
  gossipSources?: pulumi.Input<pulumi.Input<string>[]>;
  /** This machine's address on the overlay. Default: the API is served on 127.0.0.1 only. */
  overlayAddress?: pulumi.Input<string>;
  /** Overlay addresses of the other machines that may use the API there: those of the Prometheus servers. Default: none. */
  readers?: pulumi.Input<pulumi.Input<string>[]>;
  /** Interface of the overlay. Default wg0. */
  networkInterface?: string;
  /** Seconds for which open connections outlive a reload. Default 300. */
  drainSeconds?: number;
}

/**
 * The door between Alertmanagers: a HAProxy under a unit and configuration of its own that speaks mutually authenticated TLS 1.3 with its
 * peers, each by name, and Unix sockets with the Alertmanager on its machine. A HAProxy that is already there is left alone.
 */
export class HaproxyMtlsGateway extends pulumi.ComponentResource {
  /** What the Alertmanager on this machine needs. */
  public readonly sockets: pulumi.Output<GatewaySockets>;
  /** Who must be able to come in. */
  public readonly inboundRules: pulumi.Output<InboundRule[]>;

  constructor(name: string, args: HaproxyMtlsGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ha-monitoring:index:HaproxyMtlsGateway", name, {}, opts);
    const ports = gatewayPortsOf(args);
    refuse(this, gatewayProblems(args));
    const peers = checked(this, args.peers, (others) =>
      others.length === 0 ? ["peers: at least one other peer is needed"] : peerProblems(others),
    );
    const overlay = checked(
      this,
      { overlayAddress: args.overlayAddress, readers: args.readers ?? [] },
      overlayReaderProblems,
    );
    const gossipSources = checked(this, args.gossipSources ?? [], gossipSourceProblems);
    const certificate = pulumi.output(args.certificate);

    const certificates = applyBundle(
      `${name}-certificates`,
      args.host,
      "gateway-certificates",
      certificate.apply(gatewayCertificatesBundle),
      { parent: this },
    );
    const gateway = applyBundle(
      `${name}-haproxy`,
      args.host,
      "gateway",
      pulumi.all([peers, overlay, certificate.privateKeyPath]).apply(([known, served, privateKeyPath]) => {
        const paths = certificatePaths(privateKeyPath);
        return gatewayBundle({
          peers: known.map((peer) => ({
            ...peer,
            streamPort: peer.streamPort ?? gatewayPorts.stream,
            datagramPort: peer.datagramPort ?? gatewayPorts.datagram,
          })),
          bindAddresses: args.bindAddresses ?? ["0.0.0.0", "::"],
          streamPort: ports.stream,
          datagramPort: ports.datagram,
          apiPort: ports.api,
          overlay:
            served.overlayAddress === undefined
              ? undefined
              : { address: served.overlayAddress, readers: served.readers },
          metricsPort: ports.metrics,
          certificatePath: paths.certificate,
          trustBundlePath: paths.trustBundle,
          drainSeconds: args.drainSeconds ?? 300,
        });
      }),
      { parent: this, dependsOn: certificates.command },
    );

    // Waiting for the URN makes whoever uses the sockets wait for the gateway, without making them unknown in a preview.
    // Each value stands alone: ids that are not known yet leave the rest known.
    const ready = <T>(value: T) => gateway.command.urn.apply(() => value);
    this.sockets = pulumi.output({
      directory: ready(gatewayLayout.socketDirectory),
      user: ready(gatewayLayout.user),
      uid: certificate.uid,
      gid: certificate.gid,
      apiUrl: ready(`http://127.0.0.1:${ports.api}`),
    });
    this.inboundRules = pulumi
      .all([gossipSources, overlay])
      .apply(([sources, served]) => [
        ...gossipRules(ports, sources),
        ...overlayReaderRules(served, ports.api, args.networkInterface, "the API of Alertmanager"),
      ]);
    this.registerOutputs({ sockets: this.sockets, inboundRules: this.inboundRules });
  }
}

/** What is wrong with the ports and addresses of a gateway, one sentence each. */
export function gatewayProblems(
  args: Pick<
    HaproxyMtlsGatewayArgs,
    "streamPort" | "datagramPort" | "apiPort" | "metricsPort" | "bindAddresses" | "drainSeconds"
  >,
): string[] {
  const entries = Object.entries(gatewayPortsOf(args)).map(([use, port]) => ({ field: `${use}Port`, port }));
  const problems = entries
    .filter(({ port }) => !isPort(port) || port < 1024)
    .map(
      ({ field, port }) =>
        `${field}: ${port} cannot be used; HAProxy runs without privileges, so 1024 to 65535 can`,
    );
  entries.forEach(({ field, port }, index) => {
    const other = entries.slice(0, index).find((earlier) => earlier.port === port);
    if (other) problems.push(`${field}: ${port} is ${other.field} already; each needs a port of its own`);
  });
  for (const address of args.bindAddresses ?? []) {
    if (!isIpAddress(address)) problems.push(`bindAddresses: "${address}" is not an IP address`);
  }
  const { drainSeconds } = args;
  if (drainSeconds !== undefined && !(Number.isInteger(drainSeconds) && drainSeconds > 0)) {
    problems.push(`drainSeconds: ${drainSeconds} is not a time; a whole number of seconds above 0 is needed`);
  }
  if (args.bindAddresses?.length === 0) problems.push("bindAddresses: at least one address is needed");
  return problems;
}

/** What is wrong with where gossip may come from, one sentence each. */
export function gossipSourceProblems(sources: string[]): string[] {
  return sources.flatMap((source) => sourceProblems("gossipSources", source));
}

/** The ports of a gateway, with the defaults for those that are not given. */
export function gatewayPortsOf(args: Parameters<typeof gatewayProblems>[0]): typeof gatewayPorts {
  return {
    stream: args.streamPort ?? gatewayPorts.stream,
    datagram: args.datagramPort ?? gatewayPorts.datagram,
    api: args.apiPort ?? gatewayPorts.api,
    metrics: args.metricsPort ?? gatewayPorts.metrics,
  };
}

function gossipRules(ports: typeof gatewayPorts, sources: string[]): InboundRule[] {
  return [
    { protocol: "tcp", port: ports.stream, sources, purpose: "gossip streams between Alertmanagers" },
    { protocol: "tcp", port: ports.datagram, sources, purpose: "gossip datagrams between Alertmanagers" },
  ];
}
