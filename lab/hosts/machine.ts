import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describeFailure, run, type CommandResult } from "./command";

/** A program that the lab or its tests need on this machine, and the Debian packages that bring it. */
const packagesOfCommand: Record<string, string[]> = {
  docker: ["docker.io"],
  dockerd: ["docker.io"],
  iptables: ["iptables"],
  debootstrap: ["debootstrap", "debian-archive-keyring"],
  flock: ["util-linux"],
  openssl: ["openssl"],
  pip3: ["python3-pip"],
  ssh: ["openssh-client"],
  "ssh-keygen": ["openssh-client"],
  sshd: ["openssh-server"],
  tar: ["tar"],
};

// Debian keeps dockerd and iptables where a user's PATH may not reach.
const searchPath = `${process.env.PATH ?? ""}${delimiter}/usr/local/sbin:/usr/sbin:/sbin`;

/** What the lab adds to the environment of programs of the system's administrator. */
export const administratorEnvironment = { PATH: searchPath, LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" };

/**
 * Sees that the commands are on this machine, and installs what is missing where that is possible.
 *
 * @throws one error that lists all that is missing, where it is not.
 */
export async function requireCommands(commands: string[], log: (line: string) => void): Promise<void> {
  if (process.platform !== "linux") {
    throw new Error(`The lab runs on Linux only, this is ${process.platform}; use a virtual machine`);
  }
  const missing = commands.filter((command) => !isInstalled(command));
  const obstacles = installationObstacles(missing);
  if (obstacles.length > 0) {
    throw new Error(`The lab cannot start here. Missing: ${obstacles.join("; ")}`);
  }
  if (missing.length === 0) return;
  const packages = packagesFor(missing);
  log(`Installing ${packages.join(" ")} on this machine`);
  await installPackages(packages);
  // From Debian 13 on, the command is in a package of its own.
  if (!isInstalled("docker")) await installPackages(["docker-cli"]);
}

/** The packages that bring these commands, each once. */
export function packagesFor(commands: string[]): string[] {
  return [...new Set(commands.flatMap((command) => packagesOfCommand[command] ?? [command]))];
}

function installationObstacles(missing: string[]): string[] {
  const obstacles: string[] = [];
  if (!existsSync("/dev/net/tun")) obstacles.push("/dev/net/tun (load the kernel module tun)");
  if (missing.length === 0 || (isRoot() && isDebianLike())) return obstacles;
  const remedy = isDebianLike()
    ? `run the lab as root, or: sudo apt-get install ${packagesFor(missing).join(" ")}`
    : "the lab installs them itself only on Debian and Ubuntu";
  return [...obstacles, ...missing.map((command) => `the command ${command}`), remedy];
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function isInstalled(command: string): boolean {
  return searchPath.split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function isDebianLike(): boolean {
  if (!existsSync("/etc/os-release")) return false;
  return /^(ID|ID_LIKE)="?[^"\n]*\b(debian|ubuntu)\b/m.test(readFileSync("/etc/os-release", "utf8"));
}

async function installPackages(packages: string[]): Promise<void> {
  const install = () => aptGet("install", "--yes", "--no-install-recommends", ...packages);
  const first = await install();
  if (first.status === 0) return;
  // Some sources of this machine may be out of reach while Debian's are not, so only the installation counts.
  await aptGet("update");
  const second = await install();
  if (second.status !== 0) throw new Error(describeFailure(["apt-get", "install", ...packages], second));
}

// apt waits by itself for dpkg's lock only, not for the lock of the package lists.
async function aptGet(...args: string[]): Promise<CommandResult> {
  for (let attempt = 1; ; attempt++) {
    const result = await run("apt-get", ["-o", "DPkg::Lock::Timeout=300", ...args], {
      allowFailure: true,
      environment: administratorEnvironment,
    });
    const locked = /Could not get lock|Unable to lock/.test(result.stderr);
    if (!locked || attempt === 60) return result;
    await sleep(5_000);
  }
}
