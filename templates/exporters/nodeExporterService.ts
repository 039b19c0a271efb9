import { formatHostPort } from "../../model/addresses";
import { nodeExporterLayout as layout } from "./nodeExporterLayout";
import { hardeningExcept, renderSystemdUnit } from "../host/systemdUnit";

/** What the unit of a node_exporter is made of. */
export interface NodeExporterService {
  /** Path of the program. */
  program: string;
  /** The only address that it listens on. */
  address: string;
  port: number;
  /** Addresses that may ask it, beside the machine's own. */
  monitors: string[];
  /** Whether it may ask the kernel for the state of the clock. */
  timex: boolean;
  /** Further flags, as upstream documents them. */
  flags: string[];
}

// What it reads to measure the host: all of /proc, and the sizes of file systems below /home, /tmp and /var/tmp.
const opened = {
  ProcSubset: "all",
  ProtectProc: "default",
  ProtectHome: "read-only",
  PrivateTmp: undefined,
};

/**
 * The socket of node_exporter. It listens before the address is there, because at boot the overlay comes later, and holds the port while
 * node_exporter is stopped, so that no other user of the host can answer in its place.
 */
export function renderNodeExporterSocket(service: NodeExporterService): string {
  return renderSystemdUnit({
    Unit: [["Description", "node_exporter of ha-monitoring, on the overlay"]],
    Socket: [
      ["ListenStream", formatHostPort(service.address, service.port)],
      ["FreeBind", "yes"],
      ...answered(service),
    ],
    Install: [["WantedBy", "sockets.target"]],
  });
}

/** The unit of node_exporter. */
export function renderNodeExporterService(service: NodeExporterService): string {
  const flags = [
    "--web.systemd-socket",
    ...service.flags.map((flag) => flag.replaceAll("%", "%%").replaceAll("$", "$$$$")),
  ];
  return renderSystemdUnit({
    Unit: [
      ["Description", "node_exporter of ha-monitoring"],
      ["Documentation", "https://github.com/prometheus/node_exporter"],
      ["Requires", layout.socket],
      ["After", `network.target ${layout.socket}`],
      ["StartLimitIntervalSec", "0"],
    ],
    Service: [
      ["Type", "exec"],
      ["User", layout.user],
      ["Group", layout.user],
      ["ExecStart", [service.program, ...flags].join(" ")],
      ["Restart", "always"],
      ["RestartSec", "1"],
      ["TasksMax", "64"],
      ...hardeningExcept({ ...opened, ...(service.timex ? { ProtectClock: "no" } : {}) }),
      // Reading the clock and setting it are one system call; for the latter the capability is missing.
      ...(service.timex ? [["SystemCallFilter", "adjtimex clock_adjtime"] as [string, string]] : []),
      ["PrivateMounts", "yes"],
      ["RestrictAddressFamilies", "AF_UNIX AF_INET AF_INET6 AF_NETLINK"],
      ...answered(service),
    ],
    Install: [["WantedBy", "multi-user.target"]],
  });
}

/** Closed to everybody else also where no firewall is: the process, and the sockets that its socket unit made. */
function answered({ address, monitors }: NodeExporterService): [string, string][] {
  return [
    ["IPAddressDeny", "any"],
    ["IPAddressAllow", ["localhost", address, ...[...monitors].sort()].join(" ")],
  ];
}
