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
  /** All peers but this one. Without any, there are no ports for gossip. */
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
  /** DNS names by which the API may be addressed, besides localhost and IP addresses. */
  apiNames: string[];
  /** Seconds for which connections outlive a reload. */
  drainSeconds: number;
}

/**
 * Most connections of each kind, so that none can use up what another one needs. Each takes two file descriptors of the unit's 16384; with
 * six peers these are 4,496 connections.
 */
const limits = {
  /** Of each of the two ports for gossip, and what one source (an address of IPv4, a /64 of IPv6) may have of both. */
  inbound: 1024,
  inboundPerSource: 256,
  /** Of each socket to a peer; two are what one source may have there, with room for a drain. */
  outbound: 100,
  /** Of each frontend of the API, and what one source may have on the overlay. */
  api: 512,
  apiPerSource: 128,
  metrics: 64,
};

interface Section {
  head: string;
  body: string[];
}

/** The configuration of the gateway's HAProxy. */
export function renderHaproxyCfg(cfg: HaproxyCfg): string {
  const isAlone = cfg.peers.length === 0;
  const sections = [
    global(cfg),
    defaults(),
    ...(cfg.peers.every((peer) => isIpAddress(peer.address)) ? [] : [resolvers()]),
    ...(isAlone ? [] : inbound(cfg, "stream", cfg.streamPort, gatewayLayout.inboundStream)),
    ...(isAlone ? [] : inbound(cfg, "datagram", cfg.datagramPort, gatewayLayout.inboundDatagram)),
    ...cfg.peers.flatMap((peer) => [
      ...outbound(cfg, peer, "stream", peer.streamPort),
      ...outbound(cfg, peer, "datagram", peer.datagramPort),
    ]),
    ...api(cfg),
    metrics(cfg),
    ...(isAlone ? [] : [sources("gossip-sources")]),
    ...(cfg.overlay ? [sources("api-sources")] : []),
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
      `hard-stop-after ${cfg.drainSeconds}s`,
      `maxconn ${allConnections(cfg)}`,
      // Gossip is a few dozen connections a second: one thread is plenty, and is what the hardened unit's task limit assumes.
      "nbthread 1",
      "ssl-default-bind-options ssl-min-ver TLSv1.3 no-tls-tickets",
      "ssl-default-server-options ssl-min-ver TLSv1.3 no-tls-tickets",
    ],
  };
}

function allConnections({ peers, overlay }: HaproxyCfg): number {
  const { inbound, outbound, api, metrics } = limits;
  const gossip = peers.length === 0 ? 0 : 2 * inbound + 2 * peers.length * outbound;
  return gossip + (overlay ? 2 : 1) * api + metrics;
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
      // Of the API and the metrics: the time for all headers of a request, and between two requests.
      "timeout http-request 5s",
      "timeout http-keep-alive 60s",
      "retries 1",
    ],
  };
}

// An address that was valid stays when DNS does not answer, or denies the name: 20 days, near the most that HAProxy takes.
function resolvers(): Section {
  const failures = ["timeout", "refused", "nx", "other"];
  return {
    head: "resolvers system",
    body: ["parse-resolv-conf", "hold valid 30s", ...failures.map((failure) => `hold ${failure} 20d`)],
  };
}

function sources(name: string): Section {
  return { head: `backend ${name}`, body: ["stick-table type ipv6 size 100k expire 60s store conn_cur"] };
}

/** Turns away connections of a source that has too many already. */
function perSource(table: string, most: number): string[] {
  return [
    `tcp-request connection track-sc0 src,ipmask(32,64) table ${table}`,
    `tcp-request connection reject if { sc0_conn_cur gt ${most} }`,
  ];
}

// HAProxy before 3.0 counts a handshake as any other silence of a client: there it gets what memberlist's slowest exchange may take.
const handshakeTimeout = [
  ".if version_atleast(3.0)",
  "timeout client-hs 5s",
  ".else",
  "timeout client 12s",
  ".endif",
];

