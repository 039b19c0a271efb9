import { describe } from "vitest";
import { nodeExporterBundle, nonlocalBindBundle } from "../../templates/nodeExporterBundles";
import { itRendersBundles } from "../support/bundleChecks";

const program = "/opt/ha-monitoring/node_exporter-1.9.1/node_exporter";
const common = { program, port: 9100, timex: false, flags: [] };

describe("the bundles of node_exporter", () => {
  itRendersBundles("nodeExporterBundles", {
    "nonlocal-bind": nonlocalBindBundle(),
    ipv4: nodeExporterBundle({ ...common, address: "198.51.100.20", monitors: ["198.51.100.10"] }),
    ipv6: nodeExporterBundle({ ...common, address: "2001:db8::20", monitors: ["2001:db8::10"] }),
  });
});
