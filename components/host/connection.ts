import * as pulumi from "@pulumi/pulumi";
import { remote, type types } from "@pulumi/command";
import { formatHostPort } from "../../model/addresses";
import type { SshConnection } from "../shapes";
import { isPlain } from "../validation";

/** A connection whose values are known. */
export type KnownConnection = pulumi.Unwrap<SshConnection>;

/** What is wrong with a connection but for its key, one sentence each, in the words of its fields. */
export function connectionProblems(connection: Omit<KnownConnection, "privateKey">): string[] {
  const problems: string[] = [];
  const ends = [
    { path: "connection", end: connection },
    ...(connection.bastion ? [{ path: "connection.bastion", end: connection.bastion }] : []),
  ];
  for (const { path, end } of ends) {
    if (!end.host) problems.push(`${path}.host: an address is needed`);
    if (end.port !== undefined && !isPort(end.port)) {
      problems.push(`${path}.port: ${end.port} is not a port; 1 to 65535 are`);
    }
    if (end.hostKey !== undefined && !isPublicKey(end.hostKey)) {
      problems.push(
        `${path}.hostKey: "${end.hostKey}" is not a public key; write for example "ssh-ed25519 AAAA..."`,
      );
    }
    if (!end.hostKey && !connection.acceptAnyHostKey) {
      problems.push(
        `${path}.hostKey: the host key is needed, or anybody who answers at ${end.host} gets root's commands;` +
          ` ask for it with "ssh-keyscan -t ed25519 ${end.host}" and compare it on the machine, or set acceptAnyHostKey: true`,
      );
    }
  }
  return problems;
}

/** A connection whose host is, unless it says otherwise, the address at which everybody reaches the machine. */
export function connectionTo(address: pulumi.Input<string>, connection: SshConnection): SshConnection {
  return { ...connection, host: connection.host ?? address };
}

/** What is wrong with a connection as far as its values are known already: the key is a secret as a rule, and so known only later. */
export function plainConnectionProblems(connection: SshConnection): string[] {
  const { privateKey, ...rest } = connection;
  return [
    ...(isPlain(rest) ? connectionProblems(rest as Omit<KnownConnection, "privateKey">) : []),
    ...(isPlain(privateKey) ? privateKeyProblems("connection.privateKey", privateKey as string) : []),
  ];
}

/** What is wrong with a private key, as sentences that do not show it. */
export function privateKeyProblems(path: string, privateKey: string): string[] {
  if (!privateKey) return [`${path}: a private key in PEM is needed`];
  if (!privateKey.includes("PRIVATE KEY")) return [`${path}: what was given is not a private key in PEM`];
  return [];
}

/** Whether a text is a public key as OpenSSH writes it on one line. */
export function isPublicKey(text: string): boolean {
  return /^[a-z0-9@.-]+ [A-Za-z0-9+/=]+( .*)?$/.test(text.trim());
}

/** Whether a number can be a TCP or UDP port. */
export function isPort(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= 65535;
}

/** The connection as @pulumi/command wants it. */
export function commandConnection(
  connection: pulumi.Output<KnownConnection>,
): pulumi.Output<types.input.remote.ConnectionArgs> {
  return pulumi.secret(
    connection.apply(({ host, port, user, privateKey, hostKey, bastion }) => ({
      ...{ host: host ?? "", port: port ?? 22, user: user ?? "root", privateKey, hostKey },
      proxy: bastion && {
        host: bastion.host,
        port: bastion.port ?? 22,
        user: bastion.user ?? "root",
        privateKey: bastion.privateKey ?? privateKey,
        hostKey: bastion.hostKey,
      },
    })),
  );
}

/** The user who connects; the name is no secret, though the connection that holds it is. */
export function sshUser(connection: pulumi.Output<KnownConnection>): pulumi.Output<string> {
  return pulumi.unsecret(connection).apply(({ user }) => user ?? "root");
}

/**
 * The command that makes loopback ports of a machine reachable at the same ports of the machine where it is typed. Nothing in it is secret,
 * though the connection is.
 */
export function tunnelCommand(
  connection: pulumi.Output<KnownConnection>,
  ports: number[],
): pulumi.Output<string> {
  return pulumi.unsecret(connection).apply(({ host, port = 22, user = "root", bastion }) => {
    const jump = bastion && `${bastion.user ?? "root"}@${formatHostPort(bastion.host, bastion.port ?? 22)}`;
    return [
      ...["ssh", "-N", ...ports.flatMap((each) => ["-L", `${each}:127.0.0.1:${each}`])],
      ...(port === 22 ? [] : ["-p", String(port)]),
      ...(jump === undefined ? [] : ["-J", jump]),
      `${user}@${host ?? ""}`,
    ].join(" ");
  });
}

/** `sudo` for every user but root; never asks for a password. */
export function asRoot(
  connection: pulumi.Output<KnownConnection>,
  command: pulumi.Input<string>,
): pulumi.Output<string> {
  return pulumi
    .all([sshUser(connection), command])
    .apply(([user, known]) => (user === "root" ? known : `sudo -n ${known}`));
}

/** Settings of every command that we send: nothing in logs, nothing of the past in the environment. */
export const quietly = { logging: remote.Logging.None, addPreviousOutputInEnv: false };
