import { join, resolve } from "node:path";
import { stopPassingBridgedPackets } from "./bridge";
import { run, type CommandResult } from "./command";
import { detectContainment, type Containment } from "./containment";
import { dockerAnswers, ensureDockerEngine, stopDockerEngine } from "./dockerEngine";
import * as host from "./host";
import type { HostFile } from "./host";
import { removeImages } from "./imageBuild";
import { buildHostImage } from "./images";
import { listHosts, listLabelled, type LabHost, type LabHostStatus } from "./inventory";
import { raiseKernelLimits } from "./kernelLimits";
import { labId } from "./labels";
import { loadImage } from "./loadImage";
import { ensureNetwork, type LabNetwork } from "./network";
import { defaultRouteFile, ensureRouter, LabRouter } from "./router";
import { LabState } from "./state";
import { hostAddresses } from "./subnets";
import { defaultSystem, type HostFlavor, type HostSystem } from "./systems";

export type { LabHost, LabHostStatus } from "./inventory";

export interface LabOptions {
  /** Where keys and addresses are kept; also tells labs on one machine apart. Default: .lab in the project. */
  stateDirectory?: string;
  /** Gets one line per step that takes long. */
  log?: (line: string) => void;
}

/** A host to be started. What is left out stays as it is on a host that exists. */
export interface WantedHost {
  name: string;
  /** What the host is called in its own /etc/hostname, which Docker writes at each start. Default: its name in the lab. */
  hostname?: string;
  /** Default debian13. */
  os?: HostSystem;
  /** Default docker. */
  flavor?: HostFlavor;
  /** Put there before the first boot. */
  files?: HostFile[];
  /** The host makes its own SSH keys, and boots in its own time: the lab gives it none, and waits for its systemd only. */
  ownKeys?: boolean;
}

export interface ExecOptions {
  stdin?: string | Buffer;
  /** Return a status other than 0 instead of throwing. */
  allowFailure?: boolean;
}

export interface DownOptions {
  /** Remove the images, too. */
  images?: boolean;
  /** Remove the images, and stop the Docker engine if this lab started it. */
  all?: boolean;
}

/** A host, or its name. */
export type HostReference = string | { name: string };

interface Foundation {
  containment: Containment;
  network: LabNetwork;
}

/** Throw-away hosts on this machine: containers that boot systemd with sshd and Docker, on a network of their own. */
export class Lab {
  /** Names the lab's containers and network. */
  readonly id: string;
  readonly stateDirectory: string;
  /** The default route of all hosts, which records what reaches it. */
  readonly router: LabRouter;
  private readonly state: LabState;
  private readonly log: (line: string) => void;
  private readonly starting = new Map<string, Promise<LabHost>>();
  private foundation: Promise<Foundation> | undefined;

  constructor(options: LabOptions = {}) {
    this.stateDirectory = resolve(options.stateDirectory ?? join(__dirname, "..", "..", ".lab"));
    this.id = labId(this.stateDirectory);
    this.router = new LabRouter(this.id);
    this.state = new LabState(this.stateDirectory);
    this.log = options.log ?? (() => undefined);
  }

  /** The key that every host lets in as root, operator and nobody-special, in OpenSSH's format. */
  get privateKey(): string {
    return this.state.key().privateKey;
  }

  get privateKeyPath(): string {
    return this.state.privateKeyPath;
  }

  /** The file that pins the keys of all hosts. */
  get knownHostsPath(): string {
    return this.state.knownHostsPath;
  }

  /** Starts hosts and waits for them. Hosts that run and are what is wanted are left alone, as are all others. */
  async up(wanted: WantedHost[]): Promise<LabHost[]> {
    checkNames(wanted.map(({ name }) => name));
    const foundation = await this.prepare();
    // Before anything runs in parallel, so that addresses follow the order of the names.
    for (const { name } of wanted) this.state.claimHostNumber(name);
    const outcomes = await Promise.allSettled(wanted.map((want) => this.startOnce(want, foundation)));
    this.state.writeKnownHosts(await this.status());
    const failures = outcomes.filter((outcome) => outcome.status === "rejected");
    if (failures.length > 0)
      throw new Error(failures.map(({ reason }) => (reason as Error).message).join("\n"));
    return outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  }

