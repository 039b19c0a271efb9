import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cloudInboundRules, cloudOutboundRules } from "../../../templates/firewall/cloudFirewall";
import type { FirewallRule } from "../../../templates/firewall/firewallRules";
import { renderNftables } from "../../../templates/firewall/nftables";
import { isIn, verdictOf, type Packet } from "../../support/nftablesReader";

const everywhere = ["0.0.0.0/0", "::/0"];

describe("rules of a cloud's firewall", () => {
  it("are SSH, ICMP and what the list says of the outside, one rule for each port, and let everything out", () => {
    const rules: FirewallRule[] = [
      { protocol: "tcp", port: 9094, sources: ["2001:db8::11", "198.51.100.11"], purpose: "gossip" },
      { protocol: "tcp", port: 9094, sources: ["198.51.100.0/24"], purpose: "more gossip" },
      { protocol: "udp", port: 51820, sources: [], purpose: "WireGuard" },
      { protocol: "tcp", port: 9100, sources: [], networkInterface: "wg0", purpose: "node_exporter" },
      { protocol: "tcp", port: 5432, sources: ["10.0.0.0/8"], networkInterface: "eth1", purpose: "own" },
    ];
    expect(cloudInboundRules(rules, 2222, "wg0")).toEqual([
      { protocol: "icmp", addresses: everywhere },
      { protocol: "tcp", portRange: "2222", addresses: everywhere },
      { protocol: "tcp", portRange: "5432", addresses: ["10.0.0.0/8"] },
      { protocol: "tcp", portRange: "9094", addresses: ["198.51.100.0/24", "2001:db8::11"] },
      { protocol: "udp", portRange: "51820", addresses: everywhere },
    ]);
    expect(cloudOutboundRules.map(({ protocol }) => protocol)).toEqual(["icmp", "tcp", "udp"]);
  });

  const addresses = ["198.51.100.10", "198.51.100.77", "203.0.113.5", "2001:db8::5", "2001:db8:1::5"];
  const ports = [22, 80, 9094, 51820];
  const anyRules = fc.array(
    fc.record({
      protocol: fc.constantFrom("tcp", "udp"),
      port: fc.constantFrom(...ports.slice(1)),
      sources: fc.array(fc.constantFrom(...addresses, "198.51.100.0/24", "2001:db8::/64", "::/0"), {
        maxLength: 5,
      }),
      networkInterface: fc.constantFrom(undefined, "wg0"),
      purpose: fc.constant("something"),
    }),
    { maxLength: 6 },
  );
  const anyPacket: fc.Arbitrary<Packet> = fc.record({
    networkInterface: fc.constant("eth0"),
    source: fc.constantFrom(...addresses),
    protocol: fc.constantFrom("tcp" as const, "udp" as const),
    destination: fc.constantFrom(...ports, 6666),
  });

  it("let in from outside exactly what the host's own firewall does in the mode deny", () => {
    fc.assert(
      fc.property(anyRules, fc.array(anyPacket, { minLength: 20, maxLength: 20 }), (rules, packets) => {
        const table = renderNftables({ mode: "deny", rules, sshPort: 22, overlayInterface: "wg0" });
        const inbound = cloudInboundRules(rules, 22, "wg0");
        for (const packet of packets) {
          const isLetIn = inbound.some(
            ({ protocol, portRange, addresses: sources }) =>
              protocol === packet.protocol &&
              portRange === String(packet.destination) &&
              sources.some((source) => isIn(packet.source, source)),
          );
          expect(isLetIn ? "accept" : "drop", JSON.stringify(packet)).toBe(verdictOf(table, packet));
        }
      }),
      { numRuns: 200 },
    );
  });
});
