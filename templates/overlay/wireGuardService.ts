import {
  hardeningExcept,
  netlinkHardening,
  networkAdministration,
  renderSystemdUnit,
  type UnitSettings,
} from "../host/systemdUnit";
import { wireGuardLayout } from "./wireGuardLayout";

const { program } = wireGuardLayout;
const documentation: [string, string] = ["Documentation", "man:wg(8)"];

// Requests to wireguard-go and to systemd, what names lead to, and the interface; what `wireguard up` was given is noted in /run.
const talking: UnitSettings = [
  ["RestrictAddressFamilies", "AF_UNIX AF_INET AF_INET6 AF_NETLINK"],
  ["ReadWritePaths", "/run"],
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
      ...netlinkHardening,
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
      // Where the kernel has no WireGuard, wireguard-go runs in this unit. CAP_NET_BIND_SERVICE is for a listenPort below 1024.
      ...hardeningExcept({
        ...networkAdministration,
        CapabilityBoundingSet: "CAP_NET_ADMIN CAP_NET_BIND_SERVICE",
        ProcSubset: undefined,
      }),
      ["BindPaths", "-/dev/net/tun"],
      ["DeviceAllow", "/dev/net/tun rw"],
      ...talking,
      // A host may have switched IPv6 off for new interfaces; it is switched on for ours.
      ["ReadWritePaths", "-/proc/sys/net/ipv6/conf"],
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
      ...hardeningExcept(networkAdministration),
      ...talking,
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
