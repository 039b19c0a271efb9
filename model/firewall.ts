import type { DropletFirewallArgs } from "../components/firewall/dropletFirewall";
import type { HostFirewallArgs } from "../components/firewall/hostFirewall";
import type { InboundRule } from "../components/shapes";
import { anything, networkInterface, oneOf, port, sources, wholeNumber } from "./checks";
import { FirewallMode } from "./choices";
import { overlayDefaults, sshDefaults } from "./defaults";
import { leaf, list, section } from "./fields";
import { isPlain } from "./known";
import { host } from "./hosts";
import { problemAt, under, type Problem } from "./problem";

/** A rule of a firewall. */
export const inboundRule = section<InboundRule>(
  {
    protocol: oneOf<string>(["tcp", "udp"]),
    port,
    sources,
    networkInterface,
    purpose: leaf<string>("text", (value) =>
      /^[ !#-[\]-~]{1,100}$/.test(value)
        ? undefined
        : `"${value}" cannot be a comment of nftables; use 1 to 100 ASCII characters without quotes and backslashes`,
    ),
  },
  { protocol: true, port: true, sources: true, purpose: true },
);

/** All rules of a host. */
export const inboundRules = list(inboundRule);

/** The mode of a firewall. */
export const firewallMode = oneOf(Object.values(FirewallMode));

/** Seconds within which a new connection confirms new rules: it needs time to come, and one that waits for the lock must still get in. */
export const confirmWithinSeconds = wholeNumber("seconds", 5, 120);

/** The firewall of a host. Without an `sshPort` its rules are checked against SSH once the port of the connection is known. */
export const hostFirewall = section<HostFirewallArgs>(
  {
    host,
    rules: inboundRules,
    mode: firewallMode,
    sshPort: port,
    overlayInterface: networkInterface,
    overlayNetworks: sources,
    confirmWithinSeconds,
  },
  { host: true, rules: true },
  ({ rules, sshPort, overlayInterface }) =>
    sshPort === undefined ? [] : closedSshProblems(rules, sshPort, overlayInterface),
);

/** The firewall of droplets. */
export const dropletFirewall = section<DropletFirewallArgs>(
  { dropletIds: anything, rules: inboundRules, sshPort: port, overlayInterface: networkInterface },
  { dropletIds: true, rules: true },
  ({ rules, sshPort = sshDefaults.port, overlayInterface = overlayDefaults.interfaceName }) =>
    closedSshProblems(rules, sshPort, overlayInterface),
);

function closedSshProblems(
  rules: HostFirewallArgs["rules"] | undefined,
  sshPort: number,
  overlayInterface: string | undefined,
): Problem[] {
  if (rules === undefined || !isPlain(rules)) return [];
  const known = rules as InboundRule[];
  return under(["rules"], sshProblems(known, sshPort, overlayInterfaceOf(overlayInterface, known)));
}

/** The interface of the overlay: the one that was given, or the default one if a rule names it. */
export function overlayInterfaceOf(
  given: string | undefined,
  rules: Pick<InboundRule, "networkInterface">[],
): string | undefined {
  if (given !== undefined) return given;
  const { interfaceName } = overlayDefaults;
  return rules.some((rule) => rule.networkInterface === interfaceName) ? interfaceName : undefined;
}

/** Checks that no rule closes SSH, over which every mistake is put right. Paths are indexes of rules. */
export function sshProblems(
  rules: InboundRule[],
  sshPort: number,
  overlayInterface: string | undefined,
): Problem[] {
  return rules.flatMap((rule, index) => {
    if (rule.protocol !== "tcp" || rule.port !== sshPort) return [];
    const closesIt = rule.networkInterface
      ? rule.networkInterface !== overlayInterface
      : rule.sources.length > 0;
    return problemAt(
      [index],
      closesIt
        ? `port ${sshPort} is SSH, which stays open to all, so a rule cannot close it to some;` +
            ` take the rule out, and let sshd decide who may log in from where`
        : undefined,
    );
  });
}
