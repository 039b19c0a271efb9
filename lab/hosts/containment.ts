import { readFileSync } from "node:fs";
import { run } from "./command";

/** What this machine allows a container that boots systemd. */
export interface Containment {
  cgroupVersion: 1 | 2;
  /** Capabilities that the engine would give a privileged container without having them itself, which fails. */
  unavailableCapabilities: string[];
}

/** Asks the Docker engine and the kernel. */
export async function detectContainment(): Promise<Containment> {
  const { stdout } = await run("docker", ["info", "--format", "{{.CgroupVersion}} {{.ServerVersion}}"]);
  const [cgroupVersion, engineVersion = ""] = stdout.trim().split(" ");
  return {
    cgroupVersion: cgroupVersion === "2" ? 2 : 1,
    unavailableCapabilities: unavailableCapabilities(
      engineVersion,
      readFileSync("/proc/self/status", "utf8"),
    ),
  };
}

/** The flags of `docker create` with which systemd boots in a container and Docker runs inside it. */
export function containmentFlags({ cgroupVersion, unavailableCapabilities }: Containment): string[] {
  const privileged = unavailableCapabilities.length === 0;
  return [
    ...(privileged && cgroupVersion === 2 ? ["--privileged"] : unconfinedFlags(unavailableCapabilities)),
    // In a private namespace systemd needs to write to /sys/fs/cgroup, which only --privileged on version 2 gives it.
    ...(privileged && cgroupVersion === 2
      ? ["--cgroupns=private"]
      : ["--cgroupns=host", "--volume", "/sys/fs/cgroup:/sys/fs/cgroup"]),
    // systemd 256 and newer refuse to boot on version 1 without it.
    ...(cgroupVersion === 1 ? ["--env", "SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1"] : []),
  ];
}

function unconfinedFlags(unavailable: string[]): string[] {
  return [
    ...["--cap-add", "ALL"],
    ...unavailable.flatMap((capability) => ["--cap-drop", capability]),
    ...["--device", "/dev/net/tun"],
    ...["--security-opt", "seccomp=unconfined"],
    ...["--security-opt", "apparmor=unconfined"],
    // Makes /proc/sys writable: Docker inside sets IPv6 sysctls for its containers, and the firewall sets its own.
    ...["--security-opt", "systempaths=unconfined"],
  ];
}

/** The capabilities that Docker 20.10 knows, by number; Docker's names have no CAP_ in front. */
const capabilityNames =
  `CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE
  NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN
  SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE
  MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ`.split(/\s+/);

/** The capabilities that the bounding set in /proc/self/status lacks, if the engine does not see to that itself. */
export function unavailableCapabilities(engineVersion: string, processStatus: string): string[] {
  // From version 23 on, the engine gives what it has, and refuses to drop what it does not have.
  if (Number.parseInt(engineVersion, 10) >= 23) return [];
  const mask = BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)$/m.exec(processStatus)?.[1] ?? "0"}`);
  return capabilityNames.filter((_, number) => ((mask >> BigInt(number)) & 1n) === 0n);
}
