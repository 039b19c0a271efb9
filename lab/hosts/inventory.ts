import { run } from "./command";
import { labels } from "./labels";
import type { HostFlavor, HostSystem } from "./systems";

/** A machine of the lab. */
export interface LabHost {
  name: string;
  os: HostSystem;
  /** IPv4. */
  address: string;
  address6: string;
  container: string;
  /** `ssh-ed25519 AAAA...`, known before the first connection; empty where the host made its keys itself. */
  hostKey: string;
}

/** A host with what Docker says about it. */
export interface LabHostStatus extends LabHost {
  flavor: HostFlavor;
  hostname: string;
  /** Docker's word: running, exited, restarting, created ... */
  state: string;
  /** ISO 8601; of the last start. */
  startedAt: string;
  recipe: string;
}

/** The part of `docker inspect` that is read here. */
interface InspectedContainer {
  Name: string;
  State: { Status: string; StartedAt: string };
  Config: { Hostname: string; Labels: Record<string, string> };
  NetworkSettings: {
    Networks: Record<string, { IPAMConfig?: { IPv4Address?: string; IPv6Address?: string } | null }>;
  };
}

/** The hosts of a lab as Docker knows them, by name. */
export async function listHosts(lab: string): Promise<LabHostStatus[]> {
  const ids = await listLabelled(["ps", "--all", "--filter", `label=${labels.host}`], lab);
  if (ids.length === 0) return [];
  // A container may be removed between the two commands; the others are still listed then.
  const { stdout } = await run("docker", ["inspect", ...ids], { allowFailure: true });
  return (JSON.parse(stdout) as InspectedContainer[])
    .map((container) => toHost(container, lab))
    .sort((one, other) => one.name.localeCompare(other.name));
}

/** Ids of what carries the lab's label: `command` is `ps --all`, `volume ls` or `network ls`. */
export async function listLabelled(command: string[], lab: string): Promise<string[]> {
  const { stdout } = await run("docker", [...command, "--quiet", "--filter", `label=${labels.lab}=${lab}`]);
  return stdout.split("\n").filter(Boolean);
}

function toHost(container: InspectedContainer, lab: string): LabHostStatus {
  const label = (name: string) => container.Config.Labels[name] ?? "";
  // As configured, not as running: a host that is switched off keeps its addresses.
  const addresses = container.NetworkSettings.Networks[lab]?.IPAMConfig;
  return {
    name: label(labels.host),
    os: label(labels.system) as HostSystem,
    address: addresses?.IPv4Address ?? "",
    address6: addresses?.IPv6Address ?? "",
    container: container.Name.replace(/^\//, ""),
    hostKey: label(labels.hostKey),
    hostname: container.Config.Hostname,
    flavor: label(labels.flavor) as HostFlavor,
    state: container.State.Status,
    startedAt: container.State.StartedAt,
    recipe: label(labels.recipe),
  };
}
