import { mergeNetworks } from "../../model/networks";
import { mergeRules, type FirewallRule } from "./firewallRules";

/** A rule of a firewall of DigitalOcean, which knows no interfaces. */
export interface CloudFirewallRule {
  protocol: string;
  /** Left out for ICMP. */
  portRange?: string;
  addresses: string[];
}

const everywhere = ["0.0.0.0/0", "::/0"];

/**
 * What a cloud's firewall lets in: what a host's own lets in from outside, from the same rules. What comes through the overlay arrives as
 * packets of WireGuard, whose port is among the rules.
 */
export function cloudInboundRules(
  rules: FirewallRule[],
  sshPort: number,
  overlayInterface?: string,
): CloudFirewallRule[] {
  const ssh = { protocol: "tcp", port: sshPort, sources: [], purpose: "SSH" };
  const outside = rules.filter(
    ({ networkInterface }) => networkInterface === undefined || networkInterface !== overlayInterface,
  );
  // An interface of the machine is nothing that the cloud knows: there the sources alone decide, on the host the interface, too.
  const anywhere = outside.map(({ networkInterface: _, ...rule }) => rule);
  return [
    { protocol: "icmp", addresses: everywhere },
    ...mergeRules([ssh, ...anywhere]).map(({ protocol, port, sources }) => ({
      protocol,
      portRange: String(port),
      addresses: addressesOf(sources),
    })),
  ];
}

/** Everything may go out, as it may from the host itself. */
export const cloudOutboundRules: CloudFirewallRule[] = [
  { protocol: "icmp", addresses: everywhere },
  { protocol: "tcp", portRange: "1-65535", addresses: everywhere },
  { protocol: "udp", portRange: "1-65535", addresses: everywhere },
];

function addressesOf(sources: string[]): string[] {
  if (sources.length === 0) return everywhere;
  const { ipv4, ipv6 } = mergeNetworks(sources);
  return [...ipv4, ...ipv6];
}
