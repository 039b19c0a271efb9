import type { Input } from "@pulumi/pulumi";
import type {
  OverlayNetworkArgs,
  OverlayHostArgs,
  WireGuardLinkArgs,
} from "../components/overlay/wireGuardLink";
import type { Host, InboundRule } from "../components/shapes";

import { isIpAddress } from "./addresses";
import { anyText, dnsLabel, hostAddress, newInterface, port, repeated, wholeNumber } from "./checks";
import { overlayDefaults, withDefaults } from "./defaults";
import { list, section } from "./fields";
import { ifKnown } from "./known";
import { canonicalAddress, overlap, singleAddress } from "./networks";
import {
  isNetwork,
  networkOfLabel,
  overlayAddresses,
  overlayAddressProblems,
  type OverlayPlaceAt,
} from "./overlayAddresses";
import { host } from "./hosts";
import { problemAt, type Path, type Problem } from "./problem";

/** One host of an overlay, and everything about it that follows from all hosts together. */
export interface OverlayHost {
  name: string;
  host: Input<Host>;
  endpoint: Input<string> | undefined;
  overlayAddress: string;
  listenPort: number;
  /** Names of the hosts that it has a tunnel with. */
  peers: string[];
  /** Networks and single addresses that the host must not route yet when the interface is made. */
  networks: string[];
}

/** The interface, its network and its label. */
export const overlayNetwork = section<OverlayNetworkArgs>(
  {
    // Checked with the addresses of all hosts.
    network: anyText,
    label: anyText,
    interfaceName: newInterface,
    listenPort: port,
    keepaliveSeconds: wholeNumber("seconds", 0, 65535),
    // 1280 bytes are the least for IPv6 (RFC 8200), 80 are WireGuard's own of the largest packet.
    mtu: wholeNumber("bytes", 1280, 65455),
  },
  {},
);

/** One host of an overlay. */
export const overlayHost = section<OverlayHostArgs>(
  {
    name: dnsLabel(),
    host,
    // Checked with those of all hosts.
    overlayAddress: anyText,
    endpoint: hostAddress,
    listenPort: port,
  },
  { name: true, host: true },
);

const hosts = list(overlayHost);

/** A link; `label` is there already. */
export const link = section<WireGuardLinkArgs>(
  { ...overlayNetwork.fields, hubs: hosts, spokes: hosts },
  { hubs: true },
  (args) => {
    const names = placesOf(args).map(({ name }) => name);
    return [
      ...problemAt(["hubs"], args.hubs.length === 0 ? "at least one is needed" : undefined),
      ...placesOf(args).flatMap(({ name, path }, index) =>
        problemAt(
          [...path, "name"],
          names.indexOf(name) < index
            ? `"${name}" is the name of another host; names must be unique`
            : undefined,
        ),
      ),
      ...overlayPlaceProblems(args),
    ];
  },
);

/** Checks the addresses of all hosts on the overlay, and that no host is reached at an address of the overlay. */
export function overlayPlaceProblems(args: WireGuardLinkArgs): Problem[] {
  const places = placesOf(args);
  const { network, label = "" } = args;
  const problems = overlayAddressProblems(network, label, places);
  // Without addresses, only the network that the user chose is known to be the overlay's.
  const chosen = network !== undefined && isNetwork(network) ? [network] : [];
  const planned = problems.length > 0 ? undefined : overlayHosts(args);
  return [
    ...problems,
    ...places.flatMap(({ host, path }, index) => {
      const networks = planned?.[index]?.networks ?? chosen;
      const place = { name: host.name, networks };
      const address = ifKnown((host.host as Partial<Host>).address);
      const endpoint = ifKnown(host.endpoint);
      return [
        ...(address === undefined ? [] : underlayProblems([...path, "host", "address"], place, address)),
        ...(endpoint === undefined ? [] : underlayProblems([...path, "endpoint"], place, endpoint)),
      ];
    }),
  ];
}

/** Checks that a host is not reached at an address that the overlay would route. */
export function underlayProblems(
  path: Path,
  { name, networks }: Pick<OverlayHost, "name" | "networks">,
  address: string,
): Problem[] {
  if (!isIpAddress(address)) return [];
  const network = networks.find((each) => overlap(each, canonicalAddress(address)));
  return problemAt(
    path,
    network &&
      `${address}, where ${name} is reached, is in ${network} of the overlay; choose another network`,
  );
}

/**
 * Checks that no two hosts have the same public key: WireGuard would give the addresses of the one to the other. Hosts
 * print their keys themselves, so a host may print that of another one.
 */
export function publicKeyProblems(publicKeys: Record<string, string>): Problem[] {
  return repeated(Object.values(publicKeys)).flatMap((key) => {
    const names = Object.keys(publicKeys).filter((name) => publicKeys[name] === key);
    return problemAt(
      ["public keys of WireGuard"],
      `${names.sort().join(" and ")} printed the same one, ${key}: one host has a copy of the other's, or prints what is not its own.` +
        ' No interface was changed; find out which, then make new keys with "pulumi up --replace" and the URNs of their wireguard-key bundles',
    );
  });
}

/** All hosts, hubs first: hubs have a tunnel with everybody, spokes with hubs only. */
export function overlayHosts(args: WireGuardLinkArgs): OverlayHost[] {
  const { label = "" } = args;
  const network = args.network ?? networkOfLabel(label);
  const { listenPort } = withDefaults(overlayDefaults, args);
  const places = placesOf(args);
  const addresses = overlayAddresses(network, label, places);
  const byName = new Map(places.map(({ name }, index) => [name, addresses[index] as string]));
  const outside = new Set(
    places.flatMap(({ overlayAddress }, index) => {
      const address = addresses[index] as string;
      return overlayAddress === undefined || overlap(network, address) ? [] : [address];
    }),
  );
  const isDerived = places.some(({ overlayAddress }) => overlayAddress === undefined);
  const hubs = places.filter(({ isHub }) => isHub);
  return places.map(({ host, isHub }, index) => {
    const peers = (isHub ? places : hubs).filter((other) => other.host !== host).map(({ name }) => name);
    const ownOutside = [host.name, ...peers]
      .map((name) => byName.get(name))
      .filter((address) => address !== undefined && outside.has(address)) as string[];
    return {
      name: host.name,
      host: host.host,
      endpoint: host.endpoint,
      overlayAddress: addresses[index] as string,
      listenPort: host.listenPort ?? listenPort,
      peers,
      networks: [
        ...(args.network !== undefined || isDerived ? [network] : []),
        ...ownOutside.map(singleAddress).sort(),
      ],
    };
  });
}

/** The rule for WireGuard's own packets. From everywhere: a peer may move, or be behind NAT, and WireGuard answers no strangers. */
export function wireGuardRule(listenPort: number): InboundRule {
  return { protocol: "udp", port: listenPort, sources: [], purpose: "WireGuard" };
}

function placesOf({ hubs, spokes = [] }: WireGuardLinkArgs): (OverlayPlaceAt & {
  host: OverlayHostArgs;
  isHub: boolean;
})[] {
  const place = (list: "hubs" | "spokes") => (host: OverlayHostArgs, index: number) => ({
    name: host.name,
    overlayAddress: host.overlayAddress,
    path: [list, index],
    host,
    isHub: list === "hubs",
  });
  return [...hubs.map(place("hubs")), ...spokes.map(place("spokes"))];
}
