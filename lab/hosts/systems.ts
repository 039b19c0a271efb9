/** Operating systems that a lab host can run. */
export type HostSystem = "debian12" | "debian13";

/** `docker`: with Docker installed. `bare`: without, to see it being installed. `droplet`: bare, with cloud-init and Debian's own cloud.cfg. */
export type HostFlavor = "docker" | "bare" | "droplet";

export const defaultSystem: HostSystem = "debian13";

/** What differs between the operating systems. */
export const hostSystems: Record<HostSystem, { title: string; suite: string; dockerPackages: string[] }> = {
  debian12: { title: "Debian 12", suite: "bookworm", dockerPackages: ["docker.io"] },
  debian13: { title: "Debian 13", suite: "trixie", dockerPackages: ["docker.io", "docker-cli"] },
};

/** @throws if it is not the name of an operating system of the lab. */
export function parseHostSystem(value: string): HostSystem {
  if (Object.hasOwn(hostSystems, value)) return value as HostSystem;
  throw new Error(`Unknown operating system "${value}"; allowed are ${Object.keys(hostSystems).join(", ")}`);
}
