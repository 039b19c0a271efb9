import { run } from "./command";
import { labels } from "./labels";
import { addressesInUse, candidateSubnets, isFree, type Subnets } from "./subnets";

/** The network of a lab. */
export interface LabNetwork extends Subnets {
  name: string;
}

/** Creates the lab's network on the first free subnets, unless it is there. */
export async function ensureNetwork(name: string): Promise<LabNetwork> {
  const existing = await readNetwork(name);
  if (existing) return existing;
  const inUse = await addressesInUse();
  for (const candidate of candidateSubnets().filter((subnets) => isFree(subnets, inUse))) {
    const created = await run("docker", networkArguments(name, candidate), { allowFailure: true });
    if (created.status === 0) return { name, ...candidate };
    // Another `up` of the same lab was faster.
    if (/already exists/.test(created.stderr)) return ensureNetwork(name);
    if (!/overlap/i.test(created.stderr)) throw new Error(`Network ${name}: ${created.stderr.trim()}`);
  }
  throw new Error(`Network ${name}: no free subnet is left; remove labs with \`lab down\``);
}

/** The arguments of `docker` that create the network, from which no packet leaves this machine. */
export function networkArguments(name: string, { subnet, subnet6 }: Subnets): string[] {
  return [
    ...["network", "create", "--internal", "--ipv6", "--subnet", subnet, "--subnet", subnet6],
    ...["--label", `${labels.lab}=${name}`, name],
  ];
}

/** The lab's network; undefined where there is none. */
export async function readNetwork(name: string): Promise<LabNetwork | undefined> {
  const format = "{{range .IPAM.Config}}{{.Subnet}} {{end}}";
  const result = await run("docker", ["network", "inspect", "--format", format, name], {
    allowFailure: true,
  });
  if (result.status !== 0) return undefined;
  const subnets = result.stdout.trim().split(" ");
  const [subnet, subnet6] = [
    subnets.find((text) => !text.includes(":")),
    subnets.find((text) => text.includes(":")),
  ];
  if (!subnet || !subnet6)
    throw new Error(`Network ${name} has no IPv4 or no IPv6 subnet; remove it with \`lab down\``);
  return { name, subnet, subnet6 };
}
