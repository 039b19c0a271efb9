import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, type TestContext } from "vitest";
import { partProblems } from "../../../model/fields";
import { hostFirewall } from "../../../model/firewall";
import { mergeRules, type FirewallRule } from "../../../templates/firewall/firewallRules";
import { renderNftables, type Nftables } from "../../../templates/firewall/nftables";
import { inTemporaryDirectory, writeFiles } from "../../support/files";
import { execute, type Executed } from "../../support/execute";
import { expectGolden, expectGoldensOf } from "../../support/goldens";
import { isIn, verdictOf, type Packet } from "../../support/nftablesReader";
import { requireTool } from "../../support/tools";

const gossip: FirewallRule = {
  protocol: "tcp",
  port: 9094,
  sources: ["198.51.100.11", "2001:db8::11", "198.51.100.12"],
  purpose: "gossip streams between Alertmanagers",
};
const wireGuard: FirewallRule = { protocol: "udp", port: 51820, sources: [], purpose: "WireGuard" };
const exporter: FirewallRule = {
  protocol: "tcp",
  port: 9100,
  sources: ["fd5e::1", "fd5e::2"],
  networkInterface: "wg0",
  purpose: "node_exporter",
};

const cases: Record<string, Nftables> = {
  "guard-ipv4": {
    mode: "guard",
    rules: [{ ...gossip, sources: ["198.51.100.11"] }],
    sshPort: 22,
  },
  "guard-both-families-and-overlay": {
    mode: "guard",
    rules: [exporter, wireGuard, gossip],
    sshPort: 22,
    overlayInterface: "wg0",
    overlayNetworks: ["fd5e::/64", "10.77.0.9", "10.77.0.0/24", "192.0.2.7"],
  },
  "guard-without-rules": { mode: "guard", rules: [], sshPort: 22 },
  "deny-ssh-on-another-port": { mode: "deny", rules: [gossip], sshPort: 2222 },
  "deny-overlay": {
    mode: "deny",
    rules: [exporter, wireGuard, { ...exporter, port: 22, sources: [], purpose: "SSH over the overlay" }],
    sshPort: 22,
    overlayInterface: "wg0",
    overlayNetworks: ["fd5e::/64"],
  },
  "deny-other-interfaces-and-whole-families": {
    mode: "deny",
    rules: [
      { protocol: "tcp", port: 8080, sources: [], networkInterface: "docker0", purpose: "containers" },
      { protocol: "tcp", port: 443, sources: ["0.0.0.0/0", "198.51.100.1"], purpose: "web on IPv4" },
      { protocol: "udp", port: 443, sources: ["::/0"], purpose: "web on IPv6" },
      { protocol: "tcp", port: 80, sources: [], purpose: "x".repeat(100) },
      { protocol: "tcp", port: 80, sources: [], purpose: "y".repeat(100) },
    ],
    sshPort: 22,
  },
};

/** What the real nft says of a text, in a network of its own that nobody else sees. */
function check(context: TestContext, text: string): Executed {
  const nft = requireTool(context, "nft");
  return inTemporaryDirectory((directory) => {
    writeFiles(directory, { "rules.nft": text });
    const words = [nft, "--check", "--file", join(directory, "rules.nft")];
    const isRoot = process.getuid?.() === 0;
    return execute("unshare", [...(isRoot ? [] : ["--user", "--map-root-user"]), "--net", ...words]);
  });
}

