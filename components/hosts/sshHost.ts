import * as pulumi from "@pulumi/pulumi";
import { problemsOf } from "../../model/fields";
import { connectionTo, sshHost, sshHostProblems } from "../../model/hosts";
import { after } from "../host/knownHost";
import { prepareHost } from "../host/prepare";
import type { SshConnection } from "../shapes";
import { checked, refuse } from "../validation";

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
    const hostName = args.name ?? name;
    const given = {
      name: hostName,
      address: args.address,
      connection: connectionTo(args.address, args.connection),
    };
    refuse(this, sshHostProblems(problemsOf(sshHost, given), [], args.connection));
    this.address = checked(this, sshHost.fields.address, args.address, ["address"]);
    const connection = pulumi.secret(
      checked(this, sshHost.fields.connection, connectionTo(this.address, args.connection), ["connection"]),
    );
    const prepared = prepareHost(`${name}-prepare`, hostName, connection, { parent: this });

    this.name = pulumi.output(hostName);
    // Everything that uses the connection waits until the host is prepared.
    this.connection = pulumi.secret(after(prepared, connection));
    this.registerOutputs({ name: this.name, address: this.address, connection: this.connection });
  }
}
