import { describe, expect, it } from "vitest";
import { nodeExporterBundle } from "../../../templates/exporters/nodeExporterBundles";
import { packagedCommands, releasedPrograms } from "../../../templates/host/releaseBundles";
import { itRendersBundles } from "../../support/bundleChecks";

const program = "/opt/ha-monitoring/node_exporter-1.12.1/node_exporter";
const common = { program, port: 9100, timex: false, flags: [], commands: [] };

describe("the bundles of node_exporter", () => {
  itRendersBundles("nodeExporterBundles", {
    ipv4: nodeExporterBundle({ ...common, address: "198.51.100.20", monitors: ["198.51.100.10"] }),
    ipv6: nodeExporterBundle({ ...common, address: "2001:db8::20", monitors: ["2001:db8::10"] }),
  });

  it("hold on to the distribution's package as long as the unit runs its program", () => {
    const service = { ...common, address: "198.51.100.20", monitors: [] };
    const commands = packagedCommands(releasedPrograms.nodeExporter, { source: "apt" });
    expect(nodeExporterBundle({ ...service, commands }).commands).toEqual(expect.arrayContaining(commands));
    expect(commands).toHaveLength(1);
  });
});
