import { createHash } from "node:crypto";
import { resolve } from "node:path";

/** Labels by which containers, volumes, networks and images of labs are found, also after a crash. */
export const labels = {
  /** Which lab it belongs to. */
  lab: "ha-monitoring.lab.id",
  host: "ha-monitoring.lab.host",
  system: "ha-monitoring.lab.os",
  flavor: "ha-monitoring.lab.flavor",
  hostKey: "ha-monitoring.lab.host-key",
  /** On the container of a lab's router. */
  router: "ha-monitoring.lab.router",
  /** Hash of all that a host or a router was made from. */
  recipe: "ha-monitoring.lab.recipe",
  /** On every image that the lab builds. */
  image: "ha-monitoring.lab.image",
} as const;

/** Names a lab after its state directory, so that several labs share a machine without meeting. */
export function labId(stateDirectory: string): string {
  return `lab-${contentHash([resolve(stateDirectory)]).slice(0, 8)}`;
}

/** A short hash that changes with any of the parts. */
export function contentHash(parts: (string | Buffer)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest("hex").slice(0, 12);
}