describe("a machine's table", () => {
  const texts = Object.entries(cases).map(([name, value]) => [name, renderNftables(value)] as const);

  it.each(texts)("%s: the text is the golden's", (name, text) => {
    expectGolden(`nftables.${name}.nft`, text);
  });

  it("has a case for each golden", () => {
    expectGoldensOf(
      "nftables",
      Object.keys(cases).map((name) => `nftables.${name}.nft`),
    );
  });

  it.for(texts)("%s: the real nft takes it, and a second time over itself", ([, text], context) => {
    expect(check(context, text)).toMatchObject({ status: 0, output: "" });
    expect(check(context, text + text)).toMatchObject({ status: 0, output: "" });
  });

  it("is refused by the real nft when a word is misspelt", (context) => {
    const text = renderNftables(cases["deny-overlay"] as Nftables).replace("dport", "dpotr");
    expect(check(context, text).status).not.toBe(0);
  });

  it.each(texts)("%s: it names no table but our own, and never flushes", (_, text) => {
    const tables = [...text.matchAll(/\btable (.*?)( \{)?$/gm)].map(([, name]) => name);
    expect(new Set(tables)).toEqual(new Set(["inet ha_monitoring"]));
    expect(text).not.toContain("flush");
  });
});

/** Every line that lets something in; a base chain's policy is none. */
function acceptingLines(text: string): string[] {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.filter((line) => /\baccept\b/.test(line) && !line.startsWith("type filter hook"));
}

/** What docs/host-firewall.md says of both modes, and of `deny` only. */
function isDocumented(line: string, { mode, sshPort, overlayInterface }: Nftables): boolean {
  const always = [`iif "lo" accept`, "ct state established,related accept"];
  const onOverlay = ["icmp type echo-request accept", "icmpv6 type echo-request accept"];
  const errors = "destination-unreachable, time-exceeded, parameter-problem";
  const denied = [
    `icmp type { echo-request, ${errors} } accept`,
    `icmpv6 type { echo-request, ${errors.replace(",", ", packet-too-big,")} } accept`,
    "icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept",
    "icmpv6 type { mld-listener-query, mld-listener-report, mld-listener-done, mld2-listener-report } accept",
    `udp sport 67 udp dport 68 accept comment "DHCP"`,
    `ip6 saddr fe80::/10 udp sport 547 udp dport 546 accept comment "DHCPv6"`,
    `tcp dport ${sshPort} accept comment "SSH"`,
  ];
  return [
    ...always,
    ...(overlayInterface === undefined ? [] : onOverlay),
    ...(mode === "deny" ? denied : []),
  ].includes(line);
}

/** Whether the line opens the port of a rule, and to nobody who is not in a rule for it. */
function isAskedFor(line: string, rules: FirewallRule[]): boolean {
  const [, networkInterface, family, protocol = "", port, purposes = ""] =
    /^(?:iifname "(.+?)" )?(?:(ip6? saddr .+?|meta nfproto ipv[46]) )?(tcp|udp) dport (\d+) accept comment "(.+)"$/.exec(
      line,
    ) ?? [];
  const asking = rules.filter(
    (rule) =>
      rule.protocol === protocol &&
      rule.port === Number(port) &&
      purposes.includes(rule.purpose) &&
      (networkInterface === undefined || rule.networkInterface === networkInterface),
  );
  const wanted = asking.flatMap(({ sources }) => sources);
  if (family === undefined) return asking.some(({ sources }) => sources.length === 0);
  if (family.startsWith("meta")) return wanted.includes(family.endsWith("4") ? "0.0.0.0/0" : "::/0");
  return family
    .replace(/^ip6? saddr (\{ )?|( \})$/g, "")
    .split(", ")
    .every((source) => wanted.includes(source));
}

describe("every table that may be asked for", () => {
  const letters = [..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"];
  const signs = [..." !#$%&'()*+,-./:;<=>?@[]^_`{|}~"];
  const interfaceName = fc
    .tuple(
      fc.constantFrom(...letters),
      fc.string({ unit: fc.constantFrom(...letters, "_", "..", ":", "-"), maxLength: 14 }),
    )
    .map((parts) => parts.join(""));
  const port = fc.integer({ min: 1, max: 65535 });
  const source = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })).map((parts) => parts.join("/")),
    fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 })).map((parts) => parts.join("/")),
  );
  const anyTable = fc.record({
    mode: fc.constantFrom("guard" as const, "deny" as const),
    rules: fc.array(
      fc.record({
        protocol: fc.constantFrom("tcp", "udp"),
        port: fc.oneof(port, fc.constantFrom(22, 9094)),
        sources: fc.array(source, { maxLength: 6 }),
        networkInterface: fc.option(fc.oneof(interfaceName, fc.constant("wg0")), { nil: undefined }),
        purpose: fc.string({
          unit: fc.constantFrom(...letters, ...signs),
          minLength: 1,
          maxLength: 100,
          size: "max",
        }),
      }),
      { maxLength: 8 },
    ),
    sshPort: port,
    overlayInterface: fc.option(fc.oneof(interfaceName, fc.constant("wg0")), { nil: undefined }),
  });

  it("is made of arguments that the component takes, and the real nft takes its text", (context) => {
    fc.assert(
      fc.property(fc.array(anyTable, { minLength: 40, maxLength: 40 }), (some) => {
        for (const { sshPort: _, ...args } of some) expect(partProblems(hostFirewall, args)).toEqual([]);
        // Each replaces the one before.
        expect(check(context, some.map(renderNftables).join(""))).toMatchObject({ status: 0, output: "" });
      }),
      { numRuns: 10 },
    );
  });
});

