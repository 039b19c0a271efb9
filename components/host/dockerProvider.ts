import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { sshDefaults, withDefaults } from "../../model/defaults";
import { renderKnownHosts, renderSshOptions, type SshEnd } from "../../templates/host/sshOptions";
import type { Host } from "../shapes";
import type { KnownConnection } from "./connection";
import { knownHost } from "./knownHost";
import { hostObserver } from "./observer";
import { makeRunDirectory, runDirectoryForSsh } from "./runDirectory";

/**
 * A provider that reaches a host's Docker over the host's own SSH connection. The docker provider runs the local `ssh` program, which takes
 * keys from files only: they are written, mode 0600, for as long as this process runs. Their path in the provider's inputs is the same in
 * every run, on every workstation and for every user. Destroying needs no provider: containers are `deletedWith` their host bundle.
 */
export function dockerProvider(
  name: string,
  host: pulumi.Input<Host>,
  opts: pulumi.ResourceOptions,
): docker.Provider {
  const { name: hostName, connection } = knownHost(host);
  const config = pulumi.all([hostName, pulumi.unsecret(connection)]).apply(([alias, known]) => ({
    host: `ssh://${alias}`,
    sshOpts: hostObserver() === undefined ? sshOptions(alias, known) : [],
  }));
  return new docker.Provider(name, { host: config.host, sshOpts: config.sshOpts }, opts);
}

/** Writes what ssh needs for a host; returns its options. */
function sshOptions(alias: string, connection: KnownConnection): string[] {
  // Stacks of the same name in two organizations may run at the same time on one workstation: the connection tells their hosts apart.
  const identity = JSON.stringify([pulumi.getProject(), pulumi.getStack(), alias, connection]);
  const name = createHash("sha256").update(identity).digest("hex").slice(0, 12);
  const directory = makeRunDirectory(name);
  const write = (file: string, content: string) => {
    // OpenSSH cannot read a key whose lines end in CR LF.
    writeFileSync(join(directory, file), `${content.replaceAll("\r\n", "\n").trimEnd()}\n`, { mode: 0o600 });
    return `${runDirectoryForSsh(name)}/${file}`;
  };
  const sshEnd = (end: string, ownAlias: string, values: Omit<KnownConnection, "bastion">): SshEnd => {
    const { host = "", port, user, privateKey, hostKey } = withDefaults(sshDefaults, values);
    return {
      alias: ownAlias,
      address: host,
      port,
      user,
      identityFile: write(`${end}.key`, privateKey),
      knownHostsFile: hostKey && write(`${end}.known_hosts`, renderKnownHosts(ownAlias, hostKey)),
    };
  };
  const { bastion, privateKey } = connection;
  return renderSshOptions(
    sshEnd("host", alias, connection),
    `${runDirectoryForSsh(name)}/%C`,
    bastion && sshEnd("bastion", `bastion-of-${alias}`, withDefaults({ privateKey }, bastion)),
  );
}
