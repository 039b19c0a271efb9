import { setTimeout as sleep } from "node:timers/promises";
import { slowness } from "../polling";
import { runOverSsh } from "../ssh/connection";
import { tarOfFiles } from "./tar";
import { run } from "./command";
import { containmentFlags, type Containment } from "./containment";
import { contentHash, labels } from "./labels";
import type { SshKeyPair } from "./sshKeys";
import type { HostFlavor, HostSystem } from "./systems";

/** All that a host is made from. */
export interface HostRecipe {
  name: string;
  hostname: string;
  os: HostSystem;
  flavor: HostFlavor;
  /** The lab's id, which is its network's name as well. */
  lab: string;
  image: string;
  address: string;
  address6: string;
  /** A file of this machine that becomes /etc/resolv.conf. */
  resolverConfiguration: string;
  /** The host's own public key; empty where the host makes its keys itself. */
  hostKey: string;
  /** The public key that it lets in. */
  authorizedKey: string;
}

/** On an idle machine. */
const secondsToBoot = 90;
const secondsToShutDown = 90;

/** The container in which a host runs. */
export function containerName(lab: string, host: string): string {
  return `${lab}-${host}`;
}

/** The arguments of `docker` that create the host's container. */
export function createArguments(recipe: HostRecipe, containment: Containment): string[] {
  const hash = recipeHash(recipe, containment);
  return ["create", ...hostFlags(recipe, containment), "--label", `${labels.recipe}=${hash}`, recipe.image];
}

/** Changes when a host has to be made anew. */
export function recipeHash(recipe: HostRecipe, containment: Containment): string {
  return contentHash([...hostFlags(recipe, containment), recipe.image, recipe.authorizedKey]);
}

function hostFlags(recipe: HostRecipe, containment: Containment): string[] {
  return [
    ...["--name", containerName(recipe.lab, recipe.name), "--hostname", recipe.hostname],
    ...["--network", recipe.lab, "--ip", recipe.address, "--ip6", recipe.address6],
    ...["--volume", `${recipe.resolverConfiguration}:/etc/resolv.conf`],
    // So that a reboot from inside is one.
    ...["--restart", "unless-stopped"],
    ...containmentFlags(containment),
    ...["--mount", `type=volume,dst=/var/lib/docker,volume-label=${labels.lab}=${recipe.lab}`],
    ...["--tmpfs", "/run", "--tmpfs", "/run/lock", "--tmpfs", "/tmp:exec,mode=1777"],
    ...["--env", "container=docker"],
    ...["--label", `${labels.lab}=${recipe.lab}`],
    ...["--label", `${labels.host}=${recipe.name}`],
    ...["--label", `${labels.system}=${recipe.os}`],
    ...["--label", `${labels.flavor}=${recipe.flavor}`],
    ...["--label", `${labels.hostKey}=${recipe.hostKey}`],
  ];
}

/** A file of a host, which belongs to root. */
export interface HostFile {
  /** Absolute. Directories that are missing are made. */
  path: string;
  content: string;
  mode: number;
}

/** Where sshd looks for a host's own key. */
export function hostKeyFiles({ privateKey, publicKey }: SshKeyPair): HostFile[] {
  const path = "/etc/ssh/ssh_host_ed25519_key";
  return [
    { path, content: privateKey, mode: 0o600 },
    { path: `${path}.pub`, content: `${publicKey}\n`, mode: 0o644 },
  ];
}

/** Creates the container, with the SSH keys in place before the first connection, and does not start it. */
export async function createHost(
  recipe: HostRecipe,
  containment: Containment,
  files: readonly HostFile[],
): Promise<void> {
  await run("docker", createArguments(recipe, containment));
  const keys = {
    path: "/etc/ssh/lab_authorized_keys",
    content: `${recipe.authorizedKey} ha-monitoring-lab\n`,
    mode: 0o644,
  };
  const archive = [keys, ...files].map(({ path, content, mode }) => ({
    ...{ path: path.slice(1), content: Buffer.from(content), mode },
  }));
  const container = containerName(recipe.lab, recipe.name);
  await run("docker", ["cp", "-", `${container}:/`], { stdin: tarOfFiles(archive) });
}

/** Removes the container and its volume. */
export async function removeContainers(containers: string[]): Promise<void> {
  if (containers.length > 0) await run("docker", ["rm", "--force", "--volumes", ...containers]);
}

export async function startContainer(container: string): Promise<void> {
  await run("docker", ["start", container]);
}

export async function stopContainer(container: string, suddenly: boolean): Promise<void> {
  const how = suddenly ? ["kill"] : ["stop", "-t", String(secondsToShutDown)];
  await run("docker", [...how, container]);
}

/** A reboot: services are stopped in order, and what is in memory is lost. */
export async function restartContainer(container: string): Promise<void> {
  await run("docker", ["restart", "-t", String(secondsToShutDown), container]);
}

/**
 * Waits until systemd has started what it starts, and returns the units that failed.
 *
 * @throws if the host does not come up.
 */
export async function waitUntilBooted(name: string, container: string): Promise<string[]> {
  const ask = "systemctl is-system-running --wait";
  const state = await waitForSystemState({ name, container, ask }, ["running", "degraded"]);
  return state === "running" ? [] : failedUnits(container);
}

/**
 * Waits until systemd runs, and not for what it starts.
 *
 * @throws if it does not.
 */
export async function waitForSystemd(name: string, container: string): Promise<void> {
  const ask = "systemctl is-system-running";
  await waitForSystemState({ name, container, ask }, ["initializing", "starting", "running", "degraded"]);
}

async function waitForSystemState(
  { name, container, ask }: { name: string; container: string; ask: string },
  enough: string[],
): Promise<string> {
  const begun = Date.now();
  while (true) {
    const { stdout, stderr } = await execInContainer(container, ask);
    const state = stdout.trim();
    if (enough.includes(state)) return state;
    if (Date.now() > begun + secondsToBoot * slowness() * 1000) {
      const said = (
        await run("docker", ["logs", "--tail", "5", container], { allowFailure: true })
      ).stdout.trim();
      throw new Error(
        `Host ${name} has not booted after ${Math.round((Date.now() - begun) / 1000)} s (${state || stderr.trim()}); it said: ${said || "nothing"}`,
      );
    }
    await sleep(200);
  }
}

async function failedUnits(container: string): Promise<string[]> {
  const { stdout } = await execInContainer(container, "systemctl --failed --plain --no-legend");
  return stdout
    .split("\n")
    .flatMap((line) => line.split(" ", 1))
    .filter(Boolean);
}

/** Waits until the host lets the lab's key in, over both address families, and proves to be that host. */
export async function waitForSsh(
  host: { name: string; address: string; address6: string; hostKey: string },
  key: SshKeyPair,
): Promise<void> {
  for (const address of [host.address, host.address6]) {
    const connection = {
      host: address,
      privateKey: key.privateKey,
      hostKey: host.hostKey,
      dialErrorLimit: 3,
    };
    const outcome = await runOverSsh(connection, "true", "", {}).catch((error: Error) => ({
      problem: error.message,
    }));
    if (outcome.problem) throw new Error(`Host ${host.name}: no SSH to ${address}: ${outcome.problem}`);
  }
}

function execInContainer(container: string, command: string) {
  return run("docker", ["exec", container, "sh", "-c", command], { allowFailure: true });
}
