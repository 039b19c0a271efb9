import type { HostSystem } from "../hosts/systems";
import type { DropletSeed } from "./store";

/** A machine that is to be made for a droplet. */
export interface WantedMachine extends DropletSeed {
  /** The droplet's number. */
  id: number;
  /** Unlike any other's: of the droplet's name and number. */
  machine: string;
  hostname: string;
  system: HostSystem;
}

/** What droplets run on. */
export interface DropletMachines {
  /** Makes and starts a machine that lets its keys in and runs its user data; does not wait for the end of that. */
  create(wanted: WantedMachine): Promise<{ address: string; address6: string }>;
  /** Switches a machine off; `suddenly`: without telling it. */
  switchOff(machine: string, suddenly: boolean): Promise<void>;
  switchOn(machine: string): Promise<void>;
  /** Removes a machine; one that does not exist is no error. */
  remove(machine: string): Promise<void>;
}

/** Names a droplet's machine: a host name of the lab, however the droplet is called. */
export function machineName(droplet: { id: number; name: string }): string {
  const readable = droplet.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  return `${readable.slice(0, 30).replaceAll(/^-|-$/g, "")}-${droplet.id}`.replace(/^-/, "");
}
