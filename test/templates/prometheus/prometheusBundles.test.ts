import { describe, expect, it } from "vitest";
import { prometheusBundle, prometheusTargetsBundle } from "../../../templates/prometheus/prometheusBundles";
import { packagedCommands, releasedPrograms } from "../../../templates/host/releaseBundles";
import { itRendersBundles } from "../../support/bundleChecks";

const program = "/opt/ha-monitoring/prometheus-3.13.5";
const service = { program: `${program}/prometheus`, port: 9090, logLevel: "info", memory: "60%" };
const parts = {
  yml: "global: {}\n",
  rules: {},
  service,
  commands: [],
  promtool: `${program}/promtool`,
  readyWithin: 120,
};
const stack = {
  ...parts,
  rules: { "groups.yml": "groups: []\n", "own.yml": "groups: []\n" },
  overlay: { address: "198.51.100.10", readers: ["198.51.100.30"] },
};

describe("the bundles of Prometheus", () => {
  itRendersBundles("prometheusBundles", {
    loopback: prometheusBundle(parts),
    stack: prometheusBundle(stack),
    targets: prometheusTargetsBundle(
      { node: [{ name: "target-a", address: "198.51.100.20", port: 9100 }], own: [] },
      9090,
    ),
    "no-targets": prometheusTargetsBundle({}, 9190),
  });

  it("reload for a changed configuration or rule, and restart for the unit only", () => {
    const [prometheus] = prometheusBundle(stack).services ?? [];
    expect(prometheus).toEqual({
      unit: "ha-monitoring-prometheus.service",
      restartOn: ["/etc/systemd/system/ha-monitoring-prometheus.service"],
      reloadOn: [
        "/etc/ha-monitoring/prometheus/prometheus.yml",
        "/etc/ha-monitoring/prometheus/rules/groups.yml",
        "/etc/ha-monitoring/prometheus/rules/own.yml",
      ],
    });
  });

  it("hold on to the distribution's packages as long as the unit runs their program", () => {
    const commands = packagedCommands(releasedPrograms.prometheus, { source: "apt" });
    const names = prometheusBundle({ ...parts, commands }).commands?.map(({ name }) => name);
    expect(names).toEqual(["curl", "prometheus", "promtool"]);
  });

  it("do nothing for new targets but to write them: Prometheus finds them itself", () => {
    const bundle = prometheusTargetsBundle({ node: [] }, 9090);
    expect(Object.keys(bundle).sort()).toEqual(["files", "probes"]);
  });
});
