import { formatHostPort } from "../../model/addresses";
import { sizeOf, type PrometheusRetention } from "./prometheusYml";
import { prometheusLayout as layout } from "./prometheusLayout";
import { hardening, hardeningExcept, renderSystemdUnit } from "../host/systemdUnit";

/** What the unit of a Prometheus is made of. */
export interface PrometheusService {
  /** Path of the program. */
  program: string;
  /** Port on 127.0.0.1. */
  port: number;
  /** How long samples are kept, unless the configuration file says it. */
  retention?: PrometheusRetention;
  /** URL under which people reach it; it stands in alerts. */
  externalUrl?: string;
  logLevel: string;
  /** The most memory that it gets, as systemd reads it: `60%` or `512M`. */
  memory: string;
}

/** The unit of Prometheus. It listens on loopback only, whatever its version. */
export function renderPrometheusService(service: PrometheusService): string {
  const flags: Record<string, string | undefined> = {
    "config.file": layout.configFile,
    "storage.tsdb.path": layout.data,
    "storage.tsdb.retention.time": service.retention?.time,
    "storage.tsdb.retention.size": service.retention && sizeOf(service.retention),
    "web.listen-address": `127.0.0.1:${service.port}`,
    // The origin of no web page is this word. By default, pages of every origin may read all metrics.
    "web.cors.origin": "none",
    "web.external-url": service.externalUrl,
    // Without it, the path of the external URL would move every page.
    "web.route-prefix": service.externalUrl && "/",
    "log.level": service.logLevel,
  };
  const words = Object.entries(flags).flatMap(([name, value]) =>
    value === undefined ? [] : [unitWord(`--${name}=${value}`)],
  );
  return renderSystemdUnit({
    Unit: [
      ["Description", "Prometheus of ha-monitoring"],
      ["Documentation", "https://prometheus.io/docs/"],
      ["Wants", "network-online.target"],
      ["After", "network-online.target"],
      ["StartLimitIntervalSec", "0"],
    ],
    Service: [
      ["Type", "exec"],
      ["User", layout.user],
      ["Group", layout.user],
      ["ExecStart", [service.program, ...words].join(" ")],
      ["ExecReload", `/bin/sh ${layout.reloadProgram} $MAINPID http://127.0.0.1:${service.port}`],
      ["Restart", "always"],
      ["RestartSec", "1"],
      // Blocks are written to disk in order.
      ["TimeoutStopSec", "120"],
      ["StateDirectory", layout.data.replace("/var/lib/", "")],
      ["StateDirectoryMode", "0750"],
      ["LimitNOFILE", "65536"],
      ["MemoryMax", service.memory],
      // The kernel kills Prometheus before Alertmanager, HAProxy and sshd, which have 0 or less: they deliver what the other monitors find.
      ["OOMScoreAdjust", "500"],
      // Beside processes it reads the machine's memory, for its own limit, and the time of its start.
      ...hardeningExcept({ ProcSubset: "all" }),
      ["PrivateMounts", "yes"],
      ["RestrictAddressFamilies", "AF_UNIX AF_INET AF_INET6"],
    ],
    Install: [["WantedBy", "multi-user.target"]],
  });
}

/** The socket on the overlay; it can listen before the address is there. Nobody but the readers and the machine itself gets an answer. */
export function renderPrometheusOverlaySocket(address: string, port: number, readers: string[]): string {
  return renderSystemdUnit({
    Unit: [["Description", "Prometheus of ha-monitoring, on the overlay"]],
    Socket: [
      ["ListenStream", formatHostPort(address, port)],
      ["FreeBind", "yes"],
      ["IPAddressDeny", "any"],
      ["IPAddressAllow", [address, ...[...readers].sort()].join(" ")],
    ],
    Install: [["WantedBy", "sockets.target"]],
  });
}

/** What leads from that socket to Prometheus. Before version 3.0 Prometheus cannot listen on two addresses itself. */
export function renderPrometheusOverlayService(port: number): string {
  return renderSystemdUnit({
    Unit: [
      ["Description", "The way from the overlay to the Prometheus of ha-monitoring"],
      ["Documentation", "man:systemd-socket-proxyd(8)"],
      ["Requires", layout.overlaySocket],
      ["After", layout.overlaySocket],
    ],
    Service: [
      // Before systemd 253 it does not say that it is ready; its socket is, before it is started.
      ["Type", "exec"],
      ["User", layout.user],
      ["Group", layout.user],
      ["ExecStart", `/usr/lib/systemd/systemd-socket-proxyd --connections-max=512 127.0.0.1:${port}`],
      ["Restart", "on-failure"],
      ["LimitNOFILE", "4096"],
      ["TasksMax", "64"],
      ...hardening,
      ["PrivateMounts", "yes"],
      ["RestrictAddressFamilies", "AF_UNIX AF_INET"],
      ["IPAddressDeny", "any"],
      ["IPAddressAllow", "localhost"],
    ],
  });
}

// systemd splits at blanks, and expands % and $.
function unitWord(text: string): string {
  const escaped = text.replaceAll("%", "%%").replaceAll("$", "$$$$");
  return /[\s"'\\]/.test(escaped) ? `"${escaped.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"` : escaped;
}
