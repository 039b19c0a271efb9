import { satisfies, valid } from "semver";

/** Programs of which upstream releases archives, by the names of their repositories. */
export type ReleasedName = "prometheus" | "node_exporter" | "alertmanager";

/** One release of upstream. */
export interface KnownRelease {
  /** Day of the release, from upstream's changelog. */
  released: string;
  /**
   * SHA-256 of the archives by Go's name of the architecture, where several public repositories that download from upstream pin the same
   * one. Others are checked against the release's own sha256sums.txt only.
   */
  sha256?: { amd64: string; arm64: string };
}

/** Versions that are installed by default. They change with this library's version only. */
export const defaultVersions: Record<ReleasedName, string> = {
  // The long-term support line: https://prometheus.io/docs/introduction/release-cycle/
  prometheus: "3.13.5",
  node_exporter: "1.12.1",
  alertmanager: "0.35.0",
};

/** The defaults of the version of this library before. Upgrades from them and downgrades to them are tested. */
export const previousVersions: Record<ReleasedName, string> = {
  prometheus: "3.5.0",
  node_exporter: "1.9.1",
  alertmanager: "0.34.2",
};

/** What is known of the releases that this library has had as defaults. */
export const knownReleases: Record<ReleasedName, Record<string, KnownRelease>> = {
  prometheus: { "3.5.0": { released: "2025-07-14" }, "3.13.5": { released: "2026-10-21" } },
  node_exporter: {
    "1.9.1": { released: "2025-04-01" },
    "1.12.1": {
      released: "2026-07-14",
      sha256: {
        amd64: "b51d8a76aa2a9156a55d501aca6276fae09e262259a5e4e831d2c2222f084e63",
        arm64: "ad35b605f9954b9f1ffddf5ba054bdc5a98d790b9eae5291e1eeb83f1ecbd0e7",
      },
    },
  },
  alertmanager: { "0.34.2": { released: "2026-10-29" }, "0.35.0": { released: "2026-11-09" } },
};

/** Until when upstream fixes faults of some versions. */
export interface SupportPeriod {
  /** Versions, as a range of semantic versions. */
  versions: string;
  /** The last day, as in `2027-07-31`. */
  until: string;
  /** Where that is said. */
  source: string;
}

const releaseCycle = "https://prometheus.io/docs/introduction/release-cycle/";

/**
 * Support periods that upstream states, the first that contains a version counts. A minor version of Prometheus gets fixes until the next
 * one, a long-term support line for a year. Alertmanager and node_exporter have no stated periods.
 */
export const supportPeriods: Record<ReleasedName, SupportPeriod[]> = {
  prometheus: [
    { versions: "2.53.x", until: "2025-07-31", source: releaseCycle },
    { versions: "3.5.x", until: "2026-07-31", source: releaseCycle },
    {
      versions: "3.13.x",
      until: "2027-07-31",
      source: "https://gitlab.com/gitlab-org/omnibus-gitlab/-/merge_requests/9666",
    },
    { versions: "<3.13.0", until: "2026-07-01", source: releaseCycle },
    { versions: "3.14.x", until: "2026-09-24", source: releaseCycle },
    { versions: "3.15.x", until: "2026-11-04", source: releaseCycle },
  ],
  node_exporter: [],
  alertmanager: [],
};

/** A fault of released versions that matters to a monitoring stack of this library. */
export interface KnownFault {
  /** Versions, as a range of semantic versions. */
  versions: string;
  fault: string;
  source: string;
}

const advisories = "https://github.com/prometheus/prometheus/security/advisories";

