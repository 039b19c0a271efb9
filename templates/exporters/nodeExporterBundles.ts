import { formatHostPort } from "../../model/addresses";
import { shellWord, type BundleCommand, type HostBundle } from "../host/hostBundle";
import { marker } from "../host/marker";
import { nodeExporterLayout as layout } from "./nodeExporterLayout";
import { renderNodeExporterService, type NodeExporterService } from "./nodeExporterService";
import { programDirectories, readProgram } from "../host/programs";

type Bundle = Omit<HostBundle, "name" | "host">;

const root = { owner: "root:root" };

/** Lets services listen on an address that is not there yet: at boot, the overlay comes after them. */
export function nonlocalBindBundle(): Bundle {
  const { sysctlFile, sysctlProgram, sysctlState } = layout;
  const before = `${sysctlState}/before.conf`;
  return {
    directories: [...programDirectories, { path: sysctlState, mode: "0755", ...root, state: true }],
    files: [
      {
        ...{ path: sysctlFile, mode: "0644", ...root },
        content: [
          marker,
          "net.ipv4.ip_nonlocal_bind = 1",
          "# Absent where IPv6 is switched off.",
          "-net.ipv6.ip_nonlocal_bind = 1",
        ].join("\n"),
      },
      { path: sysctlProgram, mode: "0755", ...root, content: readProgram("nonlocal-bind.sh") },
    ],
    onChange: [`${sysctlProgram} set ${sysctlFile} ${before}`],
    probes: [{ within: 5, run: "grep -qx 1 /proc/sys/net/ipv4/ip_nonlocal_bind" }],
    cleanups: [`${sysctlProgram} restore ${before}`],
  };
}

/** Everything of a node_exporter but its program. */
export interface NodeExporterParts extends NodeExporterService {
  /** What its unit needs of the distribution's packages. */
  commands: BundleCommand[];
}

/** node_exporter, listening on the overlay and nowhere else. */
export function nodeExporterBundle({ commands, ...service }: NodeExporterParts): Bundle {
  const { unit, unitFile, user } = layout;
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
      {
        ...{ path: unitFile, mode: "0644", owner: "root:root" },
        content: renderNodeExporterService(service),
      },
    ],
    checks: [`systemd-analyze verify --man=no "$(staged ${unitFile})"`],
    services: [{ unit, restartOn: [unitFile] }],
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
