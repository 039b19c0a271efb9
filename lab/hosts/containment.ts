import { readFileSync } from "node:fs";
import { run } from "./command";

/** What this machine allows a container that boots systemd. */
export interface Containment {
  cgroupVersion: 1 | 2;
  /** Capabilities that this machine itself lacks, so that `--privileged` would fail. */
  missingCapabilities: string[];
}

/** Asks the Docker engine and the kernel. */
export async function detectContainment(): Promise<Containment> {
  const { stdout } = await run("docker", ["info", "--format", "{{.CgroupVersion}}"]);
  return {
    cgroupVersion: stdout.trim() === "2" ? 2 : 1,
    missingCapabilities: missingCapabilities(
      readFileSync("/proc/self/status", "utf8"),
      Number(readFileSync("/proc/sys/kernel/cap_last_cap", "utf8")),
    ),
  };
}

/** The flags of `docker create` with which systemd boots in a container and Docker runs inside it. */
export function containmentFlags({ cgroupVersion, missingCapabilities }: Containment): string[] {
  const privileged = missingCapabilities.length === 0;
  return [
    ...(privileged && cgroupVersion === 2 ? ["--privileged"] : unconfinedFlags(missingCapabilities)),
    // In a private namespace systemd needs to write to /sys/fs/cgroup, which only --privileged on version 2 gives it.
    ...(privileged && cgroupVersion === 2
      ? ["--cgroupns=private"]
      : ["--cgroupns=host", "--volume", "/sys/fs/cgroup:/sys/fs/cgroup"]),
    // systemd 256 and newer refuse to boot on version 1 without it.
    ...(cgroupVersion === 1 ? ["--env", "SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1"] : []),
  ];
}

function unconfinedFlags(missingCapabilities: string[]): string[] {
  return [
    ...["--cap-add", "ALL"],
    ...missingCapabilities.flatMap((capability) => ["--cap-drop", capability]),
    ...["--device", "/dev/net/tun"],
    ...["--security-opt", "seccomp=unconfined"],
    ...["--security-opt", "apparmor=unconfined"],
    // Makes /proc/sys writable: Docker inside sets IPv6 sysctls for its containers, and the firewall sets its own.
    ...["--security-opt", "systempaths=unconfined"],
  ];
}

/** Capabilities by number, from `capabilities(7)`; Docker's names have no CAP_ in front. */
const capabilityNames =
  `CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE
  NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN
  SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE
  MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE`.split(/\s+/);

/** The capabilities up to number `last` that the bounding set in /proc/self/status lacks. */
export function missingCapabilities(processStatus: string, last: number): string[] {
  const mask = BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)$/m.exec(processStatus)?.[1] ?? "0"}`);
  return capabilityNames.filter((_, number) => number <= last && ((mask >> BigInt(number)) & 1n) === 0n);
}
