import type { SshConnection } from "../components/shapes";
import type { MonitoringStackArgs, StackHostArgs } from "../components/stack/args";
import { sshDefaults } from "./defaults";
import { gatewayPorts } from "./gateway";
import { ifKnown, isKnown } from "./known";
import { canonicalAddress } from "./networks";
import { formatPath, problemAt, type Path, type Problem } from "./problem";
import { givenHost, type HostModel, type MonitorModel, type StackModel } from "./stackModel";

/** Checks that the stack's own services on a monitor, its exporters and its sshd listen on different ports. */
export function portProblems(model: MonitorModel, given: StackHostArgs): Problem[] {
  const { exporters, gateway: ports, prometheus, path } = model;
  const own = prometheus.runtime?.port;
  const gossip = gatewayPorts.map((name) => ({ port: ports[name], use: `gossip.${name}` }));
  const services = [{ port: own, use: "prometheus.port" }, ...gossip];
  const ssh = sshPortOf(model, given);
  const others = [
    ...(ssh === undefined ? [] : [{ port: ssh, use: "SSH" }]),
    ...exporters.map(({ port, job }) => ({ port, use: `the exporter of job "${job}"` })),
  ];
  const shared = gossip.find(({ port }) => port === own);
  return [
    ...problemAt(
      ["prometheus", "port"],
      shared && `${own} is ${shared.use} already; each needs a port of its own`,
    ),
    ...services.flatMap(({ port, use }) =>
      others
        .filter((other) => other.port === port)
        .flatMap((other) =>
          problemAt(path, `port ${port} of ${other.use} is ${use} already; each needs a port of its own`),
        ),
    ),
  ];
}

/** Port on which a host's sshd listens, as far as it is known before a deployment. */
export function sshPortOf({ origin }: HostModel, { sshPort }: StackHostArgs): number | undefined {
  const { port = sshDefaults.port } = origin.kind === "existing" ? origin.host.connection : {};
  return sshPort ?? ifKnown(port);
}

/** Checks what must differ from host to host; the name is checked with the overlay. */
export function repetitionProblems(args: MonitoringStackArgs, { monitors, hosts }: StackModel): Problem[] {
  const numbers = monitors.map(({ peer: { loopbackAddress } }) => loopbackAddress.split(".")[3]);
  const addresses = monitors.map((_, index) => canonicalOf(givenHost(args, index).address));
  const ends = hosts.map((host) =>
    host.origin.kind === "existing" ? sshEnd(host.origin.host.connection) : undefined,
  );
  return [
    ...twice(numbers, (number, index, first) =>
      problemAt(
        [...monitorPath(index), "number"],
        `${number} is the number of ${formatPath(monitorPath(first))} already; numbers must be unique, also those that come from positions`,
      ),
    ),
    ...twice(addresses, (address, index, first) =>
      problemAt(
        [...monitorPath(index), "address"],
        `"${address}" is the address of ${formatPath(monitorPath(first))} already; each monitor needs a host of its own`,
      ),
    ),
    ...twice(ends, (end, index, first) => {
      const [path, other] = [hosts[index]?.path ?? [], hosts[first]?.path ?? []];
      // Two monitors at one address are one mistake.
      const isKnown = addresses[index] !== undefined && addresses[index] === addresses[first];
      return problemAt(
        path,
        isKnown
          ? undefined
          : `SSH to ${end} leads to ${formatPath(other)} already; each needs a host of its own`,
      );
    }),
  ];
}

function monitorPath(index: number): Path {
  return ["monitors", index];
}

function twice<T>(
  values: (T | undefined)[],
  problems: (value: T, index: number, first: number) => Problem[],
): Problem[] {
  const firstOf = new Map<T, number>();
  return values.flatMap((value, index) => {
    if (value === undefined) return [];
    const first = firstOf.get(value);
    if (first !== undefined) return problems(value, index, first);
    firstOf.set(value, index);
    return [];
  });
}

function canonicalOf(address: unknown): string | undefined {
  return typeof address === "string" ? canonicalAddress(address) : undefined;
}

/** Where an SSH connection ends, as far as it is known before a deployment. */
function sshEnd({ host, port = sshDefaults.port, bastion }: SshConnection): string | undefined {
  const through = bastion === undefined || isKnown(bastion) ? bastion?.host : bastion;
  if (typeof host !== "string" || typeof port !== "number") return undefined;
  if (through !== undefined && typeof through !== "string") return undefined;
  return `${canonicalAddress(host)}, port ${port}${through === undefined ? "" : ` through ${through}`}`;
}

/** Checks that a VPC for all droplets can be one for all: a VPC belongs to a region. */
export function vpcProblems({ droplets }: MonitoringStackArgs, hosts: HostModel[]): Problem[] {
  const regions = new Set(
    hosts.flatMap(({ origin }) =>
      origin.kind === "droplet" && origin.droplet.vpcUuid === droplets?.vpcUuid ? origin.droplet.region : [],
    ),
  );
  return problemAt(
    ["droplets", "vpcUuid"],
    droplets?.vpcUuid === undefined || regions.size < 2
      ? undefined
      : `a VPC belongs to one region, and these droplets are in ${[...regions].join(" and ")}; give each host its own in droplet.vpcUuid`,
  );
}
