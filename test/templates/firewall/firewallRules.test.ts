import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  isSource,
  mergeRules,
  sortSources,
  type FirewallRule,
} from "../../../templates/firewall/firewallRules";

const rule = (changes: Partial<FirewallRule> = {}): FirewallRule => ({
  protocol: "tcp",
  port: 9094,
  sources: ["198.51.100.11"],
  purpose: "gossip",
  ...changes,
});

describe("sources", () => {
  it.each([
    "198.51.100.10",
    "198.51.100.0/24",
    "0.0.0.0/0",
    "2001:db8::1",
    "2001:db8::/64",
    "::/0",
    "::ffff:198.51.100.1",
  ])("%s is one", (text) => expect(isSource(text)).toBe(true));

  it.each([
    "",
    "monitor-a.example.com",
    "10.1",
    "198.51.100.0/33",
    "2001:db8::/129",
    "198.51.100.0/",
    "198.51.100.0/8/8",
    "198.51.100.0/-1",
    "fe80::1%eth0",
    "198.51.100.1-198.51.100.9",
  ])("%j is none", (text) => expect(isSource(text)).toBe(false));

  it("are sorted by family and number, and what another one includes is left out: nftables takes no overlaps", () => {
    const sources = [
      "2001:db8::2",
      "203.0.113.9",
      "198.51.100.77/24",
      "198.51.100.3",
      "203.0.113.9",
      "2001:DB8::/127",
      "9.0.0.1",
    ];
    expect(sortSources(sources)).toEqual({
      ipv4: ["9.0.0.1", "198.51.100.0/24", "203.0.113.9"],
      ipv6: ["2001:db8::/127", "2001:db8::2"],
    });
  });

  it("of IPv4 that are written as IPv6 are of IPv4: so their packets arrive", () => {
    expect(sortSources(["::ffff:198.51.100.1", "::ffff:203.0.113.0/120"])).toEqual({
      ipv4: ["198.51.100.1", "203.0.113.0/24"],
      ipv6: [],
    });
  });
});

describe("rules for the same", () => {
  it("are one rule for all their sources", () => {
    const merged = mergeRules([rule(), rule({ sources: ["2001:db8::11"], purpose: "again" }), rule()]);
    expect(merged).toEqual([
      rule({ sources: ["198.51.100.11", "2001:db8::11", "198.51.100.11"], purpose: "again, gossip" }),
    ]);
  });

  it("are for everybody when one of them is", () => {
    expect(mergeRules([rule(), rule({ sources: [] })])).toEqual([rule({ sources: [] })]);
  });

  it("are not the same when protocol, port or interface differ", () => {
    const different = [
      rule(),
      rule({ networkInterface: "wg0" }),
      rule({ port: 9095 }),
      rule({ protocol: "udp" }),
    ];
    expect(mergeRules([...different].reverse())).toEqual(different);
  });
});

describe("the order of rules", () => {
  it("does not depend on the order in which they are given", () => {
    const rules: fc.Arbitrary<FirewallRule[]> = fc.array(
      fc.record({
        protocol: fc.constantFrom("tcp", "udp"),
        port: fc.integer({ min: 1, max: 4 }),
        sources: fc.constantFrom<string[]>([], ["198.51.100.1"], ["198.51.100.2"]),
        purpose: fc.constantFrom("a", "b"),
      }),
    );
    const normal = (given: FirewallRule[]) =>
      mergeRules(given).map((each) => ({ ...each, sources: sortSources(each.sources) }));
    fc.assert(
      fc.property(
        rules.chain((given) =>
          fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length })),
        ),
        ([given, shuffled]) => {
          expect(normal(shuffled)).toEqual(normal(given));
        },
      ),
    );
  });
});
