import { join } from "node:path";
import { describe, expect, it, type TestContext } from "vitest";
import { prometheusLayout as layout } from "../../../templates/prometheus/prometheusLayout";
import {
  renderPrometheusOverlayService,
  renderPrometheusOverlaySocket,
  renderPrometheusService,
} from "../../../templates/prometheus/prometheusService";
import { inTemporaryDirectory, writeFiles } from "../../support/files";
import { execute, type Executed } from "../../support/execute";
import { expectGolden, expectGoldensOf } from "../../support/goldens";
import { requireTool } from "../../support/tools";

const program = "/opt/ha-monitoring/prometheus-3.13.5/prometheus";
const plain = { program, port: 9090, logLevel: "info", memory: "60%" };
const units: Record<string, string> = {
  "prometheusService.plain.service": renderPrometheusService(plain),
  "prometheusService.everything.service": renderPrometheusService({
    ...{ program, port: 9190, retention: { time: "1y", megabytes: 2048 }, logLevel: "debug", memory: "512M" },
    externalUrl: "https://example.com/prometheus?a=%20$b",
  }),
  "prometheusService.overlay.service": renderPrometheusOverlayService(9090),
  "prometheusService.overlay-ipv4.socket": renderPrometheusOverlaySocket("198.51.100.10", 9090, []),
  "prometheusService.overlay-ipv6.socket": renderPrometheusOverlaySocket("2001:db8::10", 9190, [
    "2001:db8::21",
    "2001:db8::20",
  ]),
};

/** What the real systemd-analyze says of a unit, beside those that belong to it. */
function analyze(context: TestContext, golden: string, ...analyzeArguments: string[]): Executed {
  const systemdAnalyze = requireTool(context, "systemd-analyze");
  const socket = golden.endsWith(".socket");
  const overlay = golden.includes("overlay");
  const tested = socket ? layout.overlaySocket : overlay ? layout.overlayUnit : layout.unit;
  return inTemporaryDirectory((directory) => {
    writeFiles(directory, {
      [layout.unit]: units["prometheusService.plain.service"] ?? "",
      [layout.overlayUnit]: units["prometheusService.overlay.service"] ?? "",
      [layout.overlaySocket]: units["prometheusService.overlay-ipv4.socket"] ?? "",
      [tested]: (units[golden] ?? "").replaceAll(program, "/bin/true"),
    });
    return execute(systemdAnalyze, [...analyzeArguments, join(directory, tested)]);
  });
}

describe("the units of Prometheus", () => {
  it.each(Object.entries(units))("%s is the golden's text", (name, text) => {
    expectGolden(name, text);
  });

  it("have a case for each golden", () => {
    expectGoldensOf("prometheusService", Object.keys(units));
  });

  it.for(Object.keys(units))("%s is taken by the real systemd without a word", (name, context) => {
    expect(analyze(context, name, "verify", "--man=no")).toMatchObject({ status: 0, output: "" });
  });

  it("open neither the interface that stops Prometheus nor the one that deletes its data", () => {
    expect(renderPrometheusService(plain)).not.toMatch(/enable-lifecycle|enable-admin-api/);
  });
});
