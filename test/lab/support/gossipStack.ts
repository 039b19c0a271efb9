import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deployed } from "../../../lab/demo/deploy";
import { PulumiEngine } from "../../../lab/engine/pulumiCli";
import { EmbeddedEngine, type Engine, type Result } from "../../../lab/engine/run";
import { offerSoftware } from "../../../lab/hosts/defaults";
import { Lab, type LabHost } from "../../../lab/hosts/lab";
import { projectDirectory, secretConfig, stackConfig, type StackSettings } from "../../../lab/stack";
import type { EngineName } from "./engines";

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
  /** What the engine takes for the present time; embedded engine only. */
  now?: Date;
}

/** A lab of its own in a temporary directory, with one stack of the unmodified program that may change from run to run. */
export class GossipStack {
  readonly lab = new Lab({ stateDirectory: mkdtempSync(join(tmpdir(), "ha-monitoring-gossip-")) });
  readonly hosts: LabHost[] = [];
  private offered: StackSettings = {};

  constructor(private readonly engineName: EngineName = "embedded") {}

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

  /** @throws with every error of the run. */
  async preview(deployment: Deployment = {}): Promise<Result> {
    return deployed(await this.engine(deployment).preview());
  }

  /** What the embedded engine remembers. */
  readState(): string {
    return readFileSync(this.stateFile, "utf8");
  }

  /** Removes everything, also what a failed deployment left. */
  async discard(): Promise<void> {
    await this.lab.down();
    rmSync(this.lab.stateDirectory, { recursive: true, force: true });
  }

  private get stateFile(): string {
    return join(this.lab.stateDirectory, "stacks", "gossip.json");
  }

  private engine({ monitors, settings = {}, now }: Deployment): Engine {
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
    const common = {
      program: join(projectDirectory, "index.ts"),
      project: "ha-monitoring",
      stack: "gossip",
      config: stackConfig(this.lab, this.hosts, values),
      secretConfig,
    };
    const directory = join(this.lab.stateDirectory, "stacks");
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    if (this.engineName === "pulumi")
      return new PulumiEngine({ ...common, stateDirectory: join(directory, "pulumi") });
    return new EmbeddedEngine({ ...common, stateFile: this.stateFile, ...(now ? { now } : {}) });
  }
}
