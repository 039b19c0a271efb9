import { mergeNetworks } from "../../model/networks";
import { firewallLayout } from "./firewallLayout";
import { marker } from "../host/marker";
import { mergeRules, type FirewallRule } from "./firewallRules";

/** What a machine's table is made from. */
export interface Nftables {
  /** `guard` closes the ports of the rules to everybody but their sources; `deny` closes everything that no rule opens. */
  mode: "guard" | "deny";
  rules: FirewallRule[];
  /** Port on which the machine's SSH is reached: open in both modes. */
  sshPort: number;
  /** Interface of the overlay, on which only what the rules name is open, in both modes. */
  overlayInterface?: string;
  /** Networks and addresses of the overlay: packets to them leave by its interface only. */
  overlayNetworks?: string[];
}

// nftables keeps 127 bytes of a comment.
const commentBytes = 120;

/** One table of our own, as a transaction for `nft -f`: it replaces the table and touches no other. */
export function renderNftables(table: Nftables): string {
  const { mode, rules, sshPort, overlayInterface, overlayNetworks = [] } = table;
  const merged = mergeRules(rules);
  const isDeny = mode === "deny";
  const input = [
    `type filter hook input priority filter; policy ${isDeny ? "drop" : "accept"};`,
    `iif "lo" accept`,
    "ct state established,related accept",
    ...(isDeny ? ["ct state invalid drop"] : []),
    "goto arriving",
  ];
  const arriving = [
    ...(overlayInterface ? [`iifname "${overlayInterface}" goto overlay`] : []),
    ...(isDeny ? [...essentials, `tcp dport ${sshPort} accept comment "SSH"`] : []),
    ...merged
      .filter(({ networkInterface }) => !networkInterface || networkInterface !== overlayInterface)
      .flatMap((rule) => acceptLines(rule, rule.networkInterface)),
    ...(isDeny ? [`counter drop comment "everything else"`] : closingLines(merged, sshPort)),
  ];
  const overlay = [
    "icmp type echo-request accept",
    "icmpv6 type echo-request accept",
    ...merged
      .filter(({ networkInterface }) => !networkInterface || networkInterface === overlayInterface)
      .flatMap((rule) => acceptLines(rule)),
    `counter drop comment "everything else on the overlay"`,
  ];
  const forward = [
    "type filter hook forward priority filter; policy accept;",
    `iifname "${overlayInterface}" oifname "${overlayInterface}" counter drop comment "no target reaches another"`,
    `iifname "${overlayInterface}" ct state != { established, related } counter drop comment "nobody gets through from the overlay"`,
    ...closedLines(`oifname != "${overlayInterface}"`, overlayNetworks),
  ];
  const output = [
    "type filter hook output priority filter; policy accept;",
    // Packets of the host to itself leave by the loopback interface, whatever their address.
    ...closedLines(`oifname != { "${overlayInterface}", "lo" }`, overlayNetworks),
  ];

  const chains = [
    chain("input", input),
    chain("arriving", arriving),
    ...(overlayInterface ? [chain("overlay", overlay), chain("forward", forward)] : []),
    ...(overlayInterface && overlayNetworks.length > 0 ? [chain("output", output)] : []),
  ];
  return [
    marker,
    // Deleting needs a table, which making it again provides: so this works whether there is one or not.
    `table ${firewallLayout.table}`,
    `delete table ${firewallLayout.table}`,
    "",
    `table ${firewallLayout.table} {`,
    chains.join("\n\n"),
    "}",
    "",
  ].join("\n");
}

/** Without these, IPv6 and path MTU discovery end, and addresses from DHCP run out. */
const essentials = [
  "icmp type { echo-request, destination-unreachable, time-exceeded, parameter-problem } accept",
  "icmpv6 type { echo-request, destination-unreachable, packet-too-big, time-exceeded, parameter-problem } accept",
  "icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept",
  "icmpv6 type { mld-listener-query, mld-listener-report, mld-listener-done, mld2-listener-report } accept",
  `udp sport 67 udp dport 68 accept comment "DHCP"`,
  `ip6 saddr fe80::/10 udp sport 547 udp dport 546 accept comment "DHCPv6"`,
];

/** Without its interface, packets to the overlay would follow the default route, where anybody could read and answer them. */
function closedLines(elsewhere: string, networks: string[]): string[] {
  const { ipv4, ipv6 } = mergeNetworks(networks);
  return [addressMatch("ip daddr", ipv4), addressMatch("ip6 daddr", ipv6)]
    .filter((match) => match !== undefined)
    .map(
      (match) =>
        `${elsewhere} ${match} counter reject with icmpx type host-unreachable comment "the overlay is reached by its interface only"`,
    );
}

function acceptLines(rule: FirewallRule, networkInterface?: string): string[] {
  const where = networkInterface ? `iifname "${networkInterface}" ` : "";
  const what = `${rule.protocol} dport ${rule.port} accept comment "${comment(rule.purpose)}"`;
  if (rule.sources.length === 0) return [`${where}${what}`];
  const { ipv4, ipv6 } = mergeNetworks(rule.sources);
  return [sourceMatch("ip", ipv4), sourceMatch("ip6", ipv6)]
    .filter((match) => match !== undefined)
    .map((match) => `${where}${match} ${what}`);
}

function sourceMatch(family: "ip" | "ip6", sources: string[]): string | undefined {
  if (sources.length === 0) return undefined;
  if (sources[0]?.endsWith("/0")) return `meta nfproto ${family === "ip" ? "ipv4" : "ipv6"}`;
  return addressMatch(`${family} saddr`, sources);
}

function addressMatch(field: string, addresses: string[]): string | undefined {
  if (addresses.length === 0) return undefined;
  return `${field} ${addresses.length === 1 ? addresses[0] : `{ ${addresses.join(", ")} }`}`;
}

/** The ports of the rules, but for those that are open to all, and SSH, which is never ours to close. */
function closingLines(rules: FirewallRule[], sshPort: number): string[] {
  const isOpen = ({ sources, networkInterface }: FirewallRule) => sources.length === 0 && !networkInterface;
  return ["tcp", "udp"].flatMap((protocol) => {
    const ofProtocol = rules.filter((rule) => rule.protocol === protocol);
    const open = new Set(ofProtocol.filter(isOpen).map(({ port }) => port));
    if (protocol === "tcp") open.add(sshPort);
    const closed = [...new Set(ofProtocol.map(({ port }) => port))].filter((port) => !open.has(port));
    if (closed.length === 0) return [];
    return [
      `${protocol} dport { ${closed.join(", ")} } counter drop comment "ours, and closed to everybody else"`,
    ];
  });
}

function comment(text: string): string {
  return text.length > commentBytes ? `${text.slice(0, commentBytes - 3)}...` : text;
}

function chain(name: string, lines: string[]): string {
  return [`    chain ${name} {`, ...lines.map((line) => `        ${line}`), "    }"].join("\n");
}
