import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergeNetworks } from "../../../model/networks";
import { mergeRules, type FirewallRule } from "../../../templates/firewall/firewallRules";

const rule = (changes: Partial<FirewallRule> = {}): FirewallRule => ({
  protocol: "tcp",
  port: 9094,
  sources: ["198.51.100.11"],
  purpose: "gossip",
  ...changes,
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
      mergeRules(given).map((each) => ({ ...each, sources: mergeNetworks(each.sources) }));
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
