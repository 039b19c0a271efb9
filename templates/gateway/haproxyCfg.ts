import { gatewayLayout, outboundSocket } from "./gatewayLayout";
import { marker } from "../host/marker";
import { formatHostPort, isIpAddress } from "../../model/addresses";

/** Another Alertmanager, as this gateway sees it. */
export interface HaproxyPeer {
  /** Its certificate's common name and DNS name. */
  name: string;
  /** Where its gateway listens: an IP address or a DNS name. */
  address: string;
  streamPort: number;
  datagramPort: number;
}

/** What the configuration of one gateway is made of. */
export interface HaproxyCfg {
  /** All peers but this one. */
  peers: HaproxyPeer[];
  /** Addresses of this machine on which gossip arrives. */
  bindAddresses: string[];
  streamPort: number;
  datagramPort: number;
  /** Port of the Alertmanager API, on 127.0.0.1 and on the overlay. */
  apiPort: number;
  /** Where the API is served on the overlay, if at all, and to whom. */
  overlay?: { address: string; readers: string[] };
  /** Loopback port of HAProxy's own metrics. */
  metricsPort: number;
  certificatePath: string;
  trustBundlePath: string;
  /** Seconds for which connections outlive a reload. */
  drainSeconds: number;
}

interface Section {
  head: string;
  body: string[];
}

/** The configuration of the gateway's HAProxy. */
export function renderHaproxyCfg(cfg: HaproxyCfg): string {
  const sections = [
    global(cfg),
    defaults(),
    ...(cfg.peers.every((peer) => isIpAddress(peer.address)) ? [] : [resolvers()]),
    ...inbound(cfg, "stream", cfg.streamPort, gatewayLayout.inboundStream),
    ...inbound(cfg, "datagram", cfg.datagramPort, gatewayLayout.inboundDatagram),
    ...cfg.peers.flatMap((peer) => [
      ...outbound(cfg, peer, "stream", peer.streamPort),
      ...outbound(cfg, peer, "datagram", peer.datagramPort),
    ]),
    ...api(cfg),
    metrics(cfg),
  ];
  return [marker, ...sections.map(serialise)].join("\n\n") + "\n";
}

function serialise(section: Section): string {
  return [section.head, ...section.body.map((each) => `    ${each}`)].join("\n");
}

function global(cfg: HaproxyCfg): Section {
  return {
    head: "global",
    body: [
      "log stderr format raw daemon info",
      `stats socket ${gatewayLayout.statsSocket} mode 0600 level admin`,
      `hard-stop-after ${cfg.drainSeconds}s`,
      "maxconn 4096",
      // Gossip is a few dozen connections a second: one thread is plenty, and is what the hardened unit's task limit assumes.
      "nbthread 1",
      "ssl-default-bind-options ssl-min-ver TLSv1.3 no-tls-tickets",
      "ssl-default-server-options ssl-min-ver TLSv1.3 no-tls-tickets",
    ],
  };
}

function defaults(): Section {
  return {
    head: "defaults",
    body: [
      "mode tcp",
      "log global",
      "option dontlognull",
      "option dontlog-normal",
      "option tcplog",
      "timeout connect 2s",
      // Longer than memberlist's slowest exchange: a full state sync has a time-out of 10 s (30 s in its WAN profile).
      "timeout client 60s",
      "timeout server 60s",
      "timeout client-fin 5s",
      "timeout server-fin 5s",
      "retries 1",
    ],
  };
}

function resolvers(): Section {
  return { head: "resolvers system", body: ["parse-resolv-conf", "hold valid 30s"] };
}

function inbound(cfg: HaproxyCfg, channel: string, port: number, socket: string): Section[] {
  const tls = [
    `ssl crt ${cfg.certificatePath}`,
    `ca-file ${cfg.trustBundlePath}`,
    "verify required",
    "strict-sni",
  ].join(" ");
  const names = cfg.peers.map((peer) => peer.name).join(" ");
  return [
    {
      head: `frontend inbound-${channel}`,
      body: [
        ...cfg.bindAddresses.map((address) => `bind ${formatBind(address, port)} ${tls}`),
        // A certificate of the CA is not enough: it must be that of a peer.
        `tcp-request session reject unless { ssl_c_s_dn(CN) -m str ${names} }`,
        `default_backend inbound-${channel}`,
      ],
    },
    {
      head: `backend inbound-${channel}`,
      body: [`server alertmanager unix@${gatewayLayout.socketDirectory}/${socket}`],
    },
  ];
}

function outbound(
  cfg: HaproxyCfg,
  peer: HaproxyPeer,
  channel: "stream" | "datagram",
  port: number,
): Section[] {
  const name = `outbound-${channel}-${peer.name}`;
  const tls = [
    `ssl crt ${cfg.certificatePath}`,
    `ca-file ${cfg.trustBundlePath}`,
    "verify required",
    `sni str(${peer.name})`,
    `verifyhost ${peer.name}`,
    // A name that does not resolve now must not keep HAProxy from starting.
    ...(isIpAddress(peer.address) ? [] : ["resolvers system init-addr last,libc,none"]),
  ].join(" ");
  return [
    {
      head: `frontend ${name}`,
      body: [
        `bind unix@${gatewayLayout.socketDirectory}/${outboundSocket(peer.name, channel)} mode 0660`,
        `default_backend ${name}`,
      ],
    },
    {
      head: `backend ${name}`,
      body: [`server ${peer.name} ${formatHostPort(peer.address, port)} ${tls}`],
    },
  ];
}

function api({ apiPort, overlay }: HaproxyCfg): Section[] {
  const onOverlay = overlay && {
    head: "frontend api-overlay",
    body: [
      // Its address may be there only later: at boot, the overlay comes after HAProxy.
      `bind ${formatHostPort(overlay.address, apiPort)} transparent`,
      // Closed to everybody else also where no firewall is.
      `tcp-request connection reject unless { src ${[overlay.address, ...overlay.readers].join(" ")} }`,
      "default_backend api",
    ],
  };
  return [
    { head: "frontend api", body: [`bind 127.0.0.1:${apiPort}`, "default_backend api"] },
    ...(onOverlay ? [onOverlay] : []),
    {
      head: "backend api",
      body: [`server alertmanager unix@${gatewayLayout.socketDirectory}/${gatewayLayout.api}`],
    },
  ];
}

function metrics(cfg: HaproxyCfg): Section {
  return {
    head: "frontend metrics",
    body: [
      `bind 127.0.0.1:${cfg.metricsPort}`,
      "mode http",
      "http-request use-service prometheus-exporter if { path /metrics }",
      "http-request return status 404",
    ],
  };
}

// Without v6only the IPv6 wildcard would take IPv4 too and collide with its own bind.
function formatBind(address: string, port: number): string {
  return address === "::" ? `:::${port} v6only` : formatHostPort(address, port);
}
