import type { Software } from "../templates/host/releaseBundles";

/** Where a program comes from: upstream's release, or the distribution's packages. */
export interface SoftwareArgs {
  /** `release`, upstream's archive of one version, or `apt`, what the distribution packages. Default release. */
  source?: string;
  /** Version of the release, e.g. `3.5.0`. Default: the one that this library pins. */
  version?: string;
  /** Where releases are, e.g. a mirror: below it are `v<version>/<program>-<version>.linux-<architecture>.tar.gz` and `v<version>/sha256sums.txt`. Default: upstream's releases on GitHub. */
  baseUrl?: string;
  /** SHA-256 of the archive for the machine's architecture, in hexadecimal digits. Default: what the release's own sha256sums.txt says. */
  sha256?: string;
}

/** Versions of upstream's releases that are installed by default. They change with this library's version only. */
export const defaultVersions = {
  // The long-term support line of 2025.
  prometheus: "3.5.0",
  node_exporter: "1.9.1",
  alertmanager: "0.34.2",
};

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
      `${path}.version: "${version}" is not the version of a release; write for example 3.5.0, without v`,
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
export function softwareOf(program: keyof typeof defaultVersions, args: SoftwareArgs = {}): Software {
  const upstream = `https://github.com/prometheus/${program}/releases/download`;
  return {
    source: args.source === "apt" ? "apt" : "release",
    version: args.version ?? defaultVersions[program],
    baseUrl: (args.baseUrl ?? upstream).replace(/\/+$/, ""),
    sha256: args.sha256?.toLowerCase(),
  };
}
