import * as pulumi from "@pulumi/pulumi";
import { firewallBundle, firewallConfirmBundle } from "../../templates/firewall/firewallBundles";
import { isSource, type FirewallRule } from "../../templates/firewall/firewallRules";
import { renderNftables } from "../../templates/firewall/nftables";
import { applyBundle } from "../host/bundle";
import { isPort } from "../host/connection";
import type { Host, InboundRule } from "../shapes";
import { checked, refuse } from "../validation";
import { wireGuardDefaults } from "../overlay/wireGuardPlan";

/** What becomes of everything that no rule is about: `guard` leaves it as it is, `deny` closes it. */
export const FirewallMode = { Guard: "guard", Deny: "deny" } as const;
export type FirewallMode = (typeof FirewallMode)[keyof typeof FirewallMode];

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
    refuse(this, hostFirewallProblems(args));
    const confirmWithin = args.confirmWithinSeconds ?? 30;
    const sshPort = args.sshPort ?? connectionPort(args.host);
    const known = checked(this, { rules: args.rules, sshPort }, (value) => [
      ...ruleListProblems("rules", value.rules, value.sshPort, overlayOf(args, value.rules)),
    ]);

    const ruleset = known.apply(({ rules, sshPort: port }) =>
      renderNftables({
        mode: args.mode ?? FirewallMode.Guard,
        rules,
        sshPort: port,
        overlayInterface: overlayOf(args, rules),
      }),
    );
    const trial = applyBundle(
      `${name}-rules`,
      args.host,
      "firewall",
      ruleset.apply((text) => firewallBundle(text, confirmWithin)),
      { parent: this },
    );
    // A command of its own, because each has an SSH connection of its own.
    const confirmation = applyBundle(
      `${name}-confirm`,
      args.host,
      "firewall-confirm",
      ruleset.apply((text) => firewallConfirmBundle(text, confirmWithin)),
      { parent: this, dependsOn: trial.command },
    );

    // Whoever uses the rules waits until they are confirmed.
    this.ruleset = pulumi.all([ruleset, confirmation.command.urn]).apply(([text]) => text);
    this.registerOutputs({ ruleset: this.ruleset });
  }
}

/** What is wrong with the plain arguments of a firewall, one sentence each. */
export function hostFirewallProblems(
  args: Pick<HostFirewallArgs, "mode" | "sshPort" | "overlayInterface" | "confirmWithinSeconds">,
): string[] {
  const problems = [...modeProblems("mode", args.mode), ...sshPortProblems("sshPort", args.sshPort)];
  if (args.overlayInterface !== undefined) {
    problems.push(...interfaceProblems("overlayInterface", args.overlayInterface));
  }
  const seconds = args.confirmWithinSeconds ?? 30;
  if (!Number.isInteger(seconds) || seconds < 5 || seconds > 120) {
    problems.push(
      `confirmWithinSeconds: ${seconds} cannot be used; whole seconds from 5, so that a connection has time to come, to 120, so that one that waits still gets in, can`,
    );
  }
  return problems;
}

/** What is wrong with a mode, if one is given. */
export function modeProblems(path: string, mode: FirewallMode | undefined): string[] {
  const modes: string[] = Object.values(FirewallMode);
  if (mode === undefined || modes.includes(mode)) return [];
  return [`${path}: "${mode as string}" is not a mode; use guard or deny`];
}

/** What is wrong with the port of sshd, if one is given. */
export function sshPortProblems(path: string, port: number | undefined): string[] {
  return port === undefined || isPort(port) ? [] : [`${path}: ${port} is not a port; 1 to 65535 are`];
}

/** What is wrong with who may come in. */
export function sourceProblems(path: string, source: string): string[] {
  if (isSource(source)) return [];
  return [
    `${path}: "${source}" is neither an IP address nor a network; write for example 198.51.100.10 or 2001:db8::/64`,
  ];
}

/** What is wrong with all rules of a machine, one sentence each. */
export function ruleListProblems(
  path: string,
  rules: FirewallRule[],
  sshPort: number,
  overlayInterface?: string,
): string[] {
  return [
    ...rules.flatMap((rule, index) => ruleProblems(`${path}[${index}]`, rule)),
    ...sshProblems(path, rules, sshPort, overlayInterface),
  ];
}

/** What is wrong with one rule, one sentence each. */
export function ruleProblems(path: string, rule: FirewallRule): string[] {
  const problems: string[] = [];
  if (rule.protocol !== "tcp" && rule.protocol !== "udp") {
    problems.push(`${path}.protocol: "${rule.protocol}" is not known; use tcp or udp`);
  }
  if (!isPort(rule.port)) problems.push(`${path}.port: ${rule.port} is not a port; 1 to 65535 are`);
  problems.push(...rule.sources.flatMap((source) => sourceProblems(`${path}.sources`, source)));
  if (rule.networkInterface !== undefined) {
    problems.push(...interfaceProblems(`${path}.networkInterface`, rule.networkInterface));
  }
  if (!/^[ !#-[\]-~]{1,100}$/.test(rule.purpose)) {
    problems.push(
      `${path}.purpose: "${rule.purpose}" cannot be a comment of nftables; use 1 to 100 ASCII characters without quotes and backslashes`,
    );
  }
  return problems;
}

/** SSH is the way by which every mistake is put right: no rule may close it. */
export function sshProblems(
  path: string,
  rules: FirewallRule[],
  sshPort: number,
  overlayInterface?: string,
): string[] {
  const ofSsh = rules
    .map((rule, index) => ({ rule, index }))
    .filter(({ rule }) => rule.protocol === "tcp" && rule.port === sshPort);
  return ofSsh
    .filter(({ rule }) =>
      rule.networkInterface ? rule.networkInterface !== overlayInterface : rule.sources.length > 0,
    )
    .map(
      ({ index }) =>
        `${path}[${index}]: port ${sshPort} is SSH, which stays open to all, so a rule cannot close it to some;` +
        ` take the rule out, and let sshd decide who may log in from where`,
    );
}

function interfaceProblems(path: string, name: string): string[] {
  if (/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,14}$/.test(name)) return [];
  return [
    `${path}: "${name}" is not the name of a network interface; use up to 15 letters, digits and _.:-, e.g. "wg0"`,
  ];
}

function overlayOf(args: HostFirewallArgs, rules: FirewallRule[]): string | undefined {
  if (args.overlayInterface !== undefined) return args.overlayInterface;
  return rules.some(({ networkInterface }) => networkInterface === wireGuardDefaults.interfaceName)
    ? wireGuardDefaults.interfaceName
    : undefined;
}

function connectionPort(host: pulumi.Input<Host>): pulumi.Output<number> {
  // The port is no secret, though the connection that holds it is.
  return pulumi.unsecret(pulumi.output(pulumi.output(host).connection)).apply(({ port }) => port ?? 22);
}
