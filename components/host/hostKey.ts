import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { readProgram } from "../../templates/host/programs";
import { commandConnection, quietly, type KnownConnection } from "./connection";

// A droplet takes a minute or two until its sshd answers; attempts come every five seconds.
const patience = { dialErrorLimit: 60, perDialTimeout: 10 };

/** A new machine, which makes a host key of its own. */
export interface NewMachine {
  /** How it is reached first; as root. Without a host key whoever answers is trusted. It changes with the machine only. */
  first: pulumi.Output<KnownConnection>;
  /** Changes when the machine is another one. */
  identity: pulumi.Input<string>;
  /** Changes when the machine was switched off for a change of it. */
  hardware: pulumi.Input<string>;
  /** How it is reached afterwards, but for its host key. */
  later: { host: pulumi.Input<string>; privateKey: pulumi.Input<string> };
}

/**
 * Waits for a new machine, lets it make its host key, and forget the keys that it came with.
 *
 * @returns the connection that pins the machine's own key, once it is the only one.
 */
export function adoptMachine(
  name: string,
  { first, identity, hardware, later }: NewMachine,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<KnownConnection> {
  // What names the machine is in the command's text and no trigger: when the machine goes, Pulumi would have to delete the command first,
  // and could not make it again if the machine then stayed.
  const make = new remote.Command(
    `${name}-host-key`,
    {
      connection: patiently(first),
      create: pulumi.interpolate`sh -s -- make ${identity}`,
      stdin: readProgram("host-key.sh"),
      ...quietly,
    },
    // Another version of the program is for other machines: this one has done its work.
    { hideDiffs: ["connection"], ignoreChanges: ["stdin"], ...opts },
  );
  const own = pulumi.secret(
    pulumi.all([later, make.stdout]).apply(([{ host, privateKey }, hostKey]): KnownConnection => ({
      host,
      privateKey,
      hostKey: hostKey.trim(),
    })),
  );
  const ready = new remote.Command(
    `${name}-ready`,
    {
      connection: patiently(own),
      create: pulumi.interpolate`sh -s -- retire ${identity} ${hardware}`,
      stdin: readProgram("host-key.sh"),
      ...quietly,
    },
    { hideDiffs: ["connection"], ...opts },
  );
  return pulumi.secret(pulumi.all([own, ready.urn]).apply(([known]) => known));
}

function patiently(connection: pulumi.Output<KnownConnection>) {
  return pulumi.secret(commandConnection(connection).apply((known) => ({ ...known, ...patience })));
}
