import { createHash } from "node:crypto";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { firewallBundle, firewallConfirmBundle } from "../../../templates/firewall/firewallBundles";
import { firewallLayout as layout } from "../../../templates/firewall/firewallLayout";
import {
  renderFirewallAfterFlushService,
  renderFirewallDeadmanService,
  renderFirewallService,
} from "../../../templates/firewall/firewallService";
import { readProgram } from "../../../templates/host/programs";
import { itRendersBundles } from "../../support/bundleChecks";
import { inTemporaryDirectory, writeFiles } from "../../support/files";
import { execute } from "../../support/execute";
import { expectGolden, expectGoldensOf } from "../../support/goldens";
import { requireTool } from "../../support/tools";

const rules = "table inet ha_monitoring\ndelete table inet ha_monitoring\n";

describe("the firewall's bundles", () => {
  itRendersBundles("firewallBundles", {
    rules: firewallBundle(rules, 30),
    confirm: firewallConfirmBundle(rules, 30),
  });

  it("confirm the very bytes that are put on the machine", () => {
    const content = firewallBundle(rules, 30).files?.find(({ path }) => path === layout.rulesFile)?.content;
    const checksum = createHash("sha256").update(String(content)).digest("hex");
    expect(firewallConfirmBundle(rules, 30).checks?.[0]).toContain(` ${checksum} `);
  });

  it("agree with the program about its paths and its table", () => {
    const program = readProgram("firewall.sh");
    expect(program).toContain(`\ntable='${layout.table}'\n`);
    expect(program).toContain(`\nwanted=${layout.rulesFile}\n`);
    expect(program).toContain(`\nconfirmed=${layout.directory}/`);
    expect(program).toContain(`\ntrial=${layout.runtimeDirectory}/`);
    expect(program).toContain(`\nunit=${layout.unit}\n`);
    expect(program).toContain(`\ndeadman=${layout.deadmanUnit.replace(".service", "")}\n`);
  });
});

describe("the firewall's units", () => {
  const units = {
    [layout.unit]: renderFirewallService(),
    [layout.afterFlushUnit]: renderFirewallAfterFlushService(),
    [layout.deadmanUnit]: renderFirewallDeadmanService(),
  };

  it("are the goldens' text", () => {
    const goldenOf = (unit: string) => `firewallService.${unit.replace("ha-monitoring-", "")}`;
    for (const [unit, text] of Object.entries(units)) expectGolden(goldenOf(unit), text);
    expectGoldensOf("firewallService", Object.keys(units).map(goldenOf));
  });

  it("are taken by the real systemd without a word", (context) => {
    const program = requireTool(context, "systemd-analyze");
    inTemporaryDirectory((directory) => {
      // The program is on the machine, not here.
      const texts = Object.entries(units).map(([unit, text]) => [
        unit,
        text.replaceAll(layout.program, "/bin/true"),
      ]);
      writeFiles(directory, Object.fromEntries(texts) as Record<string, string>);
      const files = Object.keys(units).map((unit) => join(directory, unit));
      expect(execute(program, ["verify", "--man=no", ...files])).toMatchObject({ status: 0, output: "" });
    });
  });
});
