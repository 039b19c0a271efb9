import type { HostFile } from "../hosts/host";
import type { Lab } from "../hosts/lab";
import type { DropletMachines, WantedMachine } from "./machines";
import { seedFiles } from "./noCloudSeed";

/** Files that a droplet's image has before its first boot: the same for all droplets, or by droplet. */
export type ImageFiles = HostFile[] | ((droplet: WantedMachine) => HostFile[]);

/** Hosts of a lab that begin as droplets do: without keys of their own, with metadata and user data that cloud-init reads at the first boot. */
export class LabMachines implements DropletMachines {
  /** @param files what the image has beyond the lab's own. */
  constructor(
    private readonly lab: Lab,
    private readonly files: ImageFiles = [],
  ) {}

  async create(wanted: WantedMachine): Promise<{ address: string; address6: string }> {
    const files = typeof this.files === "function" ? this.files(wanted) : this.files;
    const [host] = await this.lab.up([
      {
        ...{ name: wanted.machine, os: wanted.system, flavor: "droplet" },
        ...{ hostname: wanted.hostname, ownKeys: true, files: [...files, ...seedFiles(wanted)] },
      },
    ]);
    if (!host) throw new Error(`Host ${wanted.machine} did not start`);
    return { address: host.address, address6: host.address6 };
  }

  switchOff(machine: string, suddenly: boolean): Promise<void> {
    return this.lab.switchOff(machine, { suddenly });
  }

  switchOn(machine: string): Promise<void> {
    return this.lab.switchOn(machine);
  }

  remove(machine: string): Promise<void> {
    // A droplet that comes later has another address, as a rule.
    return this.lab.remove([machine], { keepAddresses: true });
  }
}