describe("what a table lets in", () => {
  const ports = [22, 443, 9094, 9100];
  const addresses = [
    "198.51.100.10",
    "198.51.100.11",
    "203.0.113.9",
    "203.0.113.11",
    "203.0.113.13",
    "2001:db8::10",
    "2001:db8::11",
    "fd5e::1",
  ];
  const interfaces = ["eth0", "wg0", "docker0"];
  const ruleValues = fc.record({
    protocol: fc.constantFrom("tcp", "udp"),
    port: fc.constantFrom(...ports.slice(1)),
    sources: fc.array(
      fc.constantFrom(...addresses, "198.51.100.0/24", "198.51.100.8/29", "2001:db8::/64", "0.0.0.0/0"),
      { maxLength: 8 },
    ),
    networkInterface: fc.option(fc.constantFrom(...interfaces), { nil: undefined }),
    purpose: fc.constantFrom("one thing", "another"),
  });
  const tables = fc.record({
    mode: fc.constantFrom("guard" as const, "deny" as const),
    rules: fc.array(ruleValues, { maxLength: 6 }),
    sshPort: fc.constant(22),
    overlayInterface: fc.constantFrom("wg0", undefined),
  });
  const packets: fc.Arbitrary<Packet> = fc.record({
    networkInterface: fc.constantFrom(...interfaces),
    source: fc.constantFrom(...addresses),
    protocol: fc.constantFrom("tcp" as const, "udp" as const),
    destination: fc.constantFrom(...ports, 6666),
  });
  const isAbout = (rule: FirewallRule, packet: Packet) =>
    rule.protocol === packet.protocol && rule.port === packet.destination;
  const admits = (rule: FirewallRule, packet: Packet) =>
    isAbout(rule, packet) &&
    (rule.networkInterface ?? packet.networkInterface) === packet.networkInterface &&
    (rule.sources.length === 0 || rule.sources.some((source) => isIn(packet.source, source)));

  /** What the documentation says, in the words of the rules. */
  function expected({ mode, rules, sshPort, overlayInterface }: Nftables, packet: Packet): "accept" | "drop" {
    if (rules.some((rule) => admits(rule, packet))) return "accept";
    if (packet.networkInterface === overlayInterface) return "drop";
    if (packet.protocol === "tcp" && packet.destination === sshPort) return "accept";
    if (mode === "deny") return "drop";
    return rules.some((rule) => isAbout(rule, packet)) ? "drop" : "accept";
  }

  it("is exactly what its rules and its mode say, for any rules and any packet", () => {
    fc.assert(
      fc.property(tables, fc.array(packets, { minLength: 20, maxLength: 20 }), (table, some) => {
        const text = renderNftables(table);
        for (const packet of some)
          expect(verdictOf(text, packet), JSON.stringify(packet)).toBe(expected(table, packet));
      }),
      { numRuns: 300 },
    );
  });

  it("has no line that accepts something unless a rule asks for it or the documentation lists it for its mode", () => {
    fc.assert(
      fc.property(tables, (table) => {
        for (const line of acceptingLines(renderNftables(table)))
          expect(isDocumented(line, table) || isAskedFor(line, table.rules), line).toBe(true);
      }),
    );
  });

  it("includes what belongs to connections that are open, in both modes and everywhere", () => {
    fc.assert(
      fc.property(tables, packets, (table, packet) => {
        for (const state of ["established", "related"] as const) {
          expect(verdictOf(renderNftables(table), { ...packet, state })).toBe("accept");
        }
      }),
    );
  });

  it("includes everything from the machine itself", () => {
    fc.assert(
      fc.property(tables, packets, (table, packet) => {
        expect(verdictOf(renderNftables(table), { ...packet, networkInterface: "lo" })).toBe("accept");
      }),
    );
  });

  it("is the same text for the same rules in any order", () => {
    fc.assert(
      fc.property(tables, (table) => {
        const reversed = { ...table, rules: [...table.rules].reverse() };
        expect(renderNftables(reversed)).toBe(renderNftables(table));
        expect(renderNftables({ ...table, rules: mergeRules(table.rules) })).toBe(renderNftables(table));
      }),
    );
  });

  const from = (source: string, changes: Partial<Packet>): Packet => ({
    ...{ networkInterface: "eth0", source, protocol: "icmpv6", destination: "echo-request" },
    ...changes,
  });

  it.each(
    [
      "nd-neighbor-solicit",
      "nd-neighbor-advert",
      "nd-router-advert",
      "packet-too-big",
      "mld-listener-query",
    ].map((destination) => [destination, from("fe80::1", { destination })] as const),
  )("includes ICMPv6 %s, without which IPv6 ends", (_, packet) => {
    expect(verdictOf(renderNftables(cases["deny-overlay"] as Nftables), packet)).toBe("accept");
  });

  it("includes pings on every interface, and answers of DHCP, but no redirects and no router on the overlay", () => {
    const text = renderNftables(cases["deny-overlay"] as Nftables);
    const accepted = [
      from("198.51.100.9", { protocol: "icmp" }),
      from("2001:db8::9", {}),
      from("fd5e::1", { networkInterface: "wg0" }),
      from("198.51.100.1", { protocol: "udp", sourcePort: 67, destination: 68 }),
      from("fe80::1", { protocol: "udp", sourcePort: 547, destination: 546 }),
    ];
    const dropped = [
      from("198.51.100.1", { protocol: "icmp", destination: "redirect" }),
      from("fe80::1", { destination: "nd-redirect" }),
      from("fd5e::1", { networkInterface: "wg0", destination: "nd-router-advert" }),
      from("2001:db8::1", { protocol: "udp", sourcePort: 547, destination: 546 }),
      from("198.51.100.1", { protocol: "tcp", destination: 9999, state: "invalid" }),
    ];
    expect(accepted.map((packet) => verdictOf(text, packet))).toEqual(accepted.map(() => "accept"));
    expect(dropped.map((packet) => verdictOf(text, packet))).toEqual(dropped.map(() => "drop"));
  });
});
