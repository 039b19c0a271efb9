import * as digitalocean from "@pulumi/digitalocean";
import * as pulumi from "@pulumi/pulumi";
import { overlayDefaults, sshDefaults, withDefaults } from "../../model/defaults";
import { problemsOf } from "../../model/fields";
import { dropletFirewall } from "../../model/firewall";
import { cloudInboundRules, cloudOutboundRules } from "../../templates/firewall/cloudFirewall";
import type { InboundRule } from "../shapes";
import { checked, refuse } from "../validation";

/** Arguments of DropletFirewall. */
export interface DropletFirewallArgs {
  /** Ids of the droplets that it stands before. */
  dropletIds: pulumi.Input<pulumi.Input<number>[]>;
  /** Who may come in: the list that HostFirewall is given. */
  rules: pulumi.Input<pulumi.Input<InboundRule>[]>;
  /** Port on which sshd listens; it stays open to all. Default 22. */
  sshPort?: number;
  /** Interface of the overlay; rules for it are the host's own affair. Default `wg0`. */
  overlayInterface?: string;
}

/**
 * What DigitalOcean lets through to droplets: the same as a HostFirewall in the mode `deny`, from the same rules, before packets reach the
 * machine. It closes everything else.
 */
export class DropletFirewall extends pulumi.ComponentResource {
  /** Id of the firewall at DigitalOcean. */
  public readonly firewallId: pulumi.Output<string>;

  constructor(name: string, args: DropletFirewallArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ha-monitoring:index:DropletFirewall", name, {}, opts);
    refuse(this, problemsOf(dropletFirewall, args));
    const { sshPort, overlayInterface } = withDefaults(
      { sshPort: sshDefaults.port, overlayInterface: overlayDefaults.interfaceName },
      args,
    );
    const rules = checked(this, dropletFirewall, { rules: args.rules, sshPort, overlayInterface }).apply(
      (known) => known.rules,
    );
    const firewall = new digitalocean.Firewall(
      name,
      {
        dropletIds: args.dropletIds,
        inboundRules: rules.apply((known) =>
          cloudInboundRules(known, sshPort, overlayInterface).map(({ addresses, ...rule }) => ({
            ...rule,
            sourceAddresses: addresses,
          })),
        ),
        outboundRules: cloudOutboundRules.map(({ addresses, ...rule }) => ({
          ...rule,
          destinationAddresses: addresses,
        })),
      },
      { parent: this },
    );
    this.firewallId = firewall.id;
    this.registerOutputs({ firewallId: this.firewallId });
  }
}
