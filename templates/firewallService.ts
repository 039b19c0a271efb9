import { firewallLayout } from "./firewallLayout";
import { renderSystemdUnit } from "./systemdUnit";

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
    Install: [["WantedBy", "sysinit.target"]],
  });
}
