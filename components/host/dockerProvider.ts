import { createHash } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { renderKnownHosts, renderSshConfig, type SshConfigHost } from "../../templates/host/sshConfig";
import type { Host } from "../shapes";
import type { KnownConnection } from "./connection";

/**
 * A provider that reaches a machine's Docker over the machine's own SSH connection. The docker provider runs the local `ssh` program,
 * which takes keys from files only: they are written, mode 0600, for as long as this program runs. Their path is the same in every
 * run, so that the provider does not change. Destroying needs no provider: containers are `deletedWith` their host bundle.
 */
export function dockerProvider(
  name: string,
  host: pulumi.Input<Host>,
  opts: pulumi.ResourceOptions,
): docker.Provider {
  const known = pulumi.output(host);
  const config = pulumi
    .all([pulumi.unsecret(known.name), pulumi.unsecret(pulumi.output(known.connection))])
    .apply(([hostName, connection]) => {
      const directory = runDirectory(hostName, connection);
      writeSshFiles(directory, hostName, connection);
      return { host: `ssh://${hostName}`, sshOpts: ["-F", join(directory, "config")] };
    });
  return new docker.Provider(name, { host: config.host, sshOpts: config.sshOpts }, opts);
}

/**
 * What a resource on a machine's Docker is replaced with: a machine with another host key is another machine, on which nothing is yet.
 * Without a pinned key nothing tells them apart.
 */
export function machineIdentity(host: pulumi.Input<Host>): pulumi.Output<string | null> {
  return pulumi
    .unsecret(pulumi.output(pulumi.output(host).connection))
    .apply(({ hostKey }) => hostKey?.trim().split(" ").slice(0, 2).join(" ") ?? null);
}

// Stacks of the same name in two organizations may run at a time on one machine: the connection tells their hosts apart.
function runDirectory(hostName: string, connection: KnownConnection): string {
  const identity = JSON.stringify([pulumi.getProject(), pulumi.getStack(), hostName, connection]);
  // A control socket's path may have 104 bytes at most, so the name is short.
  const hash = createHash("sha256").update(identity).digest("hex").slice(0, 12);
  return join(tmpdir(), `ha-monitoring-${userInfo().uid}`, hash);
}

const runDirectories = new Set<string>();
const markerPrefix = "used-by-";
const ownMarker = `${markerPrefix}${process.pid}`;

function makeRunDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  // Anybody may make names under the temporary directory: keys go only where nobody else could have been before us.
  for (const path of [dirname(directory), directory]) {
    const found = lstatSync(path);
    if (!found.isDirectory() || found.uid !== userInfo().uid || (found.mode & 0o077) !== 0) {
      throw new Error(
        `${path} must be a directory that belongs to user ${userInfo().uid} with mode 0700; remove it and try again`,
      );
    }
  }
  if (runDirectories.size === 0) removeRunDirectoriesAtTheEnd();
  runDirectories.add(directory);
  writeFileSync(join(directory, ownMarker), "", { mode: 0o600 });
}

function removeRunDirectoriesAtTheEnd(): void {
  const remove = () => runDirectories.forEach(leaveRunDirectory);
  process.once("exit", remove);
  // A signal ends a process without an "exit"; it still does, once the keys are gone.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      remove();
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    });
  }
}

// A preview may end while an update of the same stack still needs the keys.
function leaveRunDirectory(directory: string): void {
  rmSync(join(directory, ownMarker), { force: true });
  const names = existsSync(directory) ? readdirSync(directory) : [];
  const isInUse = names.some(
    (name) => name.startsWith(markerPrefix) && isAlive(Number(name.slice(markerPrefix.length))),
  );
  if (!isInUse) rmSync(directory, { recursive: true, force: true });
}

function isAlive(processId: number): boolean {
  try {
    return process.kill(processId, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function writeSshFiles(directory: string, alias: string, connection: KnownConnection): void {
  makeRunDirectory(directory);
  const write = (file: string, content: string) => {
    const path = join(directory, file);
    writeFileSync(path, content.endsWith("\n") ? content : `${content}\n`, { mode: 0o600 });
    return path;
  };
  const hosts: SshConfigHost[] = [];
  const addHost = (
    end: string,
    hostAlias: string,
    values: Omit<KnownConnection, "bastion">,
    proxyJump?: string,
  ) =>
    hosts.push({
      alias: hostAlias,
      address: values.host ?? "",
      port: values.port ?? 22,
      user: values.user ?? "root",
      identityFile: write(`${end}.key`, values.privateKey),
      knownHostsFile:
        values.hostKey && write(`${end}.known_hosts`, renderKnownHosts(hostAlias, values.hostKey)),
      proxyJump,
    });
  const { bastion } = connection;
  const bastionAlias = `bastion-of-${alias}`;
  if (bastion) addHost("bastion", bastionAlias, { privateKey: connection.privateKey, ...bastion });
  addHost("host", alias, connection, bastion && bastionAlias);
  write("config", renderSshConfig(hosts, join(directory, "%C")));
}
