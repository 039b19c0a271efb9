import { formatHostPort } from "../../model/addresses";
import { checkUnits } from "../host/bundleChecks";
import { shellWord, type BundleCommand, type BundleFile, type HostBundle } from "../host/hostBundle";
import { nodeExporterLayout as layout } from "./nodeExporterLayout";
import {
  renderNodeExporterService,
  renderNodeExporterSocket,
  type NodeExporterService,
} from "./nodeExporterService";

type Bundle = Omit<HostBundle, "name" | "host">;

/** Everything of a node_exporter but its program. */
export interface NodeExporterParts extends NodeExporterService {
  /** What its unit needs of the distribution's packages. */
  commands: BundleCommand[];
}

/** node_exporter, listening on the overlay and nowhere else. */
export function nodeExporterBundle({ commands, ...service }: NodeExporterParts): Bundle {
  const { unit, unitFile, socket, socketFile, user } = layout;
  const { address, port } = service;
  const listener = formatHostPort(address, port);
  return {
    commands: [
      { name: "curl", packages: ["curl"] },
      { name: "ip", packages: ["iproute2"] },
      { name: "ss", packages: ["iproute2"] },
      ...commands,
    ],
    users: [user],
    files: [
      unitFileOf(unitFile, renderNodeExporterService(service)),
      unitFileOf(socketFile, renderNodeExporterSocket(service)),
    ],
    checks: [checkUnits([unitFile, socketFile])],
    services: [
      // First: it requires its socket. One that listens itself, of an earlier version, has to stop before the socket can start.
      { unit, restartOn: [unitFile] },
      { unit: socket, restartOn: [socketFile] },
    ],
    probes: [
      { within: 20, run: `ss --no-header --listening --tcp --numeric src "${listener}" | grep -q .` },
      {
        within: 20,
        // It can be asked only once the overlay is up, which is none of its business.
        run: `! ip -oneline address show to ${address} | grep -q . || curl --silent --fail --max-time 5 --output /dev/null ${shellWord(`http://${listener}/metrics`)}`,
      },
    ],
  };
}

function unitFileOf(path: string, content: string): BundleFile {
  return { path, mode: "0644", owner: "root:root", content };
}
