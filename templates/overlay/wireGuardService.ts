import { renderSystemdUnit } from "../host/systemdUnit";
import { wireGuardLayout } from "./wireGuardLayout";

const { program } = wireGuardLayout;
const documentation: [string, string] = ["Documentation", "man:wg(8)"];

// All that a root process with nothing but the network to manage does not need. Where the kernel has no WireGuard, wireguard-go runs in this unit.
const confinement: [setting: string, value: string][] = [
  // The second one for a listenPort below 1024.
  ["CapabilityBoundingSet", "CAP_NET_ADMIN CAP_NET_BIND_SERVICE"],
  ["NoNewPrivileges", "yes"],
  ["UMask", "0077"],
  ["ProtectSystem", "full"],
  ["ProtectHome", "yes"],
  ["ProtectClock", "yes"],
  ["ProtectControlGroups", "yes"],
  ["ProtectHostname", "yes"],
  ["ProtectKernelLogs", "yes"],
  ["PrivateTmp", "yes"],
  ["DevicePolicy", "closed"],
  ["DeviceAllow", "/dev/net/tun rw"],
  ["LockPersonality", "yes"],
  ["MemoryDenyWriteExecute", "yes"],
  ["RestrictNamespaces", "yes"],
  ["RestrictRealtime", "yes"],
  ["RestrictSUIDSGID", "yes"],
  ["RestrictAddressFamilies", "AF_UNIX AF_INET AF_INET6 AF_NETLINK"],
  ["SystemCallArchitectures", "native"],
];

/**
 * The unit that makes the unreachable routes at boot, before there is a network: from then on packets to the overlay leave by its interface
 * or not at all. Nothing takes them back when it stops; the removal of the bundle does.
 */
export function renderWireGuardRoutesService(interfaceName: string): string {
  return renderSystemdUnit({
    Unit: [
      ["Description", "Routes that keep the overlay of ha-monitoring from leaving by other interfaces"],
      documentation,
      ["DefaultDependencies", "no"],
      ["Wants", "network-pre.target"],
      ["Before", "network-pre.target shutdown.target"],
      ["Conflicts", "shutdown.target"],
      ["After", "local-fs.target"],
    ],
    Service: [
      ["Type", "oneshot"],
      ["RemainAfterExit", "yes"],
      ["ExecStart", `/bin/sh ${program} close ${interfaceName}`],
      // A /tmp of its own would have to wait for systemd-tmpfiles.
      ...confinement.filter(([setting]) => setting !== "PrivateTmp"),
    ],
    Install: [["WantedBy", "sysinit.target"]],
  });
}

/** The unit that brings the interface up at boot, and takes it down. */
export function renderWireGuardService(interfaceName: string): string {
  const up = `/bin/sh ${program} up ${interfaceName}`;
  return renderSystemdUnit({
    Unit: [["Description", "WireGuard overlay of ha-monitoring"], documentation, ["After", "network.target"]],
    Service: [
      ["Type", "oneshot"],
      ["RemainAfterExit", "yes"],
      ["ExecStart", up],
      ["ExecReload", up],
      // Also after a start that failed half way.
      ["ExecStopPost", `/bin/sh ${program} down`],
      ...confinement,
    ],
    Install: [["WantedBy", "multi-user.target"]],
  });
}

/** The unit that the timer starts: the interface that has gone comes back, silent peers are looked for. */
export function renderWireGuardWatchService(interfaceName: string): string {
  return renderSystemdUnit({
    Unit: [
      ["Description", "Watch over the WireGuard overlay of ha-monitoring"],
      documentation,
      // A look that goes on when the timer is stopped would bring back the interface that is being removed.
      ["PartOf", wireGuardLayout.timer],
    ],
    Service: [
      ["Type", "oneshot"],
      ["ExecStart", `/bin/sh ${program} watch ${interfaceName}`],
      // The journal gets what the program says, not two lines each time it has nothing to say.
      ["SyslogLevel", "notice"],
      ["LogLevelMax", "notice"],
      ...confinement,
    ],
  });
}

/** Half a minute between two looks. */
export function renderWireGuardWatchTimer(): string {
  return renderSystemdUnit({
    Unit: [["Description", "Timer of the watch over the WireGuard overlay of ha-monitoring"], documentation],
    Timer: [
      ["OnActiveSec", "10"],
      ["OnUnitInactiveSec", "30"],
      ["AccuracySec", "1"],
    ],
    Install: [["WantedBy", "timers.target"]],
  });
}