/** Known faults by program. */
export const knownFaults: Record<ReleasedName, KnownFault[]> = {
  prometheus: [
    {
      versions: "<3.10.0",
      fault: "an Alertmanager that is down delays the alerts that are sent to the others",
      source: "https://github.com/prometheus/prometheus/issues/7676",
    },
    {
      versions: ">=3.0.0 <3.5.2 || >=3.6.0 <3.11.2",
      fault:
        "CVE-2026-40179: metric names that a target chooses run scripts in the browser of an operator who looks at a graph",
      source: `${advisories}/GHSA-vffh-x6r8-xx99`,
    },
    {
      versions: ">=3.0.0 <3.5.3 || >=3.6.0 <3.11.3",
      fault:
        "CVE-2026-42154, CVE-2026-42151 and CVE-2026-44903: memory exhaustion by remote read, a readable client secret, and script injection in the heat map",
      source: `${advisories}/GHSA-8rm2-7qqf-34qm`,
    },
  ],
  node_exporter: [],
  alertmanager: [
    {
      versions: "<0.34.2",
      fault: "its API answers requests of web pages of any origin",
      source: "https://github.com/prometheus/alertmanager/pull/5664",
    },
    {
      versions: "0.32.0 - 0.32.2 || 0.33.0",
      fault: "versions before 0.32.0 cannot read the silences that it stores, so a downgrade loses them",
      source: "https://github.com/prometheus/alertmanager/pull/5330",
    },
    {
      versions: "0.34.x",
      fault: "peers refuse silences and notification logs of more than 20 MiB from each other",
      source: "https://github.com/prometheus/alertmanager/pull/5640",
    },
  ],
};

/** Whether a version is in a range of semantic versions, pre-releases of versions in it included. */
export function isVersionIn(version: string, range: string): boolean {
  return satisfies(version, range, { includePrerelease: true });
}

/** The support period of a version that upstream states, if any. */
export function supportOf(program: ReleasedName, version: string): SupportPeriod | undefined {
  return supportPeriods[program].find(({ versions }) => isVersionIn(version, versions));
}

/** Reasons against running a version on a day, one sentence each. */
export function versionWarnings(program: ReleasedName, version: string, day: Date): string[] {
  const period = supportOf(program, version);
  const ended = period !== undefined && new Date(`${period.until}T23:59:59Z`) < day;
  const reasons = [
    ...(ended ? [`upstream has not fixed its faults since ${period.until} (${period.source})`] : []),
    ...knownFaults[program]
      .filter(({ versions }) => isVersionIn(version, versions))
      .map(({ fault, source }) => `${fault} (${source})`),
  ];
  if (reasons.length === 0) return [];
  const fix =
    version === defaultVersions[program]
      ? "use a newer version of ha-monitoring, whose default is another one"
      : `leave the version out for the default, ${defaultVersions[program]}`;
  return reasons.map((reason) => `${program} ${version}: ${reason}; ${fix}`);
}

/** What a Prometheus can do that others of the versions that this library runs cannot. */
export interface PrometheusFeatures {
  /** Whether its configuration file says how long samples are kept. Before 3.11.0 it keeps them a million times longer than the file says. */
  retentionInFile: boolean;
  /** Whether names of labels may have any character of UTF-8. */
  utf8Names: boolean;
  /** Whether all of its query language is known here. */
  knownPromql: boolean;
  /** Whether all functions of its templates are known here. */
  knownTemplates: boolean;
}

/** The grammar of @prometheus-io/codemirror-promql 0.314 is that of Prometheus 3.14. */
const firstUnknownPromql = "3.15.0";
/** Versions whose functions of templates have not been read: goTemplateFunctions.ts has those of 3.16 and 0.35. */
const firstUnknownTemplates = { prometheus: "3.17.0", alertmanager: "0.36.0" };

/**
 * What a Prometheus can do.
 *
 * @param version undefined for that of a distribution, which may be older than 3.
 */
export function prometheusFeatures(version: string | undefined): PrometheusFeatures {
  // What is no version is a mistake of its own, and not one of everything that older versions cannot do.
  const isFrom = (first: string) =>
    version !== undefined && (valid(version) === null || isVersionIn(version, `>=${first}`));
  return {
    retentionInFile: isFrom("3.11.0"),
    utf8Names: isFrom("3.0.0"),
    knownPromql: !isFrom(firstUnknownPromql),
    knownTemplates: !isFrom(firstUnknownTemplates.prometheus),
  };
}

/** Whether all functions and data of an Alertmanager's templates are known here. */
export function hasKnownTemplates(version: string): boolean {
  return valid(version) !== null && isVersionIn(version, `<${firstUnknownTemplates.alertmanager}`);
}
