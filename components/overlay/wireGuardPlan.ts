import ipaddr from "ipaddr.js";
import type * as pulumi from "@pulumi/pulumi";
import { isIpAddress } from "../../model/addresses";
import {
  isNetwork,
  networkOfLabel,
  overlap,
  overlayAddresses,
  overlayProblems,
  singleAddress,
} from "../../model/overlayAddresses";
import { isPort } from "../host/connection";
import type { Host } from "../shapes";
import { labelProblems } from "../validation";
import type { OverlayHostArgs, WireGuardLinkArgs } from "./wireGuardLink";

/** What a link is when nothing else is said. */
export const wireGuardDefaults = {
  interfaceName: "wg0",
  listenPort: 51820,
  keepaliveSeconds: 25,
  mtu: 1420,
};

/** What was said of the interface, and the defaults for the rest. */
export function wireGuardSettings(
  args: Omit<WireGuardLinkArgs, "hubs" | "spokes">,
): typeof wireGuardDefaults {
  const { interfaceName, listenPort, keepaliveSeconds, mtu } = args;
  const said = Object.entries({ interfaceName, listenPort, keepaliveSeconds, mtu });
  return {
    ...wireGuardDefaults,
    ...Object.fromEntries(said.filter(([, value]) => value !== undefined)),
  };
}

/** One host of a link. */
export interface WireGuardPlace {
  name: string;
  host: pulumi.Input<Host>;
  endpoint: pulumi.Input<string> | undefined;
  overlayAddress: string;
  listenPort: number;
  /** Names of the hosts that it has a tunnel with. */
  peers: string[];
  /** Networks and single addresses that its machine must not route yet. */
  networks: string[];
}

/** Who has which address, and a tunnel with whom: hubs with everybody, spokes with hubs only. */
export function wireGuardPlan(args: WireGuardLinkArgs, label: string): WireGuardPlace[] {
  const network = args.network ?? networkOfLabel(label);
  const hosts = hostsOf(args);
  const addresses = overlayAddresses(
    network,
    label,
    hosts.map(({ host }) => host),
  );
  const address = new Map(hosts.map(({ host }, index) => [host.name, addresses[index] as string]));
  const allOutside = new Set(
    hosts.flatMap(({ host: { overlayAddress } }, index) => {
      const chosen = overlayAddress === undefined ? undefined : addresses[index];
      return chosen === undefined || overlap(network, chosen) ? [] : [chosen];
    }),
  );
  const isDerived = hosts.some(({ host: { overlayAddress } }) => overlayAddress === undefined);
  const hubs = hosts.filter(({ isHub }) => isHub);
  return hosts.map(({ host, isHub }) => {
    const peers = (isHub ? hosts : hubs)
      .filter((other) => other.host !== host)
      .map((other) => other.host.name);
    const outside = [host.name, ...peers]
      .map((name) => address.get(name) as string)
      .filter((each) => allOutside.has(each));
    return {
      name: host.name,
      host: host.host,
      endpoint: host.endpoint,
      overlayAddress: address.get(host.name) as string,
      listenPort: host.listenPort ?? wireGuardSettings(args).listenPort,
      peers,
      networks: [
        ...(args.network !== undefined || isDerived ? [network] : []),
        ...outside.map(singleAddress).sort(),
      ],
    };
  });
}

/** Everything that is wrong with the arguments of a link as far as it can be known before anything is touched, one sentence each. */
export function wireGuardProblems(args: WireGuardLinkArgs, label: string): string[] {
  const hosts = hostsOf(args);
  const names = hosts.map(({ host }) => host.name);
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [
    ...(args.hubs.length === 0 ? ["hubs: at least one is needed"] : []),
    ...hosts.flatMap(({ host, path }) => labelProblems(`${path}.name`, host.name)),
    ...[...twice].map((name) => `hubs, spokes: "${name}" is there twice; names must be unique`),
    ...interfaceProblems(args),
    ...overlayHostProblems(args, label),
  ];
}

/** What hosts and the network of a link are called in sentences. */
const linkWords = { hubs: "hubs", spokes: "spokes", network: "network" };

