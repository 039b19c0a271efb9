import { gatewayLayout } from "./gatewayLayout";
import { hardening, renderSystemdUnit } from "../host/systemdUnit";

/** The unit of the gateway's own HAProxy; the distribution's haproxy.service is not concerned. */
export function renderGatewayService(): string {
  const { configFile, pidFile, runtimeDirectory, socketDirectory, user } = gatewayLayout;
  const directories = [runtimeDirectory, socketDirectory].map((path) => path.replace("/run/", "")).join(" ");
  return renderSystemdUnit({
    Unit: [
      ["Description", "HAProxy between the Alertmanagers of ha-monitoring"],
      ["Documentation", "man:haproxy(1)"],
      ["Wants", "network-online.target"],
      ["After", "network-online.target"],
      // Docker would make the socket directory itself, as root, when a container that mounts it starts first.
      ["Before", "docker.service"],
      ["StartLimitIntervalSec", "0"],
    ],
    Service: [
      ["Type", "notify"],
      ["User", user],
      ["Group", user],
      ["ExecStartPre", `/usr/sbin/haproxy -c -q -f ${configFile}`],
      ["ExecStart", `/usr/sbin/haproxy -Ws -f ${configFile} -p ${pidFile}`],
      ["ExecReload", `/usr/sbin/haproxy -c -q -f ${configFile}`],
      ["ExecReload", "/bin/kill -USR2 $MAINPID"],
      ["KillMode", "mixed"],
      ["SuccessExitStatus", "143"],
      ["Restart", "always"],
      ["RestartSec", "1"],
      ["TimeoutStopSec", "10"],
      ["RuntimeDirectory", directories],
      ["RuntimeDirectoryMode", "0750"],
      ["RuntimeDirectoryPreserve", "yes"],
      ["LimitNOFILE", "16384"],
      ["TasksMax", "64"],
      ...hardening,
      ["RestrictAddressFamilies", "AF_UNIX AF_INET AF_INET6"],
    ],
    Install: [["WantedBy", "multi-user.target"]],
  });
}
