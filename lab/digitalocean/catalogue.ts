import type { HostSystem } from "../hosts/systems";
import { unprocessable } from "./errors";

/** Names of the regions, by slug. */
const regions: Record<string, string> = {
  ams3: "Amsterdam 3",
  atl1: "Atlanta 1",
  blr1: "Bangalore 1",
  fra1: "Frankfurt 1",
  lon1: "London 1",
  nyc1: "New York 1",
  nyc2: "New York 2",
  nyc3: "New York 3",
  sfo2: "San Francisco 2",
  sfo3: "San Francisco 3",
  sgp1: "Singapore 1",
  syd1: "Sydney 1",
  tor1: "Toronto 1",
};

/** What a size gives: MiB of memory, processors, GiB of disk. No host of the lab is limited to it. */
interface Capacity {
  memory: number;
  vcpus: number;
  disk: number;
}

const capacity = (memory: number, vcpus: number, disk: number): Capacity => ({ memory, vcpus, disk });

const sizes: Record<string, Capacity> = {
  "s-1vcpu-512mb-10gb": capacity(512, 1, 10),
  "s-1vcpu-1gb": capacity(1024, 1, 25),
  "s-1vcpu-2gb": capacity(2048, 1, 50),
  "s-2vcpu-2gb": capacity(2048, 2, 60),
  "s-2vcpu-4gb": capacity(4096, 2, 80),
  "s-4vcpu-8gb": capacity(8192, 4, 160),
  "s-8vcpu-16gb": capacity(16_384, 8, 320),
};

interface Image {
  id: number;
  distribution: string;
  name: string;
  /** Undefined where the lab has nothing like it. */
  system?: HostSystem;
}

const images: Record<string, Image> = {
  "debian-12-x64": { id: 1001, distribution: "Debian", name: "12 x64", system: "debian12" },
  "debian-13-x64": { id: 1002, distribution: "Debian", name: "13 x64", system: "debian13" },
  "ubuntu-22-04-x64": { id: 1003, distribution: "Ubuntu", name: "22.04 (LTS) x64" },
  "ubuntu-24-04-x64": { id: 1004, distribution: "Ubuntu", name: "24.04 (LTS) x64" },
};

/** @throws if it is no region. `purpose`: as in `Droplet creation`. */
export function checkRegion(slug: string, purpose: string): void {
  if (!Object.hasOwn(regions, slug)) throw unprocessable(`You specified an invalid region for ${purpose}.`);
}

/** @throws if it is no size. */
export function checkSize(slug: string, purpose: string): void {
  if (!Object.hasOwn(sizes, slug)) throw unprocessable(`You specified an invalid size for ${purpose}.`);
}

/**
 * The slug of an image that a request names by slug or number.
 *
 * @throws if there is no such image, or the lab cannot run it.
 */
export function findImage(reference: unknown): string {
  const found = Object.entries(images).find(([slug, { id }]) => reference === slug || reference === id);
  if (!found) throw unprocessable("You specified an invalid image for Droplet creation.");
  const [slug, { system }] = found;
  if (system) return slug;
  const runnable = Object.keys(images).filter((name) => images[name]?.system);
  throw unprocessable(
    `The lab has no image like ${slug}, and a simulated droplet cannot run it; choose ${runnable.join(" or ")}`,
  );
}

/** The operating system of the lab that stands for an image. */
export function systemOfImage(slug: string): HostSystem {
  return images[slug]?.system ?? "debian13";
}

export function capacityOf(size: string): Capacity {
  return sizes[size] ?? capacity(0, 0, 0);
}

export function describeRegion(slug: string): Record<string, unknown> {
  return {
    name: regions[slug],
    slug,
    available: true,
    features: ["backups", "ipv6", "metadata", "install_agent", "storage", "image_transfer"],
    sizes: Object.keys(sizes),
  };
}

/** Droplets of the lab cost nothing, and prices would be invented: all of them are 0. */
export function describeSize(slug: string): Record<string, unknown> {
  return {
    slug,
    ...capacityOf(slug),
    transfer: 0,
    price_monthly: 0,
    price_hourly: 0,
    regions: Object.keys(regions),
    available: true,
    description: "Basic",
  };
}

export function describeImage(slug: string): Record<string, unknown> {
  const { id, distribution, name } = images[slug] ?? {};
  return {
    ...{ id, name, distribution, slug, public: true, type: "base", status: "available" },
    ...{
      regions: Object.keys(regions),
      min_disk_size: 7,
      size_gigabytes: 1,
      description: `${distribution} ${name}`,
    },
    ...{ created_at: "2026-01-01T00:00:00Z", tags: [], error_message: "" },
  };
}
