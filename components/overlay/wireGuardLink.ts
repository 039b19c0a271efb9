import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { overlayDefaults, withDefaults } from "../../model/defaults";
import { problemsOf } from "../../model/fields";
import {
  link,
  overlayHost,
  overlayHosts,
  publicKeyProblems,
  underlayProblems,
  wireGuardRule,
  type OverlayHost,
} from "../../model/overlay";
import {
  wireGuardBundle,
  wireGuardKeyBundle,
  wireGuardSecretsBundle,
} from "../../templates/overlay/wireGuardBundles";
import type { WireGuardPeer } from "../../templates/overlay/wireGuardConf";
import type { Path } from "../../model/problem";
import { wireGuardLayout } from "../../templates/overlay/wireGuardLayout";
import { applyBundle, type AppliedBundle } from "../host/bundle";
import { after, knownHost } from "../host/knownHost";
import type { Host, InboundRule, OverlayAddress } from "../shapes";
import { checked, refuse } from "../validation";

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

/** The overlay: one WireGuard interface on every machine. */
export interface OverlayNetworkArgs {
  /** Network of the overlay, e.g. `fd12:3456:789a:1::/64` or `10.9.0.0/24`. Default: an IPv6 network made from the label. */
  network?: string;
  /** Addresses are made from it; give one to keep them when the link is renamed. Default: project, stack and component name. */
  label?: string;
  /** Name of the interface on every host; an interface of this name that exists already is an error. Default wg0. */
  interfaceName?: string;
  /** UDP port on every host. Default 51820. */
  listenPort?: number;
  /** Seconds between packets that keep the way through address translation open; 0 sends none. Default 25. */
  keepaliveSeconds?: number;
  /** Largest packet inside the tunnels, in bytes. Default 1420. */
  mtu?: number;
}

/** Arguments of WireGuardLink. */
export interface WireGuardLinkArgs extends OverlayNetworkArgs {
  /** Hosts that have a tunnel with everybody: the monitors. */
  hubs: OverlayHostArgs[];
  /** Hosts that have a tunnel with each hub and with nobody else: the targets. */
  spokes?: OverlayHostArgs[];
}

/**
 * The overlay between hosts: one WireGuard interface on each, hubs linked with everybody, spokes with hubs only. Private keys are made
 * on their hosts (mode 0600) and never leave them; each pair has a preshared key besides.
 */
export class WireGuardLink extends pulumi.ComponentResource {
  /** All hosts with their addresses on the overlay, hubs first. A resource that uses them waits until all interfaces are up. */
  public readonly addresses: pulumi.Output<OverlayAddress[]>;
  /** Address on the overlay by the host's name. A resource that uses one waits until that host's interface is up. */
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
    const given = withDefaults({ ...overlayDefaults, label }, args);
    refuse(this, problemsOf(link, given));
    const hosts = overlayHosts(given);
    const child = { parent: this };
    const byName = <T>(make: (host: OverlayHost) => T) =>
      Object.fromEntries(hosts.map((host) => [host.name, make(host)])) as Record<string, T>;

    const keys = byName((host) =>
      applyBundle(`${name}-${host.name}-key`, host.host, "wireguard-key", wireGuardKeyBundle(), child),
    );
    this.publicKeys = byName((host) => publicKeyOf(keys[host.name] as AppliedBundle));
    const endpoints = byName((host) => checkedEndpoint(this, host, pathOf(args, host)));
    const peers = byName((host) => peerOf(host, this.publicKeys, endpoints));

    // Of a host that is new, a preview knows no key, but shows the interfaces that do without it.
    const distinctKeys = pulumi.runtime.isDryRun() || checkedKeys(this, this.publicKeys);

