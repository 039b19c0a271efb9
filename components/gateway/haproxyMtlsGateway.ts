import * as pulumi from "@pulumi/pulumi";
import { isIpAddress } from "../../model/addresses";
import { gatewayDefaults, withDefaults } from "../../model/defaults";
import { problemsOf } from "../../model/fields";
import { gateway as gatewayField, gossipRules, settledPeer } from "../../model/gateway";
import { readerRules } from "../../model/readers";
import {
  certificatePaths,
  gatewayBundle,
  gatewayCertificatesBundle,
} from "../../templates/gateway/gatewayBundles";
import { gatewayLayout } from "../../templates/gateway/gatewayLayout";
import { applyBundle } from "../host/bundle";
import { after, knownHost } from "../host/knownHost";
import type { CertificateBundle, GatewayPeer, GatewaySockets, Host, InboundRule } from "../shapes";
import { checked, refuse } from "../validation";

/** Where a gateway listens. */
export interface GatewayListenArgs {
  /** Port for gossip streams. Default 9094. */
  streamPort?: number;
  /** Port for gossip datagrams, which travel over TCP. Default 9095. */
  datagramPort?: number;
  /** Port of the Alertmanager API on 127.0.0.1 and on the overlay. Default 9093. */
  apiPort?: number;
  /** Port of HAProxy's own metrics on 127.0.0.1. Default 8405. */
  metricsPort?: number;
  /** Addresses of the host on which gossip arrives. Default 0.0.0.0 and ::, all addresses of both families. */
  bindAddresses?: string[];
}

/** Arguments of HaproxyMtlsGateway. */
export interface HaproxyMtlsGatewayArgs extends GatewayListenArgs {
  /** The machine. */
  host: pulumi.Input<Host>;
  /** This gateway's certificate; its private key is on the machine. */
  certificate: pulumi.Input<CertificateBundle>;
  /** All other peers; connections of nobody else are served. With an empty list only the API and the metrics are served, and the first peer that is added opens the ports for gossip by a reload. */
  peers: pulumi.Input<pulumi.Input<GatewayPeer>[]>;
  /** Addresses and networks from which gossip may come at all, for a firewall. Default: everywhere, because certificates decide who may speak, and peers may be behind address translation. */
  gossipSources?: pulumi.Input<pulumi.Input<string>[]>;
  /** This machine's address on the overlay. Default: the API is served on 127.0.0.1 only. */
  overlayAddress?: pulumi.Input<string>;
  /** Overlay addresses of the other machines that may use the API there: those of the Prometheus servers. Default: none. */
  readers?: pulumi.Input<pulumi.Input<string>[]>;
  /** Interface of the overlay. Default wg0. */
  networkInterface?: string;
  /** DNS names by which a proxy or browser may address the API, beside `localhost` and the host's own names; requests with another name as `Host` get status 421. Default: none. A change is a reload. */
  apiNames?: string[];
  /** Seconds for which open connections outlive a reload, also those of a peer that was taken out. Default 15: the slowest exchange of memberlist takes 10. */
  drainSeconds?: number;
}

/**
 * The gateway between Alertmanagers: a HAProxy under a unit and configuration of its own that speaks mutually authenticated TLS 1.3 with its
 * peers, each by name, and Unix sockets with the Alertmanager on its machine. A HAProxy that is already there is left alone.
 */
export class HaproxyMtlsGateway extends pulumi.ComponentResource {
  /** What the Alertmanager on this machine needs. */
  public readonly sockets: pulumi.Output<GatewaySockets>;
  /** Who must be able to come in. */
  public readonly inboundRules: pulumi.Output<InboundRule[]>;

  constructor(name: string, args: HaproxyMtlsGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ha-monitoring:index:HaproxyMtlsGateway", name, {}, opts);
    refuse(this, problemsOf(gatewayField, args));
    const { fields } = gatewayField;
    const settings = withDefaults(gatewayDefaults, args);
    const { streamPort, datagramPort, apiPort, metricsPort, bindAddresses, drainSeconds } = settings;
    const peers = checked(this, fields.peers, args.peers, ["peers"]);
    const overlay = checked(this, gatewayField, {
      overlayAddress: args.overlayAddress,
      readers: args.readers ?? [],
    });
    const sources = checked(this, fields.gossipSources, args.gossipSources ?? [], ["gossipSources"]);
    const certificate = pulumi.output(args.certificate);
    const host = knownHost(args.host);

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
      pulumi
        .all([peers, overlay, certificate.privateKeyPath, host.name, host.address])
        .apply(([known, { overlayAddress, readers }, privateKeyPath, hostName, address]) => {
          const paths = certificatePaths(privateKeyPath);
          return gatewayBundle({
            peers: known.map(settledPeer),
            bindAddresses,
            streamPort,
            datagramPort,
            apiPort,
            overlay: overlayAddress === undefined ? undefined : { address: overlayAddress, readers },
            metricsPort,
            apiNames: [hostName, address, ...(args.apiNames ?? [])].filter((name) => !isIpAddress(name)),
            certificatePath: paths.certificate,
            trustBundlePath: paths.trustBundle,
            drainSeconds,
          });
        }),
      { parent: this, dependsOn: certificates.command },
    );

    // Each value by itself: ids that are not known yet leave the rest known.
    this.sockets = pulumi.output({
      directory: after(gateway.command, gatewayLayout.socketDirectory),
      user: after(gateway.command, gatewayLayout.user),
      uid: certificate.uid,
      gid: certificate.gid,
      apiUrl: after(gateway.command, `http://127.0.0.1:${apiPort}`),
    });
    this.inboundRules = pulumi
      .all([sources, overlay, peers])
      .apply(([from, served, others]) => [
        ...gossipRules({ streamPort, datagramPort }, others.length, from),
        ...readerRules(served, apiPort, args.networkInterface, "the API of Alertmanager"),
      ]);
    this.registerOutputs({ sockets: this.sockets, inboundRules: this.inboundRules });
  }
}
