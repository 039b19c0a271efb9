import * as pulumi from "@pulumi/pulumi";
import { afterEach, describe, expect, it, vi } from "vitest";
import { AlertmanagerPeer, PrometheusServer, ScrapeTarget, type SoftwareArgs } from "../../components";
import { softwareOf } from "../../model/software";
import {
  defaultVersions,
  knownReleases,
  previousVersions,
  prometheusFeatures,
  supportOf,
  versionWarnings,
  type ReleasedName,
} from "../../model/versions";
import { deploy } from "../support/deployment";
import { alerting, gatewaySockets, peers, plainHost } from "../support/monitors";

const programs = Object.keys(defaultVersions) as ReleasedName[];
const day = new Date("2026-11-27T12:00:00Z");
const months = (count: number, from: Date) => {
  const then = new Date(from);
  then.setUTCMonth(then.getUTCMonth() + count);
  return then;
};

/** The day until which a default is good: what upstream states, or else a year after its release. */
function goodUntil(program: ReleasedName): Date {
  const version = defaultVersions[program];
  const period = supportOf(program, version);
  if (period !== undefined) return new Date(period.until);
  return months(12, new Date(knownReleases[program][version]?.released ?? "invalid"));
}

describe("the table of versions", () => {
  it.each(programs)("has a default of %s that is good for three months from now on", (program) => {
    expect(
      goodUntil(program).getTime(),
      `make a newer version of ${program} the default in components/versions.ts, and prove it`,
    ).toBeGreaterThan(months(3, new Date()).getTime());
  });

  it.each(programs)("knows nothing against the default of %s", (program) => {
    expect(versionWarnings(program, defaultVersions[program], day)).toEqual([]);
  });

  it.each(programs)("tells when the default of %s and the one before it were released", (program) => {
    for (const version of [defaultVersions[program], previousVersions[program]])
      expect(knownReleases[program][version]?.released).toMatch(/^20\d\d-\d\d-\d\d$/);
  });

  it("has whole checksums", () => {
    const all = programs.flatMap((program) => Object.values(knownReleases[program]));
    const checksums = all.flatMap(({ sha256 }) => (sha256 ? Object.values(sha256) : []));
    expect(checksums.length).toBeGreaterThan(0);
    for (const checksum of checksums) expect(checksum).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set(checksums).size).toBe(checksums.length);
  });
});

describe("warnings of a version", () => {
  const reasons: [ReleasedName, string, RegExp[]][] = [
    [
      "prometheus",
      "3.5.0",
      [/not fixed its faults since 2026-07-31/, /down delays/, /CVE-2026-40179/, /CVE-2026-42154/],
    ],
    ["prometheus", "3.5.3", [/since 2026-07-31/, /down delays/]],
    ["prometheus", "3.10.0", [/since 2026-07-01/, /CVE-2026-40179/, /CVE-2026-42154/]],
    ["prometheus", "3.11.3", [/since 2026-07-01/]],
    ["prometheus", "2.53.5", [/since 2025-07-31/, /down delays/]],
    ["prometheus", "3.13.0", []],
    ["prometheus", "3.15.1", [/since 2026-11-04/]],
    ["prometheus", "3.16.0", []],
    ["prometheus", "4.0.0-rc.0", []],
    ["alertmanager", "0.34.2", [/20 MiB/]],
    ["alertmanager", "0.33.0", [/any origin/, /cannot read the silences/]],
    ["alertmanager", "0.33.1", [/any origin/]],
    ["alertmanager", "0.32.2", [/any origin/, /cannot read the silences/]],
    ["alertmanager", "0.36.0", []],
    ["node_exporter", "1.9.1", []],
  ];
  it.each(reasons)("%s %s", (program, version, expected) => {
    const warnings = versionWarnings(program, version, day);
    expect(warnings).toHaveLength(expected.length);
    expected.forEach((reason, index) => expect(warnings[index]).toMatch(reason));
    for (const warning of warnings) {
      expect(warning).toMatch(/\(https:\/\/\S+\)/);
      expect(warning).toContain(`leave the version out for the default, ${defaultVersions[program]}`);
    }
  });

  it("come after the last day of support, also for a default", () => {
    expect(versionWarnings("prometheus", "3.13.5", new Date("2027-07-31T20:00:00Z"))).toEqual([]);
    expect(versionWarnings("prometheus", "3.13.5", new Date("2027-08-01T00:00:00Z"))).toEqual([
      expect.stringMatching(
        /^prometheus 3\.13\.5: .* since 2027-07-31 .*; use a newer version of ha-monitoring/,
      ),
    ]);
  });
});

