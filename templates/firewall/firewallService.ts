import { firewallLayout } from "./firewallLayout";
import { renderSystemdUnit } from "../host/systemdUnit";

/** The unit that loads the confirmed rules at boot, before there is a network. */
export function renderFirewallService(): string {
  const { program } = firewallLayout;
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
      ["ProtectSystem", "full"],
      ["ProtectHome", "yes"],
    ],
    Install: [["WantedBy", "sysinit.target nftables.service"]],
  });
}

/**
 * The unit that brings the rules back when the distribution's unit was started while ours was active: of everything that may happen to that
 * unit, this is what `PartOf` does not pass on.
 */
export function renderFirewallAfterFlushService(): string {
  const { program, unit } = firewallLayout;
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
      ["ProtectSystem", "full"],
      ["ProtectHome", "yes"],
    ],
    Install: [["WantedBy", "nftables.service"]],
  });
}
