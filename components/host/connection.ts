import * as pulumi from "@pulumi/pulumi";
import { remote, type types } from "@pulumi/command";
import { formatHostPort } from "../../model/addresses";
import { sshDefaults, withDefaults } from "../../model/defaults";
import { shellWord } from "../../templates/host/hostBundle";
import type { SshConnection } from "../shapes";
import { checkAgent } from "./sshAgent";

/** A connection whose values are known. */
export type KnownConnection = pulumi.Unwrap<SshConnection>;

/** The connection as @pulumi/command wants it. */
export function commandConnection(
  connection: pulumi.Output<KnownConnection>,
): pulumi.Output<types.input.remote.ConnectionArgs> {
  return pulumi.secret(
    connection.apply((known) => {
      const { host = "", port, user, privateKey, hostKey, bastion } = withDefaults(sshDefaults, known);
      return { host, port, user, privateKey, hostKey, proxy: bastion && proxy(bastion, privateKey) };
    }),
  );
}

function proxy(bastion: NonNullable<KnownConnection["bastion"]>, keyOfHost: string) {
  const { host, port, user, privateKey, hostKey } = withDefaults(
    { ...sshDefaults, privateKey: keyOfHost },
    bastion,
  );
  return { host, port, user, privateKey, hostKey };
}

/** The command that forwards loopback ports of a host to the same ports of the workstation where it is typed. Each word is quoted for a shell. It holds no secret. */
export function tunnelCommand(
  connection: pulumi.Output<KnownConnection>,
  ports: number[],
): pulumi.Output<string> {
  return pulumi.unsecret(connection).apply((known) => {
    const { host = "", port, user, bastion } = withDefaults(sshDefaults, known);
    const through = bastion && withDefaults(sshDefaults, bastion);
    return [
      "ssh",
      "-N",
      ...ports.flatMap((each) => ["-L", `${each}:127.0.0.1:${each}`]),
      ...(port === sshDefaults.port ? [] : ["-p", String(port)]),
      ...(through ? ["-J", `${through.user}@${formatHostPort(through.host, through.port)}`] : []),
      `${user}@${host}`,
    ]
      .map(shellWord)
      .join(" ");
  });
}

/** `sudo` for every user but root; never asks for a password. */
export function asRoot(user: pulumi.Output<string>, command: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.all([user, command]).apply(([name, known]) => (name === "root" ? known : `sudo -n ${known}`));
}

/** Settings of every command: no output in the engine's log, no earlier output in the environment. */
export const commandSettings = { logging: remote.Logging.None, addPreviousOutputInEnv: false };

/** A command on a host, which runs again when its text or the connection changes. */
export function hostCommand(
  name: string,
  connection: pulumi.Output<KnownConnection>,
  args: Pick<remote.CommandArgs, "create" | "delete" | "stdin">,
  opts: pulumi.CustomResourceOptions,
): remote.Command {
  checkAgent(opts.parent);
  return new remote.Command(
    name,
    { connection: commandConnection(connection), ...args, ...commandSettings },
    // What changes in a connection is secret: its diff would say nothing.
    { hideDiffs: ["connection"], ...opts },
  );
}
