import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { readProgram } from "../../templates/programs";
import { commandConnection, quietly, type KnownConnection } from "./connection";

// A droplet takes a minute or two until its sshd answers; attempts come every five seconds.
const patience = { dialErrorLimit: 60, perDialTimeout: 10 };

/** A new machine, which makes a host key of its own. */
export interface NewMachine {
  /** How it is reached first; as root. Without a host key whoever answers is trusted. */
  connection: pulumi.Output<KnownConnection>;
  /** Changes when the machine is another one. */
  identity: pulumi.Input<string>;
  /** Changes when the machine was switched off for a change of it. */
  hardware: pulumi.Input<string>;
}

/**
 * Waits for a new machine, lets it make its host key and forget the one that it came with.
 *
 * @returns the connection that pins the machine's own key, once it is the only one.
 */
export function adoptMachine(
  name: string,
  machine: NewMachine,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<KnownConnection> {
  const step = (
    stepName: string,
    what: string,
    connection: pulumi.Output<KnownConnection>,
    triggers: pulumi.Input<string>[],
  ) =>
    new remote.Command(
      `${name}-${stepName}`,
      {
        connection: pulumi.secret(commandConnection(connection).apply((to) => ({ ...to, ...patience }))),
        create: `sh -s -- ${what}`,
        stdin: readProgram("host-key.sh"),
        triggers,
        ...quietly,
      },
      { hideDiffs: ["connection"], ...opts },
    );
  const { connection, identity, hardware } = machine;
  const made = step("host-key", "make", connection, [identity]);
  const own = pulumi.secret(
    pulumi
      .all([connection, made.stdout])
      .apply(([first, hostKey]) => ({ ...first, hostKey: hostKey.trim(), acceptAnyHostKey: false })),
  );
  const ready = step("ready", "retire", own, [identity, hardware]);
  return pulumi.secret(pulumi.all([own, ready.urn]).apply(([known]) => known));
}
