import { createHash } from "node:crypto";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { firewallBundle, firewallConfirmBundle } from "../../templates/firewallBundles";
import { firewallLayout } from "../../templates/firewallLayout";
import { renderFirewallService } from "../../templates/firewallService";
import { readProgram } from "../../templates/programs";
import { itRendersBundles } from "../support/bundleChecks";
import { inTemporaryDirectory, writeFiles } from "../support/files";
import { execute } from "../support/execute";
import { expectGolden, expectGoldensOf } from "../support/goldens";
import { requireTool } from "../support/tools";

const rules = "table inet ha_monitoring\ndelete table inet ha_monitoring\n";

describe("the firewall's bundles", () => {
  itRendersBundles("firewallBundles", {
    rules: firewallBundle(rules, 30),
    confirm: firewallConfirmBundle(rules, 30),
  });

  it("confirm the very bytes that are put on the machine", () => {
    const content = firewallBundle(rules, 30).files?.find(
      ({ path }) => path === firewallLayout.rulesFile,
    )?.content;
    const checksum = createHash("sha256").update(String(content)).digest("hex");
    expect(firewallConfirmBundle(rules, 30).checks?.[0]).toContain(` ${checksum} `);
  });

  it("agree with the program about its paths and its table", () => {
    const program = readProgram("firewall.sh");
    expect(program).toContain(`\ntable='${firewallLayout.table}'\n`);
    expect(program).toContain(`\nwanted=${firewallLayout.rulesFile}\n`);
    expect(program).toContain(`\nconfirmed=${firewallLayout.directory}/`);
  });
});

describe("the firewall's unit", () => {
  it("is the golden's text", () => {
    expectGolden("firewallService.firewall.service", renderFirewallService());
    expectGoldensOf("firewallService", ["firewallService.firewall.service"]);
  });

  it("is taken by the real systemd without a word", (context) => {
    const program = requireTool(context, "systemd-analyze");
    inTemporaryDirectory((directory) => {
      // The program is on the machine, not here.
      const text = renderFirewallService().replaceAll(firewallLayout.program, "/bin/true");
      writeFiles(directory, { [firewallLayout.unit]: text });
      expect(execute(program, ["verify", "--man=no", join(directory, firewallLayout.unit)])).toMatchObject({
        status: 0,
        output: "",
      });
    });
  });
});
