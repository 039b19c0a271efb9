import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exporterParts } from "../../../components/exporters/installedExporter";
import type { ExporterArgs } from "../../../components";
import { exporterCatalogue } from "../../../model/exporterCatalogue";
import { exporterPlan } from "../../../model/exporterPlan";
import { withJobAndPort } from "../../../model/exporters";
import { exporterBundle, exporterSecretsBundle } from "../../../templates/exporters/exporterBundles";
import { softwareBundle } from "../../../templates/host/releaseBundles";
import { itRendersBundles } from "../../support/bundleChecks";
import { execute } from "../../support/execute";
import { exporterExposures, readExposure } from "../../support/exposures";
import { inTemporaryDirectory, writeFiles } from "../../support/files";
import { requireTool } from "../../support/tools";

const secrets: Record<string, Pick<ExporterArgs, "environment" | "secretFiles">> = {
  postgres_exporter: { environment: { DATA_SOURCE_NAME: "" } },
  mysqld_exporter: { secretFiles: { "my.cnf": "" } },
  redis_exporter: { environment: { REDIS_PASSWORD: "" } },
  snmp_exporter: { secretFiles: { "auths.yml": "" } },
};

function bundleOf(given: ExporterArgs, config?: string) {
  const args = { ...given, config };
  const at = { ...withJobAndPort(args), at: ["exporters", 0] };
  return exporterBundle(
    exporterParts(exporterPlan(args), at, {
      ...{ overlayAddress: "2001:db8::20", monitors: ["2001:db8::11", "2001:db8::10"], config },
      names: {
        environment: Object.keys(args.environment ?? {}),
        files: Object.keys(args.secretFiles ?? {}),
      },
    }),
  );
}

const other: ExporterArgs = {
  ...{ repository: "prometheus/memcached_exporter", port: 9150, path: "/probe", scheme: "https" },
  software: { version: "0.15.5", sha256: "0123456789abcdef".repeat(4) },
  flags: ["--memcached.address=198.51.100.7:11211", "--config.file={config}", "--limit=100%$x"],
  reaches: ["198.51.100.7"],
};

describe("the bundles of exporters", () => {
  itRendersBundles("exporterBundles", {
    ...Object.fromEntries(
      Object.keys(exporterCatalogue).map((release) => [release, bundleOf({ release, ...secrets[release] })]),
    ),
    statsd_mapped: bundleOf(
      { release: "statsd_exporter", flags: ["--statsd.listen-tcp="] },
      "mappings: []\n",
    ),
    snmp_own: bundleOf({ release: "snmp_exporter" }, "auths: {}\n"),
    socket: bundleOf({ ...other, systemdSocket: true, flags: [] }),
    other: bundleOf(other, "cache: {}\n"),
    secrets: exporterSecretsBundle(
      "mysqld-exporter",
      { MYSQLD_EXPORTER_PASSWORD: 'a"b\\c$d`e f#g' },
      { "my.cnf": "[client]\nuser = exporter\n" },
    ),
    "redis-software": softwareBundle(
      { name: "redis_exporter", commands: {} },
      exporterPlan({ release: "redis_exporter" }).software,
    ),
  });

  it.for(Object.keys(exporterCatalogue))("let %s have no more than its exposure", (release, context) => {
    const systemdAnalyze = requireTool(context, "systemd-analyze");
    const [unit] = bundleOf({ release, ...secrets[release] }).files ?? [];
    const { output } = inTemporaryDirectory((directory) => {
      // systemd 252 does not see that other settings imply it, unless it has loaded the unit.
      const text = (unit?.content ?? "").replace("[Service]", "[Service]\nPrivateMounts=yes");
      writeFiles(directory, { "exporter.service": text });
      return execute(systemdAnalyze, [
        ...["security", "--offline=yes", "--no-pager", join(directory, "exporter.service")],
      ]);
    });
    expect(readExposure(output)).toBeLessThanOrEqual(exporterExposures[release] ?? 0);
  });

  it("let no exporter listen anywhere but on the overlay", () => {
    for (const release of Object.keys(exporterCatalogue)) {
      const text = (bundleOf({ release }).files ?? []).map(({ content }) => content).join("\n");
      const listeners = [...text.matchAll(/ListenStream=(.*)|--web\.listen-address=(\S*)/g)].map(
        ([, socket, flag]) => socket ?? flag,
      );
      expect(listeners, release).toEqual([`[2001:db8::20]:${exporterCatalogue[release]?.port}`]);
    }
  });
});