describe("a component whose version was chosen", () => {
  afterEach(() => vi.restoreAllMocks());

  const [self, other] = peers;
  const components: Record<ReleasedName, (software: SoftwareArgs) => pulumi.Resource> = {
    prometheus: (software) => new PrometheusServer("p", { host: plainHost(), runtime: { software } }),
    node_exporter: (software) =>
      new ScrapeTarget("t", {
        ...{ host: plainHost(), overlayAddress: "203.0.113.20", monitors: ["203.0.113.10"] },
        nodeExporter: { software },
      }),
    alertmanager: (software) =>
      new AlertmanagerPeer("a", {
        ...{ host: plainHost(), gateway: gatewaySockets, self, peers: [other] },
        ...{ clusterLabel: "test", alerting, runtime: { software } },
      }),
  };
  async function warningsOf(program: ReleasedName, software: SoftwareArgs, times = 1): Promise<string[]> {
    const said: string[] = [];
    vi.spyOn(pulumi.log, "warn").mockImplementation((message, resource) => {
      expect(resource).toBeInstanceOf(pulumi.ComponentResource);
      said.push(message);
      return Promise.resolve();
    });
    for (let time = 0; time < times; time++) {
      const { errors } = await deploy(() => void components[program](software), { preview: true });
      expect(errors).toEqual([]);
    }
    return said;
  }

  it.each(programs)("%s is silent about the default and the distribution's package", async (program) => {
    expect(await warningsOf(program, {})).toEqual([]);
    expect(await warningsOf(program, { source: "apt" })).toEqual([]);
  });

  it("warns in a preview of what is known against it, once in a run, however many hosts have it", async () => {
    expect(await warningsOf("prometheus", { version: "3.10.0" }, 2)).toEqual(
      versionWarnings("prometheus", "3.10.0", new Date()),
    );
    expect(await warningsOf("alertmanager", { version: "0.32.2" }, 2)).toEqual(
      versionWarnings("alertmanager", "0.32.2", new Date()),
    );
  });
});

describe("known checksums", () => {
  it("are those of upstream's archives, not of a mirror's", () => {
    expect(softwareOf("node_exporter").checksums).toEqual(knownReleases.node_exporter["1.12.1"]?.sha256);
    expect(softwareOf("node_exporter", { baseUrl: "https://mirror.example.com" }).checksums).toBeUndefined();
    expect(softwareOf("node_exporter", { version: "1.12.0" }).checksums).toBeUndefined();
  });
});

describe("what a Prometheus can do", () => {
  it.each([
    [undefined, false, false, true, true],
    ["2.53.3", false, false, true, true],
    ["3.5.0", false, true, true, true],
    ["3.10.0", false, true, true, true],
    ["3.11.0", true, true, true, true],
    ["3.14.9", true, true, true, true],
    ["3.15.0", true, true, false, true],
    ["3.16.9", true, true, false, true],
    ["3.17.0", true, true, false, false],
  ])(
    "%s: retention in its file %s, UTF-8 names %s, all of its PromQL known here %s, of its templates %s",
    (version, retentionInFile, utf8Names, knownPromql, knownTemplates) => {
      const features = { retentionInFile, utf8Names, knownPromql, knownTemplates };
      expect(prometheusFeatures(version)).toEqual(features);
    },
  );
});
