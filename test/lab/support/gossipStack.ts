import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deployed } from "../../../lab/demo/deploy";
import type { Result } from "../../../lab/engine/events";
import { PulumiEngine } from "../../../lab/engine/pulumiEngine";
import { offerSoftware } from "../../../lab/hosts/defaults";
import { Lab, type LabHost } from "../../../lab/hosts/lab";
import { clockVariable } from "../../../lab/providers/calls";
import { projectDirectory, secretConfig, stackConfig, type StackSettings } from "../../../lab/stack";
import { exportState, type StateResource } from "./state";

/** A monitor of the stack: a host of the lab, and how the stack names it. */
export interface StackMonitor {
  host: LabHost;
  /** Default: the host's IPv4 address. */
  address?: string;
  number?: number;
}

/** What one deployment is made from. */
export interface Deployment {
  /** Default: all hosts, in the order in which they were booted. */
  monitors?: StackMonitor[];
  /** Further configuration of the program. */
  settings?: StackSettings;
  /** Default gossip. Several stacks may be given the same hosts. */
  stack?: string;
  /** The present time for the lab's own plugins: certificates are made and fall due by it. */
  now?: Date;
}

/** A lab of its own in a temporary directory, with one stack of the unmodified program that may change from run to run. */
export class GossipStack {
  readonly lab = new Lab({ stateDirectory: mkdtempSync(join(tmpdir(), "ha-monitoring-gossip-")) });
  readonly hosts: LabHost[] = [];
  private offered: StackSettings = {};

  /** Starts hosts, with the product's default releases in their reach. */
  async boot(names: string[]): Promise<LabHost[]> {
    const hosts = await this.lab.up(names.map((name) => ({ name })));
    this.offered = (await offerSoftware(this.lab, hosts)).settings;
    this.hosts.push(...hosts);
    return hosts;
  }

  /** @throws with every error of the run. */
  async up(deployment: Deployment = {}): Promise<Result> {
    return deployed(await this.engine(deployment).up());
  }

  /** Messages of all errors of an `up` that must fail. */
  async errorsOfUp(deployment: Deployment): Promise<string[]> {
    return (await this.engine(deployment).up()).errors.map(({ message }) => message);
  }

  /** @throws with every error of the run. */
  async destroy(deployment: Deployment): Promise<Result> {
    return deployed(await this.engine(deployment).destroy());
  }

  /** @throws with every error of the run. */
  async preview(deployment: Deployment = {}): Promise<Result> {
    return deployed(await this.engine(deployment).preview());
  }

  /** The stack's resources as Pulumi remembers them, secrets in the clear. */
  exportState(): Promise<StateResource[]> {
    return exportState(this.engine({}), "in the clear");
  }

  /** Removes everything, also what a failed deployment left. */
  async discard(): Promise<void> {
    await this.lab.down();
    rmSync(this.lab.stateDirectory, { recursive: true, force: true });
  }

  private engine({ monitors, settings = {}, stack = "gossip", now }: Deployment): PulumiEngine {
    const values: StackSettings = {
      monitors: (monitors ?? this.hosts.map((host): StackMonitor => ({ host }))).map(
        ({ host, address = host.address, number }) => ({
          ...{ name: host.name, address, connection: { hostKey: host.hostKey } },
          // Gossip may go over both families; the wireguard-go of Debian 13 may not.
          endpoint: host.address,
          ...(number === undefined ? {} : { number }),
        }),
      ),
      ...this.offered,
      ...settings,
    };
    const stateDirectory = join(this.lab.stateDirectory, "stacks");
    mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
    const ahead = now ? now.getTime() - Date.now() : 0;
    return new PulumiEngine({
      program: join(projectDirectory, "index.ts"),
      project: "ha-monitoring",
      stack,
      config: stackConfig(this.lab, this.hosts, values),
      ...{ secretConfig, stateDirectory, environment: { [clockVariable]: String(ahead) } },
    });
  }
}
