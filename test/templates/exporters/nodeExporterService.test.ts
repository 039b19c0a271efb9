import { join } from "node:path";
import { describe, expect, it, type TestContext } from "vitest";
import { nodeExporterLayout as layout } from "../../../templates/exporters/nodeExporterLayout";
import {
  renderNodeExporterService,
  renderNodeExporterSocket,
  type NodeExporterService,
} from "../../../templates/exporters/nodeExporterService";
import { inTemporaryDirectory, writeFiles } from "../../support/files";
import { execute, type Executed } from "../../support/execute";
import { readExposure } from "../../support/exposures";
import { expectGolden, expectGoldensOf } from "../../support/goldens";
import { requireTool } from "../../support/tools";

const program = "/opt/ha-monitoring/node_exporter-1.12.1/node_exporter";
const monitors = ["198.51.100.11", "198.51.100.10"];
const ipv4: NodeExporterService = {
  ...{ program, address: "198.51.100.20", port: 9100, monitors, timex: false, flags: [] },
};
const ipv6: NodeExporterService = {
  ...{ program, address: "2001:db8::20", port: 9200, monitors: ["2001:db8::10"], timex: true },
  flags: ["--collector.systemd", "--collector.filesystem.mount-points-exclude=^/(dev|proc|100%)($|/)"],
};
const units: Record<string, string> = {
  "nodeExporterService.ipv4.service": renderNodeExporterService(ipv4),
  "nodeExporterService.ipv4.socket": renderNodeExporterSocket(ipv4),
  "nodeExporterService.ipv6-with-flags.service": renderNodeExporterService(ipv6),
  "nodeExporterService.ipv6.socket": renderNodeExporterSocket(ipv6),
};

/** What the real systemd-analyze says of a unit. */
function analyze(context: TestContext, golden: string, ...analyzeArguments: string[]): Executed {
  const systemdAnalyze = requireTool(context, "systemd-analyze");
  const tested = golden.endsWith(".socket") ? layout.socket : layout.unit;
  return inTemporaryDirectory((directory) => {
    writeFiles(directory, {
      [layout.unit]: renderNodeExporterService({ ...ipv4, program: "/bin/true" }),
      [layout.socket]: renderNodeExporterSocket(ipv4),
      [tested]: (units[golden] ?? "").replaceAll(program, "/bin/true"),
    });
    return execute(systemdAnalyze, [...analyzeArguments, join(directory, tested)]);
  });
}

describe("the unit of node_exporter", () => {
  it.each(Object.entries(units))("%s is the golden's text", (name, text) => {
    expectGolden(name, text);
  });

  it("has a case for each golden", () => {
    expectGoldensOf("nodeExporterService", Object.keys(units));
  });

  it.for(Object.keys(units))("%s is taken by the real systemd without a word", (name, context) => {
    expect(analyze(context, name, "verify", "--man=no")).toMatchObject({ status: 0, output: "" });
  });

  it("is exposed by at most 1.8 in systemd's own measure when it measures the clock", (context) => {
    const golden = "nodeExporterService.ipv6-with-flags.service";
    const { output } = analyze(context, golden, "security", "--offline=yes", "--no-pager");
    expect(readExposure(output)).toBeLessThanOrEqual(1.8);
  });

  it("answers the machine itself and the monitors, in an order that is not that of the input", () => {
    const allowed = Object.values(units).map((text) => /^IPAddressAllow=(.*)$/m.exec(text)?.[1]);
    expect(allowed).toEqual([
      ...Array<string>(2).fill("localhost 198.51.100.20 198.51.100.10 198.51.100.11"),
      ...Array<string>(2).fill("localhost 2001:db8::20 2001:db8::10"),
    ]);
  });
});