  /** The lab's hosts as Docker knows them, also those that are switched off. */
  async status(): Promise<LabHostStatus[]> {
    return (await dockerAnswers()) ? listHosts(this.id) : [];
  }

  /** Removes everything that the lab started. Returns what stays and why, for images and the Docker engine. */
  async down(options: DownOptions = {}): Promise<string[]> {
    this.foundation = undefined;
    // After a restart of the machine the hosts are there, but no engine that could remove them.
    if (this.state.hasKey()) await ensureDockerEngine(this.stateDirectory, this.log);
    const remains: string[] = [];
    if (await dockerAnswers()) {
      await this.removeHosts();
      await removeLabelled(this.id);
      if (options.images || options.all) {
        remains.push(...(await removeImages()).map((image) => `image ${image} stays: something uses it`));
      }
      const reason = options.all ? await stopDockerEngine(this.stateDirectory) : undefined;
      if (reason) remains.push(`the Docker engine stays: ${reason}`);
    }
    this.state.remove();
    return remains;
  }

  /**
   * Removes single hosts and forgets their addresses and keys. Hosts that do not exist are no error.
   *
   * @param keepAddresses nobody else gets their addresses as long as the lab is there.
   */
  async remove(names: string[], { keepAddresses = false } = {}): Promise<void> {
    const hosts = (await this.status()).filter(({ name }) => names.includes(name));
    await host.removeContainers(hosts.map(({ container }) => container));
    for (const name of keepAddresses ? [] : names) this.state.forgetHost(name);
    if (this.state.hasKey()) this.state.writeKnownHosts(await this.status());
  }

  /**
   * Runs a shell command as root on a host, past its network and sshd.
   *
   * @throws if it ends with another status than 0, unless `allowFailure`.
   */
  async exec(reference: HostReference, command: string, options: ExecOptions = {}): Promise<CommandResult> {
    const container = this.containerOf(reference);
    return run("docker", ["exec", "--interactive", container, "sh", "-c", command], options);
  }

  /** Reboots a host and waits for it. Addresses and keys stay. */
  async reboot(reference: HostReference): Promise<void> {
    await host.restartContainer(this.containerOf(reference));
    await this.waitFor(reference);
  }

  /** Switches a host off. With `suddenly`, as by pulling the plug. */
  async switchOff(reference: HostReference, { suddenly = false } = {}): Promise<void> {
    await host.stopContainer(this.containerOf(reference), suddenly);
  }

  /** Switches a host on and waits for it. */
  async switchOn(reference: HostReference): Promise<void> {
    await host.startContainer(this.containerOf(reference));
    await this.waitFor(reference);
  }

  /** Puts an image of this machine's Docker engine on a host, unless it is there. */
  async loadImage(reference: HostReference, image: string): Promise<void> {
    await loadImage(this.containerOf(reference), image);
  }

  private containerOf(reference: HostReference): string {
    return host.containerName(this.id, typeof reference === "string" ? reference : reference.name);
  }

  private prepare(): Promise<Foundation> {
    this.foundation ??= this.layFoundation().catch((error: unknown) => {
      this.foundation = undefined;
      throw error;
    });
    return this.foundation;
  }

  private async layFoundation(): Promise<Foundation> {
    await ensureDockerEngine(this.stateDirectory, this.log);
    raiseKernelLimits(this.log);
    const orphans = this.state.hasKey() ? [] : await this.status();
    if (orphans.length > 0) {
      this.log(`Removing ${orphans.length} hosts whose SSH key is lost`);
      await this.removeHosts();
    }
    this.state.key();
    const network = await ensureNetwork(this.id);
    await ensureRouter(network, this.log);
    return { containment: await detectContainment(), network };
  }

