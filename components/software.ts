import type * as pulumi from "@pulumi/pulumi";
import type { Software } from "../templates/host/releaseBundles";
import { versionWarnings, type ReleasedName } from "../model/versions";
import { warnOnce } from "./warnings";

/** Where a program comes from: upstream's release, or the distribution's packages. */
export interface SoftwareArgs {
  /** `release`, upstream's archive of one version, or `apt`, what the distribution packages. Default release. */
  source?: string;
  /** Version of the release, e.g. `3.13.5`. Default: the one that this library pins. A preview warns of versions that upstream supports no longer and of known faults. */
  version?: string;
  /** Where releases are, e.g. a mirror: below it are `v<version>/<program>-<version>.linux-<architecture>.tar.gz` and `v<version>/sha256sums.txt`. `http://` only with `sha256`. Default: upstream's releases on GitHub. */
  baseUrl?: string;
  /** SHA-256 of the archive for the machine's architecture, in hexadecimal digits. Default: the one that this library knows, or else what the release's own sha256sums.txt says. */
  sha256?: string;
}

/** Warns once in a run of a release that upstream supports no longer or that has known faults. */
export function warnOfVersion(component: pulumi.Resource, program: ReleasedName, software: Software): void {
  if (software.source === "apt") return;
  warnOnce(component, versionWarnings(program, software.version, new Date()));
}
