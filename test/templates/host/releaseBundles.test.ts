import { describe, expect, it } from "vitest";
import { readProgram } from "../../../templates/host/programs";
import {
  commandPath,
  packagedCommands,
  releasedPrograms,
  softwareBundle,
  type Software,
} from "../../../templates/host/releaseBundles";
import { itRendersBundles } from "../../support/bundleChecks";

const { prometheus, nodeExporter, alertmanager } = releasedPrograms;
const release: Software = {
  ...{ source: "release", version: "3.5.0" },
  baseUrl: "https://github.com/prometheus/prometheus/releases/download",
};
const apt: Software = { ...release, source: "apt" };

describe("the bundles of software", () => {
  itRendersBundles("releaseBundles", {
    release: softwareBundle(prometheus, release),
    pinned: softwareBundle(nodeExporter, {
      ...{ source: "release", version: "1.9.1", baseUrl: "http://mirror.example.com/node_exporter" },
      sha256: "0123456789abcdef".repeat(4),
    }),
    known: softwareBundle(nodeExporter, {
      ...{ source: "release", version: "1.12.1", baseUrl: "https://example.com/node_exporter" },
      checksums: { amd64: "0123456789abcdef".repeat(4), arm64: "fedcba9876543210".repeat(4) },
    }),
    "prometheus-packages": softwareBundle(prometheus, apt),
    "node-exporter-packages": softwareBundle(nodeExporter, apt),
  });

  it("install nothing of the distribution on a machine for what runs in an image", () => {
    expect(softwareBundle(alertmanager, apt).commands).toEqual([]);
  });

  it("have packages for the distribution's program only", () => {
    expect(packagedCommands(prometheus, apt)).toEqual(softwareBundle(prometheus, apt).commands);
    expect(packagedCommands(prometheus, release)).toEqual([]);
  });

  it("bring the very program of templates/programs", () => {
    const programs = softwareBundle(prometheus, release).files?.filter(({ mode }) => mode === "0755");
    expect(programs?.map(({ content }) => content)).toEqual([readProgram("install-release.sh")]);
  });

  it("share no file, so that one machine can have all of them", () => {
    const paths = [prometheus, nodeExporter, alertmanager].flatMap((program) =>
      (softwareBundle(program, release).files ?? []).map(({ path }) => path),
    );
    expect(new Set(paths).size).toBe(paths.length);
  });

  it("know where the programs are afterwards", () => {
    expect(commandPath(prometheus, release)).toBe("/opt/ha-monitoring/prometheus-3.5.0/prometheus");
    expect(commandPath(prometheus, release, "promtool")).toBe("/opt/ha-monitoring/prometheus-3.5.0/promtool");
    expect(commandPath(prometheus, { ...release, sha256: "0123456789abcdef".repeat(4) })).toBe(
      "/opt/ha-monitoring/prometheus-3.5.0-0123456789ab/prometheus",
    );
    expect(commandPath(prometheus, apt, "promtool")).toBe("/usr/bin/promtool");
    expect(commandPath(nodeExporter, apt)).toBe("/usr/bin/prometheus-node-exporter");
    expect(() => commandPath(nodeExporter, apt, "promtool")).toThrow(RangeError);
  });
});
