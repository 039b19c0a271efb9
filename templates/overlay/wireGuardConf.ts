import { formatHostPort, isIpAddress } from "../../model/addresses";
import { marker } from "../host/marker";
import { canonicalNetwork, singleAddress } from "../../model/networks";

/** Another host, as this one sees it. */
export interface WireGuardPeer {
  name: string;
  publicKey: string;
  /** Its address on the overlay. */
  overlayAddress: string;
  /** Where its WireGuard listens: an IP address of either family, or a DNS name. */
  endpoint: string;
  port: number;
}

/** One host's interface, without any secret. */
export interface WireGuardConf {
  name: string;
  overlayAddress: string;
  /** Networks and single addresses of the overlay, in CIDR notation: packets to them leave by this interface or not at all. */
  networks: string[];
  listenPort: number;
  mtu: number;
  /** Seconds between packets that keep the way through address translation open; 0 sends none. */
  keepaliveSeconds: number;
  peers: WireGuardPeer[];
}

/**
 * The configuration of an interface as `wg-quick` reads it, but for the private key and the preshared keys: the program adds them, by the
 * peer's name after `[Peer]`, on the way to `wg`. The networks are in comments, which the program reads. Peers are sorted, so that the order of hosts in a program means nothing.
 */
export function renderWireGuardConf(conf: WireGuardConf): string {
  const peers = sorted(conf.peers);
  const sections = peers.map((peer) => [
    `[Peer] # ${peer.name}`,
    `PublicKey = ${peer.publicKey}`,
    `AllowedIPs = ${singleAddress(peer.overlayAddress)}`,
    `Endpoint = ${formatHostPort(peer.endpoint, peer.port)}`,
    ...(conf.keepaliveSeconds > 0 ? [`PersistentKeepalive = ${conf.keepaliveSeconds}`] : []),
  ]);
  const own = [
    `[Interface] # ${conf.name}`,
    ...conf.networks.map((network) => `# Network = ${canonicalNetwork(network)}`),
    `Address = ${singleAddress(conf.overlayAddress)}`,
    `MTU = ${conf.mtu}`,
    `ListenPort = ${conf.listenPort}`,
  ];
  const head = `${marker} Keys are in files of their own.`;
  return [head, ...[own, ...sections].map((lines) => lines.join("\n"))].join("\n\n") + "\n";
}

/** The part of the configuration that `wg` itself reads, without keys of this host, and without endpoints that are names, which `wg` would resolve. */
export function renderForWg(conf: WireGuardConf): string {
  const sections = sorted(conf.peers).map((peer) => [
    "[Peer]",
    `PublicKey = ${peer.publicKey}`,
    `AllowedIPs = ${singleAddress(peer.overlayAddress)}`,
    ...(isIpAddress(peer.endpoint) ? [`Endpoint = ${formatHostPort(peer.endpoint, peer.port)}`] : []),
    ...(conf.keepaliveSeconds > 0 ? [`PersistentKeepalive = ${conf.keepaliveSeconds}`] : []),
  ]);
  const own = ["[Interface]", `ListenPort = ${conf.listenPort}`];
  return [own, ...sections].flat().join("\n") + "\n";
}

function sorted(peers: WireGuardPeer[]): WireGuardPeer[] {
  return [...peers].sort(({ name: one }, { name: other }) => (one < other ? -1 : 1));
}
