import { isIPv6 } from "node:net";
import ipaddr from "ipaddr.js";
import { isIpAddress } from "./addresses";

/** A network of either family, as numbers. */
export interface Network {
  family: 4 | 6;
  /** First address. */
  first: bigint;
  /** Bits that all its addresses share. */
  prefix: number;
}

const mappedPrefix = 96;

/** Bits of an address. */
export function bitsOf(family: 4 | 6): number {
  return family === 4 ? 32 : 128;
}

/** Whether the text is an IP address or a network in CIDR notation, of either family. Bits after the prefix may be set. */
export function isSource(text: string): boolean {
  const [address = "", prefix, ...rest] = text.split("/");
  if (!isIpAddress(address) || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bitsOf(familyOf(address)));
}

/** The network that a text in CIDR notation, or a single address, stands for. */
export function parseNetwork(text: string): Network {
  const [address = "", length] = text.split("/");
  const family = familyOf(address);
  const prefix = length === undefined ? bitsOf(family) : Number(length);
  const shift = BigInt(bitsOf(family) - prefix);
  return { family, first: (toNumber(address) >> shift) << shift, prefix };
}

/** A network in CIDR notation; an address where it has one address only. */
export function formatNetwork({ family, first, prefix }: Network): string {
  const address = formatAddress(family, first);
  return prefix === bitsOf(family) ? address : `${address}/${prefix}`;
}

/** Whether two networks have an address in common; texts in CIDR notation or addresses. */
export function overlap(one: string, other: string): boolean {
  const [first, second] = [parseNetwork(one), parseNetwork(other)];
  return includes(first, second) || includes(second, first);
}

/** A network as the kernel writes it, e.g. `fd12:3456:789a:1::/64`. */
export function canonicalNetwork(network: string): string {
  const { family, first, prefix } = parseNetwork(network);
  return `${formatAddress(family, first)}/${prefix}`;
}

/** An address as a network of its own, e.g. `10.9.0.1/32`. */
export function singleAddress(address: string): string {
  return `${address}/${bitsOf(familyOf(address))}`;
}

/** Addresses and networks by family, without those that another one includes, in the order of their numbers. */
export function mergeNetworks(texts: string[]): { ipv4: string[]; ipv6: string[] } {
  const networks = texts
    .map((text) => unmapped(parseNetwork(text)))
    .sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : a.prefix - b.prefix));
  const wide: Network[] = [];
  for (const network of networks) {
    // In this order, only an earlier network can include a later one.
    if (!wide.some((other) => includes(other, network))) wide.push(network);
  }
  const ofFamily = (family: 4 | 6) => wide.filter((each) => each.family === family).map(formatNetwork);
  return { ipv4: ofFamily(4), ipv6: ofFamily(6) };
}

/** One spelling for all spellings of an address: IPv6 has many. */
export function canonicalAddress(address: string): string {
  return isIPv6(address) ? ipaddr.parse(address).toString() : address;
}

/** The family of an address or network. */
export function familyOf(text: string): 4 | 6 {
  return text.includes(":") ? 6 : 4;
}

/** An address as a number. */
export function toNumber(address: string): bigint {
  return ipaddr
    .parse(address)
    .toByteArray()
    .reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);
}

/** The address that a number stands for. */
export function formatAddress(family: 4 | 6, number: bigint): string {
  const length = bitsOf(family) / 8;
  const bytes = Array.from({ length }, (_, index) =>
    Number((number >> BigInt(8 * (length - 1 - index))) & 0xffn),
  );
  return ipaddr.fromByteArray(bytes).toString();
}

function includes(wide: Network, narrow: Network): boolean {
  if (wide.family !== narrow.family || wide.prefix > narrow.prefix) return false;
  const shift = BigInt(bitsOf(wide.family) - wide.prefix);
  return wide.first >> shift === narrow.first >> shift;
}

// The kernel delivers packets of IPv4-mapped addresses as IPv4.
function unmapped(network: Network): Network {
  const { family, first, prefix } = network;
  if (family === 4 || prefix < mappedPrefix || first >> 32n !== 0xffffn) return network;
  return { family: 4, first: first & 0xffff_ffffn, prefix: prefix - mappedPrefix };
}