  private async plan(
    { name, hostname, os, flavor, ownKeys }: WantedHost,
    { network }: Foundation,
    existing: LabHostStatus | undefined,
  ): Promise<host.HostRecipe> {
    const kind = { os: os ?? existing?.os ?? defaultSystem, flavor: flavor ?? existing?.flavor ?? "docker" };
    return {
      name,
      hostname: hostname ?? existing?.hostname ?? name,
      ...kind,
      lab: this.id,
      image: await buildHostImage(kind.os, kind.flavor, this.log),
      ...hostAddresses(network, this.state.claimHostNumber(name)),
      resolverConfiguration: this.state.resolverConfiguration(),
      hostKey: (ownKeys ?? existing?.hostKey === "") ? "" : this.state.hostKey(name).publicKey,
      authorizedKey: this.state.key().publicKey,
    };
  }

  // Two `up` at a time may want the same host.
  private startOnce(want: WantedHost, foundation: Foundation): Promise<LabHost> {
    const begun = this.starting.get(want.name);
    if (begun) return begun;
    const start = this.start(want, foundation).finally(() => this.starting.delete(want.name));
    this.starting.set(want.name, start);
    return start;
  }

  private async start(want: WantedHost, foundation: Foundation): Promise<LabHost> {
    const { containment, network } = foundation;
    const existing = (await this.status()).find((one) => one.name === want.name);
    const recipe = await this.plan(want, foundation, existing);
    const { name, os, address, address6, hostKey } = recipe;
    const container = host.containerName(this.id, name);
    const labHost = { name, os, address, address6, container, hostKey };
    // A container that was never started may lack its keys.
    const isSame = existing?.recipe === host.recipeHash(recipe, containment) && existing.state !== "created";
    if (existing && !isSame) await host.removeContainers([container]);
    if (!existing || !isSame)
      await host.createHost(recipe, containment, [
        ...this.keyFiles(recipe),
        defaultRouteFile(network),
        ...(want.files ?? []),
      ]);
    if (isSame && existing?.state === "running") {
      if (hostKey === "") return labHost;
      const failed = await host.waitUntilBooted(name, container);
      if (failed.length > 0) this.log(`Host ${name} runs, but units have failed: ${failed.join(", ")}`);
      return labHost;
    }
    this.log(`Booting ${name}`);
    await host.startContainer(container);
    await this.waitFor(labHost);
    return labHost;
  }

  private keyFiles({ name, hostKey }: host.HostRecipe): host.HostFile[] {
    return hostKey === "" ? [] : host.hostKeyFiles(this.state.hostKey(name));
  }

  private async waitFor(reference: HostReference): Promise<void> {
    const container = this.containerOf(reference);
    const found = (await this.status()).find((one) => one.container === container);
    if (!found) throw new Error(`The lab has no container ${container}; start the host with \`lab up\``);
    if (found.hostKey === "") return host.waitForSystemd(found.name, container);
    const failed = await host.waitUntilBooted(found.name, container);
    if (failed.length > 0) throw new Error(`Host ${found.name}: units failed at boot: ${failed.join(", ")}`);
    await host.waitForSsh(found, this.state.key());
  }

  private async removeHosts(): Promise<void> {
    await host.removeContainers((await this.status()).map(({ container }) => container));
  }
}

// The router, and what is left of hosts that were not removed in order.
async function removeLabelled(lab: string): Promise<void> {
  await host.removeContainers(await listLabelled(["ps", "--all"], lab));
  const volumes = await listLabelled(["volume", "ls"], lab);
  if (volumes.length > 0) await run("docker", ["volume", "rm", "--force", ...volumes]);
  const networks = await listLabelled(["network", "ls"], lab);
  for (const network of networks) await stopPassingBridgedPackets(network);
  if (networks.length > 0) await run("docker", ["network", "rm", ...networks]);
}

/** @throws if a name cannot be that of a host, or is there twice. */
function checkNames(names: string[]): void {
  for (const [index, name] of names.entries()) {
    if (!/^[a-z0-9]([a-z0-9-]{0,40}[a-z0-9])?$/.test(name)) {
      throw new Error(
        `Bad host name "${name}": use up to 42 of a-z, 0-9 and -, with a letter or digit at both ends`,
      );
    }
    if (names.indexOf(name) !== index)
      throw new Error(`Host name "${name}" is there twice; give each host its own`);
  }
}