/** The part of it that is about ports, endpoints and addresses, in the words of whoever asks. */
export function overlayHostProblems(args: WireGuardLinkArgs, label: string, words = linkWords): string[] {
  const hosts = hostsOf(args, words);
  const problems = [
    ...hosts.flatMap(({ host, path }) =>
      host.listenPort === undefined ? [] : portProblems(`${path}.listenPort`, host.listenPort),
    ),
    ...hosts.flatMap(({ host, path }) =>
      typeof host.endpoint === "string" ? endpointProblems(`${path}.endpoint`, host.endpoint) : [],
    ),
    ...overlayProblems(
      args.network,
      label,
      hosts.map(({ host }) => host),
      hosts.map(({ path }) => path),
      words.network,
    ),
  ];
  // Without a plan, only the network that was chosen is known to be the overlay's.
  const chosen = args.network !== undefined && isNetwork(args.network) ? [args.network] : [];
  const plan = problems.length > 0 ? undefined : wireGuardPlan(args, label);
  return [
    ...problems,
    ...hosts.flatMap(({ host, path }, index) => {
      const addresses = [(host.host as Partial<Host>).address, host.endpoint].filter(
        (each) => typeof each === "string",
      );
      const place = plan?.[index] ?? { name: host.name, networks: chosen };
      return [...new Set(addresses)].flatMap((address) => underlayProblems(`${path}.host`, place, address));
    }),
  ];
}

/** What is wrong with where a host is reached, as sentences. */
export function endpointProblems(path: string, endpoint: string): string[] {
  if (isIpAddress(endpoint) ? !endpoint.includes("%") : isDnsName(endpoint)) return [];
  return [`${path}: "${endpoint}" is neither an IP address nor a DNS name; the port is said by listenPort`];
}

/** Whether a host's own address is in the way of the overlay, as sentences. */
export function underlayProblems(
  path: string,
  place: Pick<WireGuardPlace, "name" | "networks">,
  address: string,
): string[] {
  if (!isIpAddress(address)) return [];
  const inTheWay = place.networks.find((network) => overlap(network, ipaddr.parse(address).toString()));
  if (inTheWay === undefined) return [];
  return [
    `${path}: ${address}, where ${place.name} is reached, is in ${inTheWay} of the overlay; choose another network`,
  ];
}

/** The part of it that is about the interface. */
export function interfaceProblems(args: Omit<WireGuardLinkArgs, "hubs" | "spokes">): string[] {
  const { interfaceName, keepaliveSeconds, mtu } = wireGuardSettings(args);
  const problems: string[] = [];
  // "all" and "default" are directories of settings beside those of interfaces, and "lo" is there already.
  if (!/^[A-Za-z0-9_][A-Za-z0-9_-]{0,14}$/.test(interfaceName) || /^(all|default|lo)$/.test(interfaceName)) {
    problems.push(
      `interfaceName: "${interfaceName}" cannot be the name of an interface; use 1 to 15 letters, digits, hyphens and underscores, e.g. "wg1"`,
    );
  }
  if (args.listenPort !== undefined) problems.push(...portProblems("listenPort", args.listenPort));
  if (!(Number.isInteger(keepaliveSeconds) && keepaliveSeconds >= 0 && keepaliveSeconds <= 65535)) {
    problems.push(
      `keepaliveSeconds: ${keepaliveSeconds} is not a number of seconds from 1 to 65535, or 0 for none`,
    );
  }
  if (!(Number.isInteger(mtu) && mtu >= 1280 && mtu <= 65455)) {
    problems.push(`mtu: ${mtu} cannot be used; 1280, the least for IPv6, to 65455 bytes can`);
  }
  return problems;
}

function portProblems(path: string, port: number): string[] {
  return isPort(port) ? [] : [`${path}: ${port} is not a port; 1 to 65535 are`];
}

function isDnsName(text: string): boolean {
  const label = "[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?";
  // What ends in a number is an address or a mistake.
  return new RegExp(`^${label}(\\.${label})*\\.?$`).test(text) && !/(^|\.)\d+$/.test(text);
}

function hostsOf(
  args: WireGuardLinkArgs,
  words = linkWords,
): { host: OverlayHostArgs; path: string; isHub: boolean }[] {
  return [
    ...args.hubs.map((host, index) => ({ host, path: `${words.hubs}[${index}]`, isHub: true })),
    ...(args.spokes ?? []).map((host, index) => ({ host, path: `${words.spokes}[${index}]`, isHub: false })),
  ];
}
