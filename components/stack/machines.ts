import * as digitalocean from "@pulumi/digitalocean";
import * as pulumi from "@pulumi/pulumi";
import { DropletHost } from "../hosts/dropletHost";
import { SshHost } from "../hosts/sshHost";
import type { MonitoringStackArgs, StackHostArgs } from "./args";
import { dropletOf, stackHosts } from "./plan";

/** A machine of a stack, made by it or not. */
export type StackMachine = SshHost | DropletHost;

/** Makes the droplets of a stack, and prepares all its machines; by name. */
export function deployMachines(
  parent: pulumi.ComponentResource,
  name: string,
  args: MonitoringStackArgs,
): Map<string, StackMachine> {
  const publicKey = args.droplets?.publicKey;
  const sshKey =
    publicKey === undefined
      ? undefined
      : new digitalocean.SshKey(`${name}-ssh-key`, { publicKey }, { parent });
  const machines = new Map<string, StackMachine>();
  let lastMonitor: DropletHost | undefined;
  stackHosts(args).forEach((host: StackHostArgs, index) => {
    const { region, address, connection } = host;
    const childName = `${name}-${host.name}`;
    if (region === undefined) {
      const known = { name: host.name, address: address ?? "", connection };
      machines.set(host.name, new SshHost(childName, known, { parent }));
      return;
    }
    const settings = dropletOf(args, host);
    const isMonitor = index < args.monitors.length;
    const droplet = new DropletHost(
      childName,
      {
        ...settings,
        name: host.name,
        region,
        privateKey: connection.privateKey,
        sshKeys:
          sshKey === undefined
            ? settings.sshKeys
            : pulumi.all([settings.sshKeys ?? [], sshKey.fingerprint]).apply(([keys, own]) => [...keys, own]),
      },
      // A change of size switches a droplet off: one monitor at a time.
      { parent, dependsOn: isMonitor && lastMonitor ? [lastMonitor] : [] },
    );
    if (isMonitor) lastMonitor = droplet;
    machines.set(host.name, droplet);
  });
  return machines;
}
