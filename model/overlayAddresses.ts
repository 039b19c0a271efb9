import { createHash } from "node:crypto";
import ipaddr from "ipaddr.js";
import { isIpAddress } from "./addresses";
import { bitsOf, familyOf, formatAddress, overlap, parseNetwork, toNumber } from "./networks";
import { problemAt, type Path, type Problem } from "./problem";

/** A host on the overlay. */
export interface OverlayPlace {
  name: string;
  /** The address that the user chose for it. */
  overlayAddress?: string;
}

/** A host on the overlay, and where it stands in the arguments. */
export interface OverlayPlaceAt extends OverlayPlace {
  path: Path;
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
 * Checks the network and the addresses of an overlay.
 *
 * @param network the one that the user chose, if any.
 */
export function overlayAddressProblems(
  network: string | undefined,
  label: string,
  places: OverlayPlaceAt[],
): Problem[] {
  const wrong = network === undefined ? undefined : networkProblem(network);
  if (wrong !== undefined) return problemAt(["network"], `"${network}" ${wrong}`);
  const malformed = places.flatMap(({ overlayAddress, path }) => {
    const problem = overlayAddress === undefined ? undefined : addressProblem(overlayAddress);
    return problemAt([...path, "overlayAddress"], problem && `"${overlayAddress}" ${problem}`);
  });
  if (malformed.length > 0) return malformed;
  return [
    ...missingProblems(network, places),
    ...(network === undefined ? familyProblems(places) : insideProblems(network, places)),
    ...duplicateProblems(network ?? networkOfLabel(label), label, places),
  ];
}

/** Whether hosts of an overlay can be in this network, given in CIDR notation. */
export function isNetwork(network: string): boolean {
  return networkProblem(network) === undefined;
}

function missingProblems(network: string | undefined, places: OverlayPlaceAt[]): Problem[] {
  if (network === undefined || canDerive(network)) return [];
  const says =
    `an address is needed, because ${network} is too small for addresses that are made from names;` +
    ` give every host an address of it, or take an IPv6 network with a prefix of ${128 - fewestHashBits} or less`;
  return places.flatMap(({ overlayAddress, path }) =>
    overlayAddress === undefined ? problemAt([...path, "overlayAddress"], says) : [],
  );
}

function canDerive(network: string): boolean {
  const { family, prefix } = parseNetwork(network);
  return family === 6 && 128 - prefix >= fewestHashBits;
}

function familyProblems(places: OverlayPlaceAt[]): Problem[] {
  // A host that has an address of one family only can send nothing to one of the other.
  const family = (place: OverlayPlace) => familyOf(place.overlayAddress ?? "::1");
  const six = places.find((place) => family(place) === 6);
  if (!six) return [];
  const other = `${six.name} has ${six.overlayAddress ?? "none and so gets IPv6"}`;
  return places.flatMap((place) =>
    family(place) === 4
      ? problemAt(
          [...place.path, "overlayAddress"],
          `${place.overlayAddress} is IPv4, but ${other}; all hosts need addresses of one family`,
        )
      : [],
  );
}

function insideProblems(network: string, places: OverlayPlaceAt[]): Problem[] {
  const { family, first, prefix } = parseNetwork(network);
  const size = 1n << BigInt(bitsOf(family) - prefix);
  // In networks of one or two addresses all are hosts' (RFC 3021, RFC 6164).
  const reserved = size <= 2n ? 0n : family === 4 ? 2n : 1n;
  if (BigInt(places.length) > size - reserved) {
    return problemAt(
      ["network"],
      `${network} has room for ${size - reserved} hosts, and there are ${places.length}; take a larger one`,
    );
  }
  const wrong = (address: string): string | undefined => {
    if (!overlap(network, address)) return `is not in the network ${network}`;
    const offset = toNumber(address) - first;
    if (reserved > 0n && offset === 0n) return `is the address of the network ${network} itself`;
    return reserved === 2n && offset === size - 1n
      ? `is the broadcast address of the network ${network}`
      : undefined;
  };
  return places.flatMap(({ overlayAddress, path }) => {
    const says = overlayAddress === undefined ? undefined : wrong(overlayAddress);
    return problemAt([...path, "overlayAddress"], says && `${overlayAddress} ${says}`);
  });
}

function duplicateProblems(network: string, label: string, places: OverlayPlaceAt[]): Problem[] {
  const given = places.filter(({ overlayAddress }) => overlayAddress !== undefined || canDerive(network));
  const addresses = overlayAddresses(network, label, given);
  const firstOf = new Map<string, OverlayPlaceAt>();
  return given.flatMap((place, index) => {
    const address = addresses[index] as string;
    const other = firstOf.get(address);
    if (other === undefined) firstOf.set(address, place);
    if (other === undefined || other.name === place.name) return [];
    return problemAt(
      [...place.path, "overlayAddress"],
      `${address} is the address of ${other.name} already; each host needs an address of its own`,
    );
  });
}

function networkProblem(network: string): string | undefined {
  const [, address = "", prefix = ""] = /^([^/]+)\/(\d{1,3})$/.exec(network) ?? [];
  if (!isIpAddress(address)) {
    return 'is not a network; write for example "10.9.0.0/24" or "fd12:3456:789a:1::/64"';
  }
  const bits = bitsOf(familyOf(address));
  if (Number(prefix) < 1 || Number(prefix) > bits)
    return `has no prefix length between 1 and ${bits} after the slash`;
  const unusable = unusableProblem(address);
  if (unusable) return unusable;
  const { first } = parseNetwork(network);
  if (first === toNumber(address)) return undefined;
  return `is an address in a network; the network is ${formatAddress(familyOf(address), first)}/${prefix}`;
}

function addressProblem(address: string): string | undefined {
  if (!isIpAddress(address)) {
    return 'is not an IP address; write for example "10.9.0.1", without a prefix length';
  }
  return unusableProblem(address);
}

function unusableProblem(address: string): string | undefined {
  const kind = unusableRanges[ipaddr.parse(address).range()];
  return kind && `is ${kind} address, which no host on an overlay can have`;
}

function hash(text: string, bits: number): bigint {
  const digest = createHash("sha256").update(`ha-monitoring overlay\0${text}`).digest("hex");
  return BigInt(`0x${digest}`) >> BigInt(256 - bits);
}
