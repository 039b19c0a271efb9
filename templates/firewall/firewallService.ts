import { firewallLayout } from "./firewallLayout";
import { netlinkHardening, renderSystemdUnit, type UnitSettings } from "../host/systemdUnit";

const { program, runtimeDirectory, unit } = firewallLayout;
const sandbox: UnitSettings = [
  ["RuntimeDirectory", runtimeDirectory.replace("/run/", "")],
  ["RuntimeDirectoryMode", "0700"],
  ...netlinkHardening,
];

/** The unit that loads the confirmed rules at boot, before there is a network. */
export function renderFirewallService(): string {
  return renderSystemdUnit({
    Unit: [
      ["Description", "Firewall of ha-monitoring"],
      ["Documentation", "man:nft(8)"],
      ["DefaultDependencies", "no"],
      ["Wants", "network-pre.target"],
      ["Before", "network-pre.target shutdown.target"],
      ["Conflicts", "shutdown.target"],
      // The distribution's unit begins with `flush ruleset`: what it takes along comes back after it.
      ["After", "local-fs.target nftables.service"],
      ["PartOf", "nftables.service"],
      ["ReloadPropagatedFrom", "nftables.service"],
    ],
    Service: [
      ["Type", "oneshot"],
      ["RemainAfterExit", "yes"],
      ["ExecStart", `${program} load`],
      ["ExecReload", `${program} load`],
      ["ExecStop", `${program} unload`],
      ...sandbox,
    ],
    Install: [["WantedBy", "sysinit.target nftables.service"]],
  });
}

/**
 * The unit that brings the rules back when the distribution's unit was started while ours was active: of everything that may happen to that
 * unit, this is what `PartOf` does not pass on.
 */
export function renderFirewallAfterFlushService(): string {
  return renderSystemdUnit({
    Unit: [
      ["Description", "Firewall of ha-monitoring, back after nftables.service has flushed everything"],
      ["Documentation", "man:nft(8)"],
      ["DefaultDependencies", "no"],
      ["After", `nftables.service ${unit}`],
    ],
    Service: [
      ["Type", "oneshot"],
      ["ExecStart", `${program} restore`],
      ["RuntimeDirectoryPreserve", "yes"],
      ...sandbox,
    ],
    Install: [["WantedBy", "nftables.service"]],
  });
}

/** The unit that the timer of a trial starts. It ends with the firewall's unit, from whose sandbox systemd cannot be reached. */
export function renderFirewallDeadmanService(): string {
  return renderSystemdUnit({
    Unit: [
      ["Description", "Takes back firewall rules of ha-monitoring that nobody confirmed"],
      ["Documentation", "man:nft(8)"],
      ["PartOf", unit],
    ],
    Service: [
      ["Type", "oneshot"],
      ["ExecStart", `${program} load`],
      ["RuntimeDirectoryPreserve", "yes"],
      ...sandbox,
    ],
  });
}
