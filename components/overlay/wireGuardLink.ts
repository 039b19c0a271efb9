import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import {
  wireGuardBundle,
  wireGuardKeyBundle,
  wireGuardSecretsBundle,
} from "../../templates/overlay/wireGuardBundles";
import { wireGuardLayout } from "../../templates/overlay/wireGuardLayout";
import { applyBundle } from "../host/bundle";
import type { Host, InboundRule, OverlayAddress } from "../shapes";
import { checked, refuse } from "../validation";
import {
  endpointProblems,
  underlayProblems,
  wireGuardPlan,
  wireGuardProblems,
  wireGuardSettings,
} from "./wireGuardPlan";

/** One host of an overlay. */
export interface OverlayHostArgs {
  /** DNS label, unique in the link. The address of a host that chose none is made from it. */
  name: string;
  /** The machine. */
  host: pulumi.Input<Host>;
  /** Its address on the overlay, of either family, without a prefix length. Default: made from the link's label and the name. */
  overlayAddress?: string;
  /** Where the others reach its WireGuard: an IP address of either family, or a DNS name. Default: the host's address. */
  endpoint?: pulumi.Input<string>;
  /** UDP port on which its WireGuard listens. Default: the link's. */
  listenPort?: number;
}

/** Arguments of WireGuardLink. */
export interface WireGuardLinkArgs {
  /** Hosts that have a tunnel with everybody: the monitors. */
  hubs: OverlayHostArgs[];
  /** Hosts that have a tunnel with each hub and with nobody else: the targets. */
  spokes?: OverlayHostArgs[];
  /** Network of the overlay, e.g. `fd12:3456:789a:1::/64` or `10.9.0.0/24`. Default: an IPv6 network made from the label. */
  network?: string;
  /** Names this link; addresses are made from it. Default: project, stack and component name. */
  label?: string;
  /** Name of the interface on every host. Default wg0. */
  interfaceName?: string;
  /** UDP port on every host. Default 51820. */
  listenPort?: number;
  /** Seconds between packets that keep the way through address translation open; 0 sends none. Default 25. */
  keepaliveSeconds?: number;
  /** Largest packet inside the tunnels, in bytes. Default 1420. */
  mtu?: number;
}

/**
 * A private road between machines: one WireGuard interface on each, hubs linked with everybody, spokes with hubs only. Private keys are made
 * on their machines (mode 0600) and never leave them; each pair has a preshared key besides.
 */
export class WireGuardLink extends pulumi.ComponentResource {
  /** All hosts with their addresses on the overlay, hubs first; whoever uses them waits until all interfaces are up. */
  public readonly addresses: pulumi.Output<OverlayAddress[]>;
  /** Address on the overlay by the host's name; whoever uses one waits until that host's interface is up. */
  public readonly hostAddresses: Record<string, pulumi.Output<string>>;
  /** Public key by the host's name. */
  public readonly publicKeys: Record<string, pulumi.Output<string>>;
  /** Who must be able to come in, by the host's name. */
  public readonly inboundRules: Record<string, pulumi.Output<InboundRule[]>>;
  /** Name of the interface on every host. */
  public readonly interfaceName: pulumi.Output<string>;

  constructor(name: string, args: WireGuardLinkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ha-monitoring:index:WireGuardLink", name, {}, opts);
    const label = args.label ?? `${pulumi.getProject()}/${pulumi.getStack()}/${name}`;
    refuse(this, wireGuardProblems(args, label));
    const { interfaceName, keepaliveSeconds, mtu } = wireGuardSettings(args);
    const places = wireGuardPlan(args, label);
    const child = { parent: this };
    const byName = <T>(make: (place: (typeof places)[number]) => T): Record<string, T> =>
      Object.fromEntries(places.map((place) => [place.name, make(place)]));
    const of = <T>(values: Record<string, T>, key: string) => values[key] as T;

    const keys = byName((place) =>
      applyBundle(`${name}-${place.name}-key`, place.host, "wireguard-key", wireGuardKeyBundle(), child),
    );
    const publicKeys = byName((place) =>
      of(keys, place.name).facts.apply(
        ({ wireGuardPublicKeys }) => wireGuardPublicKeys[wireGuardLayout.privateKey] ?? "",
      ),
    );
    const endpoints = byName((place) =>
      checked(this, place.endpoint ?? pulumi.unsecret(pulumi.output(place.host).address), (endpoint) => [
        ...endpointProblems(`endpoint of ${place.name}`, endpoint),
        ...underlayProblems(`endpoint of ${place.name}`, place, endpoint),
      ]),
    );
    const peers = byName((place) =>
      pulumi.all([of(publicKeys, place.name), of(endpoints, place.name)]).apply(([publicKey, endpoint]) => ({
        name: place.name,
        publicKey,
        overlayAddress: place.overlayAddress,
        endpoint,
        port: place.listenPort,
      })),
    );

    // No machine of the pair makes it, so nothing must be carried from one to the other: both derive it.
    const root = new tls.PrivateKey(`${name}-preshared`, { algorithm: "ED25519" }, child);
    const interfaces = byName((place) => {
      const secrets = applyBundle(
        `${name}-${place.name}-secrets`,
        place.host,
        "wireguard-secrets",
        pulumi.secret(
          root.privateKeyPem.apply((secret) => wireGuardSecretsBundle(secret, place.name, place.peers)),
        ),
        { ...child, dependsOn: of(keys, place.name).command },
      );
      return applyBundle(
        `${name}-${place.name}-wireguard`,
        place.host,
        "wireguard",
        // Its own endpoint is not in its text, but must be checked like the others.
        pulumi
          .all([pulumi.all(place.peers.map((peer) => of(peers, peer))), of(endpoints, place.name)])
          .apply(([known]) =>
            wireGuardBundle(
              interfaceName,
              {
                name: place.name,
                overlayAddress: place.overlayAddress,
                listenPort: place.listenPort,
                mtu,
                keepaliveSeconds,
                peers: known,
              },
              place.networks,
            ),
          ),
        { ...child, dependsOn: secrets.command },
      );
    });

    // Waiting for the URN makes whoever uses an address wait for the interface, without making it unknown in a preview.
    this.hostAddresses = byName((place) =>
      of(interfaces, place.name).command.urn.apply(() => place.overlayAddress),
    );
    this.addresses = pulumi
      .all(places.map((place) => of(this.hostAddresses, place.name)))
      .apply((addresses) =>
        places.map((place, index) => ({ name: place.name, address: addresses[index] as string })),
      );
    this.publicKeys = publicKeys;
    this.inboundRules = byName((place) => pulumi.output([wireGuardRule(place.listenPort)]));
    this.interfaceName = pulumi.output(interfaceName);
    this.registerOutputs({
      addresses: this.addresses,
      hostAddresses: this.hostAddresses,
      publicKeys: this.publicKeys,
      inboundRules: this.inboundRules,
      interfaceName: this.interfaceName,
    });
  }
}

// From everywhere: a peer may be behind address translation or move, and WireGuard does not answer strangers.
function wireGuardRule(port: number): InboundRule {
  return { protocol: "udp", port, sources: [], purpose: "WireGuard" };
}
