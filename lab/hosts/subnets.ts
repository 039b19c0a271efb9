import { getServers } from "node:dns";
import { lookup } from "node:dns/promises";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import * as ipaddr from "ipaddr.js";

/** One prefix per address family, from the ranges for documentation and benchmarks only. */
export interface Subnets {
  /** As in 198.51.100.0/24. */
  subnet: string;
  /** As in 2001:db8:1::/64. */
  subnet6: string;
}

/** The number that stands for the router of a lab in its addresses. */
export const routerNumber = 2;
const firstHostNumber = 10;
const lastHostNumber = 250;

/** Host numbers in the order in which they are given to hosts. */
export const hostNumbers = Array.from(
  { length: lastHostNumber - firstHostNumber + 1 },
  (_, index) => firstHostNumber + index,
);

/** The subnets that labs use, in the order in which they try them. Never 192.0.2.0/24: machines of ours live in it. */
export function candidateSubnets(): Subnets[] {
  const benchmark = Array.from({ length: 256 }, (_, index) => `198.18.${index}.0/24`);
  return ["198.51.100.0/24", "203.0.113.0/24", ...benchmark].map((subnet, index) => ({
    subnet,
    subnet6: `2001:db8:${(index + 1).toString(16)}::/64`,
  }));
}

/** The addresses of a host. The last part reads the same in both families. */
export function hostAddresses(subnets: Subnets, hostNumber: number): { address: string; address6: string } {
  return {
    address: subnets.subnet.replace(/0\/24$/, String(hostNumber)),
    address6: subnets.subnet6.replace(/\/64$/, String(hostNumber)),
  };
}

/** Whether none of the addresses is within the subnets. */
export function isFree({ subnet, subnet6 }: Subnets, addresses: string[]): boolean {
  const [range, range6] = [ipaddr.parseCIDR(subnet), ipaddr.parseCIDR(subnet6)];
  return addresses.every((address) => {
    const parsed = ipaddr.process(address);
    return !parsed.match(parsed.kind() === "ipv4" ? range : range6);
  });
}

/** Names of the hosts that package sources are at, in the text of apt's lists of sources. */
export function sourceHosts(text: string): string[] {
  const uses = text.split("\n").filter((line) => !line.trimStart().startsWith("#"));
  return [
    ...new Set([...uses.join("\n").matchAll(/https?:\/\/([^/\s:]+)/g)].map(([, host]) => host as string)),
  ];
}

// Sandboxed machines may reach their sources by a proxy inside the very ranges that labs use; a lab there would cut them off.
function readSources(): string {
  const directory = "/etc/apt/sources.list.d";
  const lists = existsSync(directory) ? readdirSync(directory).map((name) => join(directory, name)) : [];
  const files = ["/etc/apt/sources.list", ...lists].filter(
    (path) => /\.(list|sources)$/.test(path) && existsSync(path),
  );
  return [...files.map((path) => readFileSync(path, "utf8")), process.env.npm_config_registry ?? ""].join(
    "\n",
  );
}

/** Addresses that this machine has or needs. Docker itself minds only its own networks. */
export async function addressesInUse(): Promise<string[]> {
  const own = Object.values(networkInterfaces()).flatMap((entries) =>
    (entries ?? []).map(({ address }) => address),
  );
  const needed = sourceHosts(readSources()).map((name) => lookup(name, { all: true }).catch(() => []));
  const found = (await Promise.all(needed)).flat().map(({ address }) => address);
  // A name server may carry a port, as in [2001:db8::1]:53.
  const servers = getServers().map((server) => /^\[(.*)\]/.exec(server)?.[1] ?? server);
  return [...own, ...found, ...servers.map((server) => server.replace(/^([\d.]+):\d+$/, "$1"))];
}
