import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { alertmanagerLayout } from "../../../templates/alertmanager/alertmanagerLayout";
import { renderAlertmanagerWatchService } from "../../../templates/alertmanager/alertmanagerService";
import { nodeExporterLayout } from "../../../templates/exporters/nodeExporterLayout";
import { renderNodeExporterService } from "../../../templates/exporters/nodeExporterService";
import { firewallLayout } from "../../../templates/firewall/firewallLayout";
import {
  renderFirewallAfterFlushService,
  renderFirewallDeadmanService,
  renderFirewallService,
} from "../../../templates/firewall/firewallService";
import { gatewayLayout } from "../../../templates/gateway/gatewayLayout";
import { renderGatewayService } from "../../../templates/gateway/gatewayService";
import { wireGuardLayout } from "../../../templates/overlay/wireGuardLayout";
import {
  renderWireGuardRoutesService,
  renderWireGuardService,
  renderWireGuardWatchService,
} from "../../../templates/overlay/wireGuardService";
import { prometheusLayout } from "../../../templates/prometheus/prometheusLayout";
import {
  renderPrometheusOverlayService,
  renderPrometheusService,
} from "../../../templates/prometheus/prometheusService";
import { execute } from "../../support/execute";
import { exposures, readExposure } from "../../support/exposures";
import { inTemporaryDirectory, writeFiles } from "../../support/files";
import { requireTool } from "../../support/tools";

const nodeExporter = {
  ...{ program: "/usr/bin/prometheus-node-exporter", address: "2001:db8::20", port: 9100 },
  ...{ monitors: ["2001:db8::10"], timex: false, flags: [] },
};
const services: Record<string, string> = {
  [alertmanagerLayout.watchUnit]: renderAlertmanagerWatchService(),
  [firewallLayout.unit]: renderFirewallService(),
  [firewallLayout.afterFlushUnit]: renderFirewallAfterFlushService(),
  [firewallLayout.deadmanUnit]: renderFirewallDeadmanService(),
  [gatewayLayout.unit]: renderGatewayService(),
  [nodeExporterLayout.unit]: renderNodeExporterService(nodeExporter),
  [prometheusLayout.unit]: renderPrometheusService({
    ...{ program: "/usr/bin/prometheus", port: 9090, logLevel: "info", memory: "60%" },
  }),
  [prometheusLayout.overlayUnit]: renderPrometheusOverlayService(9090),
  [wireGuardLayout.unit]: renderWireGuardService("wg0"),
  [wireGuardLayout.routesUnit]: renderWireGuardRoutesService("wg0"),
  [wireGuardLayout.watchUnit]: renderWireGuardWatchService("wg0"),
};

describe("the exposure of a service, in systemd's own measure,", () => {
  it("has a maximum for each service, and no other", () => {
    expect(Object.keys(exposures).sort()).toEqual(Object.keys(services).sort());
  });

  it.for(Object.entries(services))("of %s is not above its maximum", ([unit, text], context) => {
    const systemdAnalyze = requireTool(context, "systemd-analyze");
    const { output } = inTemporaryDirectory((directory) => {
      // systemd 252 does not see that other settings imply it, unless it has loaded the unit.
      writeFiles(directory, { [unit]: text.replace("[Service]", "[Service]\nPrivateMounts=yes") });
      return execute(systemdAnalyze, ["security", "--offline=yes", "--no-pager", join(directory, unit)]);
    });
    expect(readExposure(output)).toBeLessThanOrEqual(exposures[unit] ?? 0);
  });
});