    // No host of the pair makes it, so that none has to be sent from one to the other: both derive it.
    const root = new tls.PrivateKey(`${name}-preshared`, { algorithm: "ED25519" }, child);
    const interfaces = byName((host) => {
      const secrets = applyBundle(
        `${name}-${host.name}-secrets`,
        host.host,
        "wireguard-secrets",
        pulumi.secret(
          root.privateKeyPem.apply((secret) => wireGuardSecretsBundle(secret, host.name, host.peers)),
        ),
        { ...child, dependsOn: keys[host.name]?.command },
      );
      const others = pulumi.all(host.peers.flatMap((peer) => peers[peer] ?? []));
      return applyBundle(
        `${name}-${host.name}-wireguard`,
        host.host,
        "wireguard",
        // The host's own endpoint is not in its text, but must be checked like the others.
        pulumi
          .all([others, endpoints[host.name], distinctKeys])
          .apply(([known]) =>
            wireGuardBundle(given.interfaceName, { ...wireGuardConf(given, host), peers: known }),
          ),
        { ...child, dependsOn: secrets.command },
      );
    });

    this.hostAddresses = byName((host) => after(interfaces[host.name]?.command ?? [], host.overlayAddress));
    this.addresses = pulumi
      .all(hosts.map(({ name: each }) => this.hostAddresses[each] ?? ""))
      .apply((addresses) =>
        hosts.map((host, index) => ({ name: host.name, address: addresses[index] ?? "" })),
      );
    this.inboundRules = byName(({ listenPort }) => pulumi.output([wireGuardRule(listenPort)]));
    this.interfaceName = pulumi.output(given.interfaceName);
    this.registerOutputs({
      addresses: this.addresses,
      hostAddresses: this.hostAddresses,
      publicKeys: this.publicKeys,
      inboundRules: this.inboundRules,
      interfaceName: this.interfaceName,
    });
  }
}

function publicKeyOf({ facts }: AppliedBundle): pulumi.Output<string> {
  return facts.apply(({ wireGuardPublicKeys }) => wireGuardPublicKeys[wireGuardLayout.privateKey] ?? "");
}

/** Where a host stands in the arguments. */
function pathOf({ hubs, spokes = [] }: WireGuardLinkArgs, { name }: OverlayHost): Path {
  const hub = hubs.findIndex((each) => each.name === name);
  return hub >= 0 ? ["hubs", hub] : ["spokes", spokes.findIndex((each) => each.name === name)];
}

/** Resolves when the keys of all hosts are known, and no two are the same. */
function checkedKeys(component: pulumi.Resource, publicKeys: Record<string, pulumi.Output<string>>) {
  return pulumi.all(publicKeys).apply((known) => {
    refuse(component, publicKeyProblems(known));
    return true;
  });
}

/** Where the other hosts reach a host: checked, also against the networks of the overlay. */
function checkedEndpoint(
  component: pulumi.Resource,
  host: OverlayHost,
  hostPath: Path,
): pulumi.Output<string> {
  const path = [...hostPath, ...(host.endpoint === undefined ? ["host", "address"] : ["endpoint"])];
  const endpoint = host.endpoint ?? knownHost(host.host).address;
  return checked(component, overlayHost.fields.endpoint, endpoint, path).apply((known) => {
    refuse(component, underlayProblems(path, host, known));
    return known;
  });
}

function peerOf(
  { name, overlayAddress, listenPort }: OverlayHost,
  publicKeys: Record<string, pulumi.Output<string>>,
  endpoints: Record<string, pulumi.Output<string>>,
): pulumi.Output<WireGuardPeer> {
  return pulumi.all([publicKeys[name], endpoints[name]]).apply(([publicKey = "", endpoint = ""]) => ({
    name,
    publicKey,
    overlayAddress,
    endpoint,
    port: listenPort,
  }));
}

function wireGuardConf({ mtu, keepaliveSeconds }: typeof overlayDefaults, host: OverlayHost) {
  const { name, overlayAddress, networks, listenPort } = host;
  return { name, overlayAddress, networks, listenPort, mtu, keepaliveSeconds };
}
