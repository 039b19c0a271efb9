import * as pulumi from "@pulumi/pulumi";
import type { FirewallMode } from "../../model/choices";
import { firewallDefaults, withDefaults } from "../../model/defaults";
import { problemsOf } from "../../model/fields";
import { hostFirewall, overlayInterfaceOf } from "../../model/firewall";
import { firewallBundle, firewallConfirmBundle } from "../../templates/firewall/firewallBundles";
import { renderNftables } from "../../templates/firewall/nftables";
import { applyBundle } from "../host/bundle";
import { after, knownHost } from "../host/knownHost";
import type { Host, InboundRule } from "../shapes";
import { checked, refuse } from "../validation";

/** Arguments of HostFirewall. */
export interface HostFirewallArgs {
  /** The machine. */
  host: pulumi.Input<Host>;
  /** Who may come in: the `inboundRules` of every component on the machine, and one's own. */
  rules: pulumi.Input<pulumi.Input<InboundRule>[]>;
  /** `guard` closes the ports of the rules to everybody but their sources and leaves all others alone; `deny` closes all others, too. Default guard. */
  mode?: FirewallMode;
  /** Port on which sshd itself listens; it stays open to all. Default: the port of the host's connection, which differs where something in between translates ports. */
  sshPort?: number;
  /** Interface of the overlay: on it, and through it, nothing is open but what the rules name. Default: `wg0` if a rule names it, otherwise none. */
  overlayInterface?: string;
  /** Networks and addresses of the overlay, e.g. `fd12:3456:789a:1::/64`: packets of the machine and its containers to them leave by `overlayInterface` only, and are rejected while it is gone. Default: none, so they follow the machine's routes. */
  overlayNetworks?: string[];
  /** Seconds within which a new SSH connection must confirm new rules, or the old ones come back: 5 to 120. Default 30. */
  confirmWithinSeconds?: number;
}

/**
 * What may come into a machine: one nftables table of our own, which touches no other. New rules are on trial until a new SSH connection
 * has confirmed them, so that a mistake locks nobody out.
 */
export class HostFirewall extends pulumi.ComponentResource {
  /** The rules as nft reads them. */
  public readonly ruleset: pulumi.Output<string>;

  constructor(name: string, args: HostFirewallArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ha-monitoring:index:HostFirewall", name, {}, opts);
    refuse(this, problemsOf(hostFirewall, args));
    const { mode, confirmWithinSeconds, overlayInterface, overlayNetworks } = withDefaults(
      firewallDefaults,
      args,
    );
    const known = checked(this, hostFirewall, {
      rules: args.rules,
      sshPort: args.sshPort ?? knownHost(args.host).port,
      overlayInterface,
    });

    const ruleset = known.apply(({ rules, sshPort }) =>
      renderNftables({
        ...{ mode, rules, sshPort, overlayNetworks },
        overlayInterface: overlayInterfaceOf(overlayInterface, rules),
      }),
    );
    const trial = applyBundle(
      `${name}-rules`,
      args.host,
      "firewall",
      ruleset.apply((text) => firewallBundle(text, confirmWithinSeconds)),
      { parent: this },
    );
    // A command of its own, because each has an SSH connection of its own.
    const confirmation = applyBundle(
      `${name}-confirm`,
      args.host,
      "firewall-confirm",
      ruleset.apply((text) => firewallConfirmBundle(text, confirmWithinSeconds)),
      { parent: this, dependsOn: trial.command },
    );

    // Everything that uses the rules waits until they are confirmed.
    this.ruleset = after(confirmation.command, ruleset);
    this.registerOutputs({ ruleset: this.ruleset });
  }
}