// By default a stream without data is not logged, and HAProxy 2.6 gives no reason for a handshake that failed. The second line is that of
// `option tcplog`, and the name in the certificate.
const refusalLog = [
  "no option dontlognull",
  'error-log-format "%ci:%cp [%t] %ft refused: %[fc_err_str] (%[ssl_fc_err_str])"',
  'log-format "%ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts %ac/%fc/%bc/%sc/%rc %sq/%bq %{+Q}[ssl_c_s_dn(CN)]"',
];

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
        `maxconn ${limits.inbound}`,
        ...handshakeTimeout,
        ...perSource("gossip-sources", limits.inboundPerSource),
        ...refusalLog,
        // A certificate of the CA is not enough: it must be that of a peer. A refused session would not be logged, a refused stream is.
        `tcp-request content reject unless { ssl_c_s_dn(CN) -m str ${names} }`,
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
        `maxconn ${limits.outbound}`,
        `default_backend ${name}`,
      ],
    },
    {
      head: `backend ${name}`,
      body: [
        // `verifyhost` reads the alternative names only; a peer that comes in is known by its common name.
        `tcp-response content reject unless { ssl_s_s_dn(CN) -m str ${peer.name} }`,
        `server ${peer.name} ${formatHostPort(peer.address, port)} ${tls}`,
      ],
    },
  ];
}

function api({ apiPort, apiNames, overlay }: HaproxyCfg): Section[] {
  const http = ["mode http", `maxconn ${limits.api}`];
  const onOverlay = overlay && {
    head: "frontend api-overlay",
    body: [
      // Its address may be there only later: at boot, the overlay comes after HAProxy.
      `bind ${formatHostPort(overlay.address, apiPort)} transparent`,
      ...http,
      // Closed to everybody else also where no firewall is.
      `tcp-request connection reject unless { src ${[overlay.address, ...overlay.readers].join(" ")} }`,
      ...perSource("api-sources", limits.apiPerSource),
      ...fromNoWebPage(apiNames),
      "default_backend api",
    ],
  };
  return [
    {
      head: "frontend api",
      body: [`bind 127.0.0.1:${apiPort}`, ...http, ...fromNoWebPage(apiNames), "default_backend api"],
    },
    ...(onOverlay ? [onOverlay] : []),
    {
      head: "backend api",
      body: ["mode http", `server alertmanager unix@${gatewayLayout.socketDirectory}/${gatewayLayout.api}`],
    },
  ];
}

/**
 * Refuses what a web page of somebody else can make a browser send: requests from another origin (RFC 6454 section 7), and to a DNS name
 * that was made to lead here (DNS rebinding), which addresses cannot be. Profiles of the process are for nobody.
 */
function fromNoWebPage(names: string[]): string[] {
  return [
    `acl own-name req.hdr(host),host_only -m str -i ${["localhost", ...names].join(" ")}`,
    // No regular expressions here: HAProxy compiles them to machine code, which the unit's MemoryDenyWriteExecute forbids.
    "acl own-name req.hdr(host),host_only,ltrim([),rtrim(]) -m ip 0.0.0.0/0 ::/0",
    'http-request return status 421 content-type text/plain string "unknown Host; use localhost or an IP address\\n" unless own-name',
    "http-request set-var(txn.host) req.hdr(host)",
    "acl from-web req.hdr(origin) -m beg http:// https://",
    "acl own-origin req.hdr(origin),field(3,/),strcmp(txn.host) eq 0",
    "http-request deny deny_status 403 if { req.hdr(origin) -m found } !from-web",
    "http-request deny deny_status 403 if { req.hdr(origin) -m found } !own-origin",
    "http-request deny deny_status 404 if { path,url_dec -m dir debug }",
  ];
}

function metrics(cfg: HaproxyCfg): Section {
  return {
    head: "frontend metrics",
    body: [
      `bind 127.0.0.1:${cfg.metricsPort}`,
      "mode http",
      `maxconn ${limits.metrics}`,
      "http-request use-service prometheus-exporter if { path /metrics }",
      "http-request return status 404",
    ],
  };
}

// Without v6only the IPv6 wildcard would take IPv4 too and collide with its own bind.
function formatBind(address: string, port: number): string {
  return address === "::" ? `:::${port} v6only` : formatHostPort(address, port);
}
