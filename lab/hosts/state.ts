import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hostNumbers } from "./subnets";
import { ensureSshKeyPair, type SshKeyPair } from "./sshKeys";

/** The files of a lab: SSH keys and which host has which address. All of them are for the owner only. */
export class LabState {
  readonly privateKeyPath: string;
  readonly knownHostsPath: string;

  constructor(readonly directory: string) {
    this.privateKeyPath = join(directory, "ssh", "id_ed25519");
    this.knownHostsPath = join(directory, "ssh", "known_hosts");
  }

  /** Whether the key exists with which the hosts of this lab can be reached. */
  hasKey(): boolean {
    return existsSync(this.privateKeyPath);
  }

  /** The key that every host lets in. */
  key(): SshKeyPair {
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    return ensureSshKeyPair(this.privateKeyPath, "ha-monitoring-lab");
  }

  /** A host's own key pair. */
  hostKey(host: string): SshKeyPair {
    return ensureSshKeyPair(join(this.directory, "ssh", "hosts", host, "ssh_host_ed25519_key"), host);
  }

  /** The number that stands for the host in its addresses: the same for as long as the host is not forgotten. */
  claimHostNumber(host: string): number {
    const directory = join(this.directory, "addresses");
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const own = readdirSync(directory).find((file) => readFileSync(join(directory, file), "utf8") === host);
    if (own !== undefined) return Number(own);
    for (const number of hostNumbers) {
      if (claim(join(directory, String(number)), host)) return number;
    }
    throw new Error(
      `Host ${host}: all ${hostNumbers.length} addresses of the lab are taken; remove hosts first`,
    );
  }

  /** A resolv.conf for the hosts. They have nobody to ask; unknown names fail at once with it, and after 20 s without. */
  resolverConfiguration(): string {
    const path = join(this.directory, "resolv.conf");
    writeFileSync(path, "# Lab hosts reach no name server.\n");
    return path;
  }

  /** Forgets a host's address and key. */
  forgetHost(host: string): void {
    const addresses = join(this.directory, "addresses");
    const files = existsSync(addresses) ? readdirSync(addresses).map((file) => join(addresses, file)) : [];
    for (const file of files.filter((path) => readFileSync(path, "utf8") === host)) rmSync(file);
    rmSync(join(this.directory, "ssh", "hosts", host), { recursive: true, force: true });
  }

  writeKnownHosts(hosts: { address: string; address6: string; hostKey: string }[]): void {
    writeFileSync(this.knownHostsPath, knownHosts(hosts), { mode: 0o600 });
  }

  /** Removes the lab's files, and the directory if nothing else is in it. */
  remove(): void {
    for (const name of ["ssh", "stacks", "addresses", "digitalocean", "resolv.conf"])
      rmSync(join(this.directory, name), { recursive: true, force: true });
    if (existsSync(this.directory) && readdirSync(this.directory).length === 0) rmdirSync(this.directory);
  }
}

/** The text of a known_hosts file that knows these hosts only, but for those whose key nobody knows. */
export function knownHosts(hosts: { address: string; address6: string; hostKey: string }[]): string {
  const known = hosts.filter(({ hostKey }) => hostKey !== "");
  return known.map(({ address, address6, hostKey }) => `${address},${address6} ${hostKey}\n`).join("");
}

// Creating the file is the claim, so two `up` at a time never take the same number.
function claim(file: string, host: string): boolean {
  try {
    writeFileSync(file, host, { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}
