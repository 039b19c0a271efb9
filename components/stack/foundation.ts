import * as digitalocean from "@pulumi/digitalocean";
import * as pulumi from "@pulumi/pulumi";
import { publicKey as publicKeyField } from "../../model/checks";
import { preflightOf } from "../../model/preflight";
import { isKnown } from "../../model/known";
import type { HostModel, StackModel } from "../../model/stackModel";
import { after } from "../host/knownHost";
import { preflight } from "../host/preflight";
import { DropletHost } from "../hosts/dropletHost";
import { SshHost } from "../hosts/sshHost";
import { WireGuardLink } from "../overlay/wireGuardLink";
import type { SshConnection } from "../shapes";
import type { DropletSummary } from "./args";
import { checked } from "../validation";

/** A host of a stack. What uses its connection waits until all hosts of the stack have passed their preflight. */
export interface StackHost {
  name: pulumi.Output<string>;
  address: pulumi.Output<string>;
  connection: pulumi.Output<SshConnection>;
  /** Id of a droplet that the stack made. */
  dropletId: pulumi.Output<number> | undefined;
  /** The same droplet, for the outputs of the stack. */
  droplet: pulumi.Output<DropletSummary> | undefined;
}

/** What every other part of a stack is deployed on. */
export interface Foundation {
  /** The stack's component, parent of everything. */
  parent: pulumi.ComponentResource;
  /** Its name, with which the name of every child begins. */
  name: string;
  model: StackModel;
  /** The hosts, by name. */
  hostOf: (host: Pick<HostModel, "name">) => StackHost;
  /** Where the others reach a host; known at once if the user gave it. */
  addressOf: (host: HostModel) => pulumi.Input<string>;
  link: WireGuardLink;
}

/** Makes the droplets of a stack, prepares all its hosts, and links them. */
export function deployFoundation(
  parent: pulumi.ComponentResource,
  name: string,
  model: StackModel,
): Foundation {
  const hosts = passed(parent, name, model, deployHosts(parent, name, model));
  const hostOf = ({ name: host }: Pick<HostModel, "name">) => hosts.get(host) as StackHost;
  const linked = (host: HostModel) => ({ ...host.overlay, host: hostOf(host) });
  const link = new WireGuardLink(
    `${name}-overlay`,
    { ...model.overlay, hubs: model.monitors.map(linked), spokes: model.targets.map(linked) },
    { parent },
  );
  return {
    parent,
    name,
    model,
    hostOf,
    addressOf: (host) => {
      const given = host.origin.kind === "existing" ? host.origin.host.address : undefined;
      // What is known later is checked by the host, whose address is the checked one.
      return given !== undefined && isKnown(given) ? given : hostOf(host).address;
    },
    link,
  };
}

function deployHosts(
  parent: pulumi.ComponentResource,
  name: string,
  { hosts, monitors, publicKey }: StackModel,
): Map<string, SshHost | DropletHost> {
  const sshKey =
    publicKey === undefined
      ? undefined
      : new digitalocean.SshKey(
          `${name}-ssh-key`,
          { publicKey: checked(parent, publicKeyField, publicKey, ["droplets", "publicKey"]) },
          { parent },
        );
  const deployed = new Map<string, SshHost | DropletHost>();
  let lastMonitor: DropletHost | undefined;
  hosts.forEach(({ name: hostName, origin }, index) => {
    const childName = `${name}-${hostName}`;
    if (origin.kind === "existing") {
      deployed.set(hostName, new SshHost(childName, origin.host, { parent }));
      return;
    }
    const isMonitor = index < monitors.length;
    const droplet = new DropletHost(
      childName,
      { ...origin.droplet, sshKeys: withKey(origin.droplet.sshKeys, sshKey) },
      // A change of size switches a droplet off: one monitor at a time.
      { parent, dependsOn: isMonitor && lastMonitor ? [lastMonitor] : [] },
    );
    if (isMonitor) lastMonitor = droplet;
    deployed.set(hostName, droplet);
  });
  return deployed;
}

/** The hosts, once every one of them can have what the stack is about to put on it: until then nothing is changed on any. */
function passed(
  parent: pulumi.ComponentResource,
  name: string,
  model: StackModel,
  deployed: Map<string, SshHost | DropletHost>,
): Map<string, StackHost> {
  const preflights = model.hosts.flatMap((host) => {
    const at = deployed.get(host.name);
    const needs = preflightOf(host, model);
    return at ? [preflight(`${name}-${host.name}-preflight`, host.name, at, needs, { parent })] : [];
  });
  return new Map(
    [...deployed].map(([hostName, host]) => [
      hostName,
      {
        name: host.name,
        address: host.address,
        connection: pulumi.secret(after(preflights, host.connection)),
        dropletId: host instanceof DropletHost ? host.dropletId : undefined,
        droplet: host instanceof DropletHost ? dropletSummary(host) : undefined,
      },
    ]),
  );
}

function dropletSummary({
  dropletId: id,
  ipv4Address,
  ipv6Address,
}: DropletHost): pulumi.Output<DropletSummary> {
  return pulumi.output({ id, ipv4Address, ipv6Address });
}

function withKey(
  keys: pulumi.Input<pulumi.Input<string>[]> | undefined,
  sshKey: digitalocean.SshKey | undefined,
): pulumi.Input<pulumi.Input<string>[]> | undefined {
  if (sshKey === undefined) return keys;
  return pulumi.all([keys ?? [], sshKey.fingerprint]).apply(([given, added]) => [...given, added]);
}
