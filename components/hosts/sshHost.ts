import * as pulumi from "@pulumi/pulumi";
import {
  connectionProblems,
  connectionTo,
  plainConnectionProblems,
  privateKeyProblems,
  type KnownConnection,
} from "../host/connection";
import { prepareHost } from "../host/prepare";
import type { SshConnection } from "../shapes";
import { addressProblems, checked, isPlain, labelProblems, refuse } from "../validation";

/** Arguments of SshHost. */
export interface SshHostArgs {
  /** DNS label of the machine, unique in the stack. Default: the component's name. */
  name?: string;
  /** Where other machines reach it: an IP address of either family, or a DNS name. */
  address: pulumi.Input<string>;
  /** How to reach it over SSH. */
  connection: SshConnection;
}

/**
 * A Linux machine that exists: Debian 12 or 13 or Ubuntu 24.04 with systemd, reached over SSH as root or with passwordless sudo.
 * It is checked, and the one program that applies host bundles is installed; nothing else is touched.
 */
export class SshHost extends pulumi.ComponentResource {
  /** DNS label of the machine. */
  public readonly name: pulumi.Output<string>;
  /** Where other machines reach it. */
  public readonly address: pulumi.Output<string>;
  /** How to reach it over SSH, once it is prepared. */
  public readonly connection: pulumi.Output<SshConnection>;

  constructor(name: string, args: SshHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ha-monitoring:index:SshHost", name, {}, opts);

    const given = connectionTo(args.address, args.connection);
    refuse(this, [
      ...labelProblems("name", args.name ?? name),
      ...(isPlain(args.address) ? addressProblems("address", args.address) : []),
      ...plainConnectionProblems(given),
    ]);
    const connection = checked(this, given, (value) => [
      ...connectionProblems(value),
      ...privateKeyProblems("connection.privateKey", value.privateKey),
    ]);

    const hostName = args.name ?? name;
    const prepared = prepareHost(`${name}-prepare`, hostName, secretly(connection), { parent: this });

    this.name = pulumi.output(hostName);
    this.address = checked(this, args.address, (value) => addressProblems("address", value));
    // The URN is known as soon as the machine is prepared, also in a preview: whoever uses the connection waits for it.
    this.connection = secretly(pulumi.all([connection, prepared.urn]).apply(([known]) => known));
    this.registerOutputs({ name: this.name, address: this.address, connection: this.connection });
  }
}

function secretly(connection: pulumi.Output<KnownConnection>): pulumi.Output<KnownConnection> {
  return pulumi.secret(connection);
}
