import { createHash } from "node:crypto";
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

/** A host that wants a place on the overlay. */
export interface OverlayPlace {
  name: string;
  /** The address that was chosen for it. */
  overlayAddress?: string;
}

// So many bits of a hash are never the same for two hosts: with 1,000 hosts the odds are below one in 500 million.
const fewestHashBits = 48;
const mostHashBits = 64;

const unusableRanges: Record<string, string | undefined> = {
  unspecified: "an unspecified",
  broadcast: "the broadcast",
  multicast: "a multicast",
  linkLocal: "a link-local",
  loopback: "a loopback",
  ipv4Mapped: "an IPv4-mapped",
};

/** The IPv6 network of an overlay that nobody chose one for: a unique local /64 (RFC 4193) whose random bits come from a label. */
export function networkOfLabel(label: string): string {
  const random = hash(`network\0${label}`, 56);
  return `${formatAddress(6, (0xfdn << 120n) | (random << 64n))}/64`;
}

/**
 * The address of each host, in order. It depends on the host's own name (and the label and the network), never on other hosts or on positions:
 * a program has no memory between runs, and an address must not change when others come and go.
 *
 * @param network in CIDR notation; hosts that chose no address themselves need an IPv6 one with 48 host bits or more.
 */
export function overlayAddresses(network: string, label: string, places: OverlayPlace[]): string[] {
  const known = parseNetwork(network);
  return places.map(({ name, overlayAddress }) => {
    if (overlayAddress !== undefined) return ipaddr.parse(overlayAddress).toString();
    const bits = Math.min(128 - known.prefix, mostHashBits);
    return formatAddress(6, known.first | hash(`host\0${label}\0${name}`, bits));
  });
}

/**
 * What is wrong with the network and the addresses of an overlay, one sentence each.
 *
 * @param network the one that was chosen, if one was.
 * @param paths what each place is called in sentences, e.g. `hubs[0]`.
 * @param networkPath what the network is called there.
 */
export function overlayProblems(
  network: string | undefined,
  label: string,
  places: OverlayPlace[],
  paths: string[],
  networkPath = "network",
): string[] {
  if (network !== undefined) {
    const problem = networkProblem(network);
    if (problem) return [`${networkPath}: "${network}" ${problem}`];
  }
  const malformed = places.flatMap(({ overlayAddress }, index) => {
    const problem = overlayAddress === undefined ? undefined : addressProblem(overlayAddress);
    return problem ? [`${paths[index]}.overlayAddress: "${overlayAddress}" ${problem}`] : [];
  });
  if (malformed.length > 0) return malformed;
  return [
    ...missingProblems(network, places, paths),
    ...(network === undefined
      ? familyProblems(places, paths)
      : insideProblems(network, places, paths, networkPath)),
    ...duplicateProblems(network ?? networkOfLabel(label), label, places, paths),
  ];
}

/** Whether hosts of an overlay can be in this network, given in CIDR notation. */
export function isNetwork(network: string): boolean {
  return networkProblem(network) === undefined;
}

/** Whether two networks, or a network and an address, have an address in common; texts in CIDR notation or addresses. */
export function overlap(one: string, other: string): boolean {
  if (familyOf(one) !== familyOf(other)) return false;
  const [first, second] = [parseRange(one), parseRange(other)];
  const bits = first.family === 4 ? 32 : 128;
  const shift = BigInt(bits - Math.min(first.prefix, second.prefix));
  return first.first >> shift === second.first >> shift;
}

/** An address as a network of its own, e.g. `10.9.0.1/32`. */
export function singleAddress(address: string): string {
  return `${address}/${isIPv6(address) ? 128 : 32}`;
}

function missingProblems(network: string | undefined, places: OverlayPlace[], paths: string[]): string[] {
  if (network === undefined) return [];
  const { family, prefix } = parseNetwork(network);
  if (family === 6 && 128 - prefix >= fewestHashBits) return [];
  return places.flatMap(({ name, overlayAddress }, index) =>
    overlayAddress === undefined
      ? [
          `${paths[index]}.overlayAddress: ${name} needs one, because ${network} is too small for addresses made from names;` +
            ` give every host an address of it, or take an IPv6 network with a prefix of ${128 - fewestHashBits} or less`,
        ]
      : [],
  );
}

function familyProblems(places: OverlayPlace[], paths: string[]): string[] {
  // A host that has an address of one family only can send nothing to one of the other.
  const family = (place: OverlayPlace) => familyOf(place.overlayAddress ?? "::1");
  const six = places.find((place) => family(place) === 6);
  if (!six) return [];
  return places.flatMap((place, index) =>
    family(place) === 4
      ? [
          `${paths[index]}.overlayAddress: ${place.overlayAddress} is IPv4, but ${six.name} has ` +
            `${six.overlayAddress ?? "none and so gets IPv6"}; all hosts need addresses of one family`,
        ]
      : [],
  );
}

