import ipaddr from "ipaddr.js";

/** The first packet of a connection, or one of an `established` connection. */
export interface Packet {
  networkInterface: string;
  source: string;
  protocol: "tcp" | "udp" | "icmp" | "icmpv6";
  /** Port, or the name of an ICMP type. */
  destination: number | string;
  sourcePort?: number;
  state?: "new" | "established" | "related" | "invalid";
}

/** Says what becomes of a packet at the hook `input`, by reading exactly the part of the language that renderNftables writes. */
export function verdictOf(text: string, packet: Packet): "accept" | "drop" {
  const chains = readChains(text);
  const [head = "", ...rules] = chains.get("input") ?? [];
  const policy = /^type filter hook input priority filter; policy (accept|drop);$/.exec(head)?.[1];
  if (!policy) throw new Error(`no base chain: ${head}`);
  return run(chains, rules, packet) ?? (policy as "accept" | "drop");
}

function readChains(text: string): Map<string, string[]> {
  const chains = [...text.matchAll(/^ {4}chain (\w+) \{\n([^]*?)^ {4}\}$/gm)];
  const linesOf = (body: string) =>
    body
      .trim()
      .split("\n")
      .map((line) => line.trim())
      .filter(Boolean);
  return new Map(chains.map(([, name = "", body = ""]) => [name, linesOf(body)]));
}

// `goto` does not come back: what its chain does not decide, the policy does.
function run(chains: Map<string, string[]>, rules: string[], packet: Packet): "accept" | "drop" | undefined {
  for (const rule of rules) {
    const words = rule.replace(/ comment "[^"]*"$/, "");
    const [, conditions = "", verdict = ""] =
      /^(.*?) ?(?:counter )?(accept|drop|goto \w+)$/.exec(words) ?? [];
    if (!verdict) throw new Error(`not understood: ${rule}`);
    if (!matches(conditions, packet, rule)) continue;
    if (!verdict.startsWith("goto ")) return verdict as "accept" | "drop";
    return run(chains, chains.get(verdict.slice(5)) ?? [], packet);
  }
  return undefined;
}

function matches(conditions: string, packet: Packet, rule: string): boolean {
  let rest = conditions;
  while (rest !== "") {
    const found =
      /^(iif|iifname|ct state|meta nfproto|ip saddr|ip6 saddr|tcp dport|udp dport|udp sport|icmp type|icmpv6 type) (\{ [^}]* \}|\S+) ?/.exec(
        rest,
      );
    if (!found) throw new Error(`not understood: ${rest} in ${rule}`);
    const [whole, what = "", values = ""] = found;
    const list = values
      .replace(/^\{ | \}$/g, "")
      .split(/, ?/)
      .map((value) => value.replaceAll('"', ""));
    if (!matchesOne(what, list, packet)) return false;
    rest = rest.slice(whole.length);
  }
  return true;
}

function matchesOne(what: string, values: string[], packet: Packet): boolean {
  const isIpv6 = packet.source.includes(":");
  switch (what) {
    case "iif":
    case "iifname":
      return values.includes(packet.networkInterface);
    case "ct state":
      return values.includes(packet.state ?? "new");
    case "meta nfproto":
      return values.includes(isIpv6 ? "ipv6" : "ipv4");
    case "ip saddr":
      return !isIpv6 && values.some((value) => isIn(packet.source, value));
    case "ip6 saddr":
      return isIpv6 && values.some((value) => isIn(packet.source, value));
    case "udp sport":
      return packet.protocol === "udp" && values.includes(String(packet.sourcePort));
    default: {
      const [protocol] = what.split(" ");
      return packet.protocol === protocol && values.includes(String(packet.destination));
    }
  }
}

/** Whether an address is, or is in, a network of the same family. */
export function isIn(address: string, network: string): boolean {
  const own = ipaddr.parse(address);
  const [base, length] = network.includes("/")
    ? ipaddr.parseCIDR(network)
    : [ipaddr.parse(network), ipaddr.parse(network).toByteArray().length * 8];
  return own.kind() === base.kind() && own.match(base, length);
}
