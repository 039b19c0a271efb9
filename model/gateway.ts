import type { HaproxyMtlsGatewayArgs } from "../components/gateway/haproxyMtlsGateway";
import type { GatewayPeer, InboundRule } from "../components/shapes";
import {
  anything,
  dnsLabel,
  dnsName,
  hostAddress,
  ipAddress,
  longestPeerName,
  networkInterface,
  port,
  sources,
  unprivilegedPort,
  wholeNumber,
} from "./checks";
import { gatewayDefaults, withDefaults } from "./defaults";
import { list, section, type Known } from "./fields";
import { host } from "./hosts";
import { problemAt, type Problem } from "./problem";
import { readerProblems } from "./readers";

/** Another Alertmanager of the cluster. */
export const peer = section<GatewayPeer>(
  {
    name: dnsLabel(longestPeerName),
    address: hostAddress,
    streamPort: port,
    datagramPort: port,
    loopbackAddress: ipAddress,
  },
  { name: true, address: true, loopbackAddress: true },
);

/** The peer with its ports, whether given or not. */
export function settledPeer(known: Known<GatewayPeer>) {
  const { streamPort, datagramPort } = gatewayDefaults;
  return withDefaults({ streamPort, datagramPort }, known);
}

const haproxyPort = unprivilegedPort("HAProxy");

/** Ports of a gateway, by the names of their arguments. */
export const gatewayPorts = ["streamPort", "datagramPort", "apiPort", "metricsPort"] as const;

/** The gateway of one host. */
export const gateway = section<HaproxyMtlsGatewayArgs>(
  {
    host,
    certificate: anything,
    peers: list(peer),
    streamPort: haproxyPort,
    datagramPort: haproxyPort,
    apiPort: haproxyPort,
    metricsPort: haproxyPort,
    bindAddresses: list(ipAddress, (all) =>
      problemAt([], all.length === 0 ? "at least one address is needed" : undefined),
    ),
    gossipSources: sources,
    overlayAddress: ipAddress,
    readers: list(ipAddress),
    networkInterface,
    apiNames: list(dnsName),
    drainSeconds: wholeNumber("seconds", 1),
  },
  { host: true, certificate: true, peers: true },
  (args) => [...samePortProblems(args), ...readerProblems(args)],
);

function samePortProblems(args: HaproxyMtlsGatewayArgs): Problem[] {
  const settled = withDefaults(gatewayDefaults, args);
  return gatewayPorts.flatMap((name, index) => {
    const other = gatewayPorts.slice(0, index).find((earlier) => settled[earlier] === settled[name]);
    return problemAt([name], other && `${settled[name]} is ${other} already; each needs a port of its own`);
  });
}

/**
 * Gossip that a firewall has to let in: none where there is no other peer.
 *
 * @param from sources; an empty list lets everybody in.
 */
export function gossipRules(
  ports: { streamPort: number; datagramPort: number },
  peers: number,
  from: string[],
): InboundRule[] {
  if (peers === 0) return [];
  return [
    {
      protocol: "tcp",
      port: ports.streamPort,
      sources: from,
      purpose: "gossip streams between Alertmanagers",
    },
    {
      protocol: "tcp",
      port: ports.datagramPort,
      sources: from,
      purpose: "gossip datagrams between Alertmanagers",
    },
  ];
}
