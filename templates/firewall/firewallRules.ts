import ipaddr from "ipaddr.js";
import { isIpAddress } from "../../model/addresses";

/** Who may come in where, as data that is known. */
export interface FirewallRule {
  protocol: string;
  port: number;
  /** Addresses and networks; empty means everybody. */
  sources: string[];
  networkInterface?: string;
  purpose: string;
}

/** Sources by family, each without what another one includes, in the order of their numbers. */
export interface FirewallSources {
  ipv4: string[];
  ipv6: string[];
}

type Network = [address: ipaddr.IPv4 | ipaddr.IPv6, prefixLength: number];

/** Whether the text is an IP address or a network in CIDR notation, of either family. */
export function isSource(text: string): boolean {
  const [address = "", prefix, ...rest] = text.split("/");
  if (!isIpAddress(address) || address.includes("%") || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits(ipaddr.parse(address)));
}

/**
 * One rule for each protocol, port and interface, in this order. Sources of rules for the same are joined, and a rule for everybody
 * lets everybody in.
 */
export function mergeRules(rules: FirewallRule[]): FirewallRule[] {
  const merged = new Map<string, FirewallRule[]>();
  for (const rule of rules) {
    const key = JSON.stringify([rule.protocol, rule.port, rule.networkInterface ?? ""]);
    merged.set(key, [...(merged.get(key) ?? []), rule]);
  }
  return [...merged.values()].map(mergeSame).sort(compareRules);
}

/** Sources sorted out by family, in the words of nftables. */
export function sortSources(sources: string[]): FirewallSources {
  const networks = sources.map(parseNetwork).sort(compareNetworks);
  const wide = networks.filter(
    (network, index) => !networks.some((other, at) => at !== index && includes(other, network, at < index)),
  );
  const ofKind = (kind: string) => wide.filter(([address]) => address.kind() === kind).map(formatNetwork);
  return { ipv4: ofKind("ipv4"), ipv6: ofKind("ipv6") };
}

function mergeSame(rules: FirewallRule[]): FirewallRule {
  const purposes = [...new Set(rules.map(({ purpose }) => purpose))].sort();
  const forEverybody = rules.some(({ sources }) => sources.length === 0);
  return {
    ...(rules[0] as FirewallRule),
    sources: forEverybody ? [] : rules.flatMap(({ sources }) => sources),
    purpose: purposes.join(", "),
  };
}

function compareRules(a: FirewallRule, b: FirewallRule): number {
  return (
    compareTexts(a.protocol, b.protocol) ||
    a.port - b.port ||
    compareTexts(a.networkInterface ?? "", b.networkInterface ?? "")
  );
}

// Not by locale: the same everywhere.
function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function parseNetwork(text: string): Network {
  const [addressText = "", prefix] = text.split("/");
  const address = ipaddr.parse(addressText);
  const length = prefix === undefined ? bits(address) : Number(prefix);
  // Packets of IPv4 arrive as such, however their addresses are written.
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && length >= 96) {
    return maskedNetwork(address.toIPv4Address(), length - 96);
  }
  return maskedNetwork(address, length);
}

function maskedNetwork(address: ipaddr.IPv4 | ipaddr.IPv6, length: number): Network {
  const family = address instanceof ipaddr.IPv4 ? ipaddr.IPv4 : ipaddr.IPv6;
  return [family.networkAddressFromCIDR(`${address.toString()}/${length}`), length];
}

function bits(address: ipaddr.IPv4 | ipaddr.IPv6): number {
  return address.toByteArray().length * 8;
}

function compareNetworks([a, lengthOfA]: Network, [b, lengthOfB]: Network): number {
  const [bytesOfA, bytesOfB] = [a.toByteArray(), b.toByteArray()];
  const at = bytesOfA.findIndex((byte, index) => byte !== bytesOfB[index]);
  return at < 0 ? lengthOfA - lengthOfB : (bytesOfA[at] as number) - (bytesOfB[at] ?? 0);
}

// Of two that are the same, the earlier one includes the later one.
function includes([wide, length]: Network, [address, ownLength]: Network, isEarlier: boolean): boolean {
  if (wide.kind() !== address.kind() || length > ownLength) return false;
  if (length === ownLength && !isEarlier) return false;
  return address.match(wide, length);
}

function formatNetwork([address, length]: Network): string {
  return length === bits(address) ? address.toString() : `${address.toString()}/${length}`;
}
