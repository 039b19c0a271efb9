import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { readProgram } from "../../templates/host/programs";
import { commandConnection, commandSettings, type KnownConnection } from "./connection";
import { after } from "./knownHost";
import { hostObserver } from "./observer";

// A droplet takes a minute or two until its sshd answers. Attempts that fail at once, because a port is closed, come 5 s apart after the
// first ten: 60 of them take 4 minutes. perDialTimeout bounds the TCP connection: 30 s leave room for 4 retransmissions of the SYN, at 1, 3,
// 7 and 15 s, so that a host under load is reached by one attempt. Where nobody answers at all, `up` gives up after 35 minutes.
const retries = { dialErrorLimit: 60, perDialTimeout: 30 };

/** A new host, which makes a host key of its own. */
export interface NewHost {
  /** The first connection, as root. Without a host key it trusts the first answer. It changes with the host only. */
  first: pulumi.Output<KnownConnection>;
  /** Changes when the host is replaced. */
  identity: pulumi.Input<string>;
  /** Changes when the host was switched off to be resized. */
  hardware: pulumi.Input<string>;
  /** All later connections, without the host key. */
  later: { host: pulumi.Input<string>; privateKey: pulumi.Input<string> };
}

/**
 * Waits for a new host, has it make its host key, and removes the keys that it came with.
 *
 * @returns the connection that pins the host's own key, once it is the only one.
 */
export function adoptHost(
  name: string,
  { first, identity, hardware, later }: NewHost,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<KnownConnection> {
  // The host's id is part of `create`, not of `triggers`: a trigger would have the engine delete this command before a replacement, and a
  // replacement of the host that fails would leave the stack without it.
  const make = new remote.Command(
    `${name}-host-key`,
    {
      connection: withRetries(first),
      create: pulumi.interpolate`sh -s -- make ${identity}`,
      stdin: readProgram("host-key.sh"),
      ...commandSettings,
    },
    // A later version of the program is for hosts that are made later.
    { hideDiffs: ["connection"], ignoreChanges: ["stdin"], ...opts },
  );
  const observer = hostObserver();
  const madeKey = observer === undefined ? make.stdout : pulumi.output(observer.hostKey(name));
  const pinned = pulumi.secret(
    pulumi.all([later, madeKey]).apply(([{ host, privateKey }, hostKey]): KnownConnection => ({
      host,
      privateKey,
      hostKey: hostKey.trim(),
    })),
  );
  const ready = new remote.Command(
    `${name}-ready`,
    {
      connection: withRetries(pinned),
      create: pulumi.interpolate`sh -s -- retire ${identity} ${hardware}`,
      stdin: readProgram("host-key.sh"),
      ...commandSettings,
    },
    { hideDiffs: ["connection"], ...opts },
  );
  return pulumi.secret(after(ready, pinned));
}

function withRetries(connection: pulumi.Output<KnownConnection>) {
  return pulumi.secret(commandConnection(connection).apply((known) => ({ ...known, ...retries })));
}
