import { join } from "node:path";
import { expect, describe, it, type TestContext } from "vitest";
import { renderGatewayService } from "../../../templates/gateway/gatewayService";
import { inTemporaryDirectory, writeFiles } from "../../support/files";
import { execute, type Executed } from "../../support/execute";
import { expectGolden, expectGoldensOf } from "../../support/goldens";
import { findTool, requireTool } from "../../support/tools";

const unit = "ha-monitoring-gateway.service";

/** What the real systemd-analyze says of a unit's text. */
function analyze(context: TestContext, text: string, ...analyzeArguments: string[]): Executed {
  const program = requireTool(context, "systemd-analyze");
  requireTool(context, "haproxy");
  return inTemporaryDirectory((directory) => {
    writeFiles(directory, { [unit]: text.replaceAll("/usr/sbin/haproxy", findTool("haproxy") ?? "") });
    return execute(program, [...analyzeArguments, join(directory, unit)]);
  });
}

describe("the gateway's unit", () => {
  it("is the golden's text", () => {
    expectGolden("gatewayService.gateway.service", renderGatewayService());
    expectGoldensOf("gatewayService", ["gatewayService.gateway.service"]);
  });

  it("is taken by the real systemd without a word", (context) => {
    expect(analyze(context, renderGatewayService(), "verify", "--man=no")).toMatchObject({
      status: 0,
      output: "",
    });
  });

  it("is not taken when a setting is misspelt", (context) => {
    const text = renderGatewayService().replace("ProtectSystem=", "ProtectSystems=");
    expect(analyze(context, text, "verify", "--man=no").output).toContain("ProtectSystems");
  });
});
