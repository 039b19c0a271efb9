import { formatHostPort } from "../../model/addresses";
import { hardeningExcept, renderSystemdUnit, type UnitSettings } from "../host/systemdUnit";
import { exporterLayout } from "./exporterLayout";

/** What the unit of an exporter is made of. */
export interface ExporterService {
  /** Name with hyphens. */
  name: string;
  /** Name of its program, for people. */
  title: string;
  /** Where its documentation is. */
  documentation: string;
  user: string;
  /** Path of the program. */
  program: string;
  /** The only address that it listens on. */
  address: string;
  port: number;
  /** Addresses that may ask it, beside the machine's own. */
  monitors: string[];
  /** Whether it takes its socket from systemd. */
  systemdSocket: boolean;
  /** Flags, as they are on the command line. */
  flags: string[];
  /** Whether there are variables in a secret file, and the names of secret files. */
  secrets: { environment: boolean; files: string[] };
  /** Settings that differ from the hardening of all services; undefined leaves one out. */
  opened: Record<string, string | undefined>;
  /** Addresses and networks that it may talk to beside its own machine and the monitors; undefined: all. */
  reaches?: string[];
  /** Whether it reads its configuration again at SIGHUP. */
  reloads: boolean;
  /** Whether it keeps data below /var/lib. */
  keepsState: boolean;
}

/** The socket of an exporter. It listens before the address is there, and holds the port while the exporter is stopped. */
export function renderExporterSocket(service: ExporterService): string {
  const { title, address, port } = service;
  return renderSystemdUnit({
    Unit: [["Description", `${title} of ha-monitoring, on the overlay`]],
    Socket: [["ListenStream", formatHostPort(address, port)], ["FreeBind", "yes"], ...answered(service)],
    Install: [["WantedBy", "sockets.target"]],
  });
}

/** The unit of an exporter. */
export function renderExporterService(service: ExporterService): string {
  const { name, title, documentation, user, systemdSocket, reloads, reaches } = service;
  const { socket } = exporterLayout(name);
  return renderSystemdUnit({
    Unit: [
      ["Description", `${title} of ha-monitoring`],
      ["Documentation", documentation],
      ...(systemdSocket ? [["Requires", socket] as [string, string]] : []),
      ["After", ["network.target", ...(systemdSocket ? [socket] : [])].join(" ")],
      ["StartLimitIntervalSec", "0"],
    ],
    Service: [
      ["Type", "exec"],
      ["User", user],
      ["Group", user],
      ...secretsOf(service),
      ["ExecStart", commandLine(service)],
      // A shell has its own kill; the program of that name is not on every machine.
      ...(reloads ? [["ExecReload", `/bin/sh -c "kill -s HUP $MAINPID"`] as [string, string]] : []),
      ["Restart", "always"],
      ["RestartSec", "1"],
      ["TasksMax", "128"],
      ...stateOf(service),
      ...hardeningExcept(service.opened),
      ["PrivateMounts", "yes"],
      [
        "RestrictAddressFamilies",
        // What waits for the address asks the kernel for it.
        ["AF_UNIX AF_INET AF_INET6", ...(systemdSocket ? [] : ["AF_NETLINK"])].join(" "),
      ],
      ...(reaches === undefined ? [] : answered(service, reaches)),
    ],
    Install: [["WantedBy", "multi-user.target"]],
  });
}

function commandLine(service: ExporterService): string {
  const { name, program, address, port, systemdSocket, flags } = service;
  const words = systemdSocket
    ? [program, "--web.systemd-socket"]
    : ["/bin/sh", exporterLayout(name).onOverlayProgram, address, program].concat(
        `--web.listen-address=${formatHostPort(address, port)}`,
      );
  return [...words, ...flags.map((flag) => flag.replaceAll("%", "%%").replaceAll("$", "$$$$"))].join(" ");
}

function secretsOf({ name, secrets }: ExporterService): UnitSettings {
  const { environmentFile, secretsDirectory } = exporterLayout(name);
  return [
    ...(secrets.environment ? [["EnvironmentFile", environmentFile] as [string, string]] : []),
    ...[...secrets.files]
      .sort()
      .map((file): [string, string] => ["LoadCredential", `${file}:${secretsDirectory}/${file}`]),
  ];
}

function stateOf({ name, keepsState }: ExporterService): UnitSettings {
  if (!keepsState) return [];
  return [
    ["StateDirectory", exporterLayout(name).stateDirectory.replace("/var/lib/", "")],
    ["StateDirectoryMode", "0750"],
  ];
}

/** Closed to everybody else also where no firewall is. A filter of the process has what it asks, too, since it counts for both ways. */
function answered({ address, monitors }: ExporterService, others: string[] = []): UnitSettings {
  const allowed = [...new Set([...monitors, ...others])].sort();
  return [
    ["IPAddressDeny", "any"],
    ["IPAddressAllow", ["localhost", address, ...allowed].join(" ")],
  ];
}
