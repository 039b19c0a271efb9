import { defaultReleases, type Release } from "../releases/recipes";
import { buildAlertmanagerBase, debianImage, type AlertmanagerOrigin } from "./images";
import type { Lab, LabHost } from "./lab";
import { defaultSystem, type HostSystem } from "./systems";
import { mirroredSoftware, startReleaseMirror, type ReleaseMirror } from "./releaseMirror";

/** What a stack downloads, in reach of a lab. */
export interface OfferedSoftware {
  mirror: ReleaseMirror;
  /** Configuration of a stack that says where the mirror is; everything else is the product's default. */
  settings: { software: ReturnType<typeof mirroredSoftware> };
}

/**
 * Puts into reach of a lab what a stack downloads: releases on a mirror, and on each of these hosts, which have Docker, the image on which
 * Alertmanager's is built.
 */
export async function offerSoftware(
  lab: Lab,
  dockerHosts: LabHost[],
  releases: Release[] = defaultReleases,
  log?: (line: string) => void,
): Promise<OfferedSoftware> {
  const mirror = await startReleaseMirror(lab, releases, log);
  await loadBaseImage(lab, dockerHosts, {}, log);
  return { mirror, settings: { software: mirroredSoftware(mirror) } };
}

/** Puts the distribution's image, on which Alertmanager's is built, on hosts that have Docker. */
export async function loadBaseImage(
  lab: Lab,
  hosts: LabHost[],
  base: { origin?: AlertmanagerOrigin; system?: HostSystem } = {},
  log?: (line: string) => void,
): Promise<void> {
  const { origin, system = defaultSystem } = base;
  const image = await buildAlertmanagerBase(origin, system, log);
  await Promise.all(
    hosts.map(async (host) => {
      await lab.loadImage(host, image);
      await lab.exec(host, `docker tag ${image} ${debianImage(system)}`);
    }),
  );
}