function insideProblems(
  network: string,
  places: OverlayPlace[],
  paths: string[],
  networkPath: string,
): string[] {
  const { family, first, prefix } = parseNetwork(network);
  const size = 1n << BigInt((family === 4 ? 32 : 128) - prefix);
  // In networks of one or two addresses all are hosts' (RFC 3021, RFC 6164).
  const reserved = size <= 2n ? 0n : family === 4 ? 2n : 1n;
  if (BigInt(places.length) > size - reserved) {
    return [
      `${networkPath}: ${network} has room for ${size - reserved} hosts, and there are ${places.length}; take a larger one`,
    ];
  }
  return places.flatMap(({ overlayAddress }, index) => {
    if (overlayAddress === undefined) return [];
    const path = `${paths[index]}.overlayAddress: ${overlayAddress}`;
    if (!overlap(network, overlayAddress)) return [`${path} is not in the network ${network}`];
    const offset = toNumber(overlayAddress) - first;
    if (reserved > 0n && offset === 0n) return [`${path} is the address of the network ${network} itself`];
    if (reserved === 2n && offset === size - 1n)
      return [`${path} is the broadcast address of the network ${network}`];
    return [];
  });
}

function duplicateProblems(
  network: string,
  label: string,
  places: OverlayPlace[],
  paths: string[],
): string[] {
  const { family, prefix } = parseNetwork(network);
  const canDerive = family === 6 && 128 - prefix >= fewestHashBits;
  const given = places
    .map((place, index) => ({ place, path: paths[index] }))
    .filter(({ place }) => canDerive || place.overlayAddress !== undefined);
  const addresses = overlayAddresses(
    network,
    label,
    given.map(({ place }) => place),
  );
  return given.flatMap(({ place, path }, index) => {
    const first = addresses.indexOf(addresses[index] as string);
    const other = given[first];
    if (first === index || !other || other.place.name === place.name) return [];
    return [
      `${path}.overlayAddress: ${addresses[index]} is ${other.place.name}'s already; each host needs an address of its own`,
    ];
  });
}

function networkProblem(network: string): string | undefined {
  const [, address = "", prefix = ""] = /^([^/]+)\/(\d{1,3})$/.exec(network) ?? [];
  if (!isIpAddress(address) || address.includes("%")) {
    return 'is not a network; write for example "10.9.0.0/24" or "fd12:3456:789a:1::/64"';
  }
  const bits = familyOf(address) === 4 ? 32 : 128;
  if (Number(prefix) < 1 || Number(prefix) > bits)
    return `has no prefix length between 1 and ${bits} after the slash`;
  const unusable = unusableProblem(address);
  if (unusable) return unusable;
  const shift = BigInt(bits - Number(prefix));
  const first = (toNumber(address) >> shift) << shift;
  if (first === toNumber(address)) return undefined;
  return `is an address in a network; the network is ${formatAddress(familyOf(address), first)}/${prefix}`;
}

function addressProblem(address: string): string | undefined {
  if (!isIpAddress(address) || address.includes("%")) {
    return 'is not an IP address; write for example "10.9.0.1", without a prefix length';
  }
  return unusableProblem(address);
}

function unusableProblem(address: string): string | undefined {
  const kind = unusableRanges[ipaddr.parse(address).range()];
  return kind && `is ${kind} address, which no host on an overlay can have`;
}

function parseRange(text: string): Network {
  return parseNetwork(text.includes("/") ? text : singleAddress(text));
}

function parseNetwork(network: string): Network {
  const [address = "", prefix] = network.split("/");
  return { family: familyOf(address), first: toNumber(address), prefix: Number(prefix) };
}

function familyOf(address: string): 4 | 6 {
  return address.includes(":") ? 6 : 4;
}

function toNumber(address: string): bigint {
  return ipaddr
    .parse(address)
    .toByteArray()
    .reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);
}

function formatAddress(family: 4 | 6, number: bigint): string {
  const length = family === 4 ? 4 : 16;
  const bytes = Array.from({ length }, (_, index) =>
    Number((number >> BigInt(8 * (length - 1 - index))) & 0xffn),
  );
  return ipaddr.fromByteArray(bytes).toString();
}

function hash(text: string, bits: number): bigint {
  const digest = createHash("sha256").update(`ha-monitoring overlay\0${text}`).digest("hex");
  return BigInt(`0x${digest}`) >> BigInt(256 - bits);
}
