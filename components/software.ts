import * as pulumi from "@pulumi/pulumi";
import type { Software } from "../templates/releaseBundles";
import {
  defaultVersions,
  knownReleases,
  prometheusFeatures,
  versionWarnings,
  type PrometheusFeatures,
  type ReleasedName,
} from "./versions";

/** Where a program comes from: upstream's release, or the distribution's packages. */
export interface SoftwareArgs {
  /** `release`, upstream's archive of one version, or `apt`, what the distribution packages. Default release. */
  source?: string;
  /** Version of the release, e.g. `3.13.5`. Default: the one that this library pins. A preview warns of versions that upstream supports no longer and of known faults. */
  version?: string;
  /** Where releases are, e.g. a mirror: below it are `v<version>/<program>-<version>.linux-<architecture>.tar.gz` and `v<version>/sha256sums.txt`. Default: upstream's releases on GitHub. */
  baseUrl?: string;
  /** SHA-256 of the archive for the machine's architecture, in hexadecimal digits. Default: the one that this library knows, or else what the release's own sha256sums.txt says. */
  sha256?: string;
}

/** What is wrong with where a program shall come from, one sentence each. */
export function softwareProblems(path: string, args: SoftwareArgs): string[] {
  const problems: string[] = [];
  const { source = "release", version, baseUrl, sha256 } = args;
  if (!["release", "apt"].includes(source)) {
    return [`${path}.source: "${source}" is unknown; release and apt are allowed`];
  }
  if (source === "apt") {
    return Object.entries({ version, baseUrl, sha256 }).flatMap(([field, value]) =>
      value === undefined
        ? []
        : [
            `${path}.${field}: "${value}" says which release is downloaded, but the source is apt; leave it out`,
          ],
    );
  }
  if (version !== undefined && !/^\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?$/.test(version)) {
    problems.push(
      `${path}.version: "${version}" is not the version of a release; write for example ${defaultVersions.prometheus}, without v`,
    );
  }
  if (baseUrl !== undefined && !/^https?:\/\/[^\s/]\S*$/.test(baseUrl)) {
    problems.push(
      `${path}.baseUrl: "${baseUrl}" is not an address; write for example https://mirror.example.com/prometheus`,
    );
  }
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/i.test(sha256)) {
    problems.push(`${path}.sha256: "${sha256}" is not a SHA-256; 64 hexadecimal digits are needed`);
  }
  return problems;
}

/** The program's origin with its defaults. */
export function softwareOf(program: ReleasedName, args: SoftwareArgs = {}): Software {
  const upstream = `https://github.com/prometheus/${program}/releases/download`;
  const version = args.version ?? defaultVersions[program];
  return {
    source: args.source === "apt" ? "apt" : "release",
    version,
    baseUrl: (args.baseUrl ?? upstream).replace(/\/+$/, ""),
    sha256: args.sha256?.toLowerCase(),
    // A mirror may hold archives of its own making.
    checksums: args.baseUrl === undefined ? knownReleases[program][version]?.sha256 : undefined,
  };
}

/** What the Prometheus of this origin can do. */
export function featuresOf(args?: SoftwareArgs): PrometheusFeatures {
  const { source, version } = softwareOf("prometheus", args);
  return prometheusFeatures(source === "apt" ? undefined : version);
}

const warned = new Set<string>();

/** Warns once in a run of a release that upstream supports no longer or that has known faults. */
export function warnOfVersion(component: pulumi.Resource, program: ReleasedName, software: Software): void {
  if (software.source === "apt") return;
  for (const warning of versionWarnings(program, software.version, new Date())) {
    if (warned.has(warning)) continue;
    warned.add(warning);
    void pulumi.log.warn(warning, component);
  }
}
