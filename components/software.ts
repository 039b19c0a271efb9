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
