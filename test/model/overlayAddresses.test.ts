import * as fc from "fast-check";
import ipaddr from "ipaddr.js";
import { describe, expect, it } from "vitest";
import { overlap, singleAddress } from "../../model/networks";
import {
  networkOfLabel,
  overlayAddresses,
  overlayAddressProblems,
  type OverlayPlace,
} from "../../model/overlayAddresses";
import { sentences } from "../../model/problem";

const label = "project/stack/overlay";
const hostName = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);
const hostNames = fc.uniqueArray(hostName, { minLength: 1, maxLength: 40 });
// Every prefix that leaves room for addresses made from names.
const network6 = fc
  .tuple(fc.bigInt({ min: 0n, max: (1n << 125n) - 1n }), fc.integer({ min: 8, max: 80 }))
  .map(([random, prefix]) => {
    const first = (((0b001n << 125n) | random) >> BigInt(128 - prefix)) << BigInt(128 - prefix);
    const bytes = first.toString(16).padStart(32, "0").match(/../g) ?? [];
    return `${ipaddr.fromByteArray(bytes.map((byte) => parseInt(byte, 16))).toString()}/${prefix}`;
  });

const problems = (network: string | undefined, places: OverlayPlace[]) =>
  sentences(
    overlayAddressProblems(
      network,
      label,
      places.map((place, index) => ({ ...place, path: ["hubs", index] })),
    ),
  );
const addressOf = (names: string[], network = networkOfLabel(label)) =>
  new Map(
    overlayAddresses(
      network,
      label,
      names.map((name) => ({ name })),
    ).map((address, index) => [names[index], address]),
  );

describe("an address that is made from a name", () => {
  it("never changes when other hosts come, go or stand in another order", () => {
    fc.assert(
      fc.property(hostNames, hostNames, network6, (names, others, network) => {
        const alone = new Map(names.map((name) => [name, addressOf([name], network).get(name)]));
        const among = addressOf([...others, ...names].reverse(), network);
        for (const name of names) expect(among.get(name)).toBe(alone.get(name));
      }),
    );
  });

  it("is in the network, and no two hosts share one", () => {
    fc.assert(
      fc.property(hostNames, network6, (names, network) => {
        const addresses = [...addressOf(names, network).values()];
        expect(new Set(addresses).size).toBe(names.length);
        for (const address of addresses)
          expect(ipaddr.parse(address).match(ipaddr.parseCIDR(network))).toBe(true);
        expect(
          problems(
            network,
            names.map((name) => ({ name })),
          ),
        ).toEqual([]);
      }),
    );
  });

  it("is never that of another host among 20,000", () => {
    const names = Array.from({ length: 20_000 }, (_, index) => `host-${index}`);
    expect(new Set(addressOf(names).values()).size).toBe(names.length);
  });

  it("is written as the operating system writes it", () => {
    fc.assert(
      fc.property(hostName, network6, (name, network) => {
        const address = addressOf([name], network).get(name) as string;
        expect(new URL(`http://[${address}]/`).hostname).toBe(`[${address}]`);
      }),
    );
  });

  it("is this one for ever: another way to make it would renumber every overlay there is", () => {
    expect(networkOfLabel(label)).toMatchInlineSnapshot(`"fdec:c9a7:76b5:4969::/64"`);
    expect(addressOf(["monitor-a", "target-a"])).toMatchInlineSnapshot(`
      Map {
        "monitor-a" => "fdec:c9a7:76b5:4969:76b3:e4:b6d6:19ac",
        "target-a" => "fdec:c9a7:76b5:4969:b5:2867:a54e:315a",
      }
    `);
    expect(addressOf(["monitor-a"], "2001:db8:1::/80")).toMatchInlineSnapshot(`
      Map {
        "monitor-a" => "2001:db8:1::76b3:e4:b6d6",
      }
    `);
  });

  it("is another one with another label, and so is the network", () => {
    expect(networkOfLabel("project/other/overlay")).not.toBe(networkOfLabel(label));
    const [address] = overlayAddresses("fd00::/64", "project/other/overlay", [{ name: "monitor-a" }]);
    expect(address).not.toBe(addressOf(["monitor-a"], "fd00::/64").get("monitor-a"));
  });
});

describe("the network that is made from a label", () => {
  it("is a unique local /64, whatever the label", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const [address, prefix] = ipaddr.parseCIDR(networkOfLabel(text));
        expect([address.range(), prefix]).toEqual(["uniqueLocal", 64]);
        expect(problems(networkOfLabel(text), [{ name: "monitor-a" }])).toEqual([]);
      }),
    );
  });
});

describe("an address that was chosen", () => {
  it("wins over the one that the name would give", () => {
    const places = [{ name: "a", overlayAddress: "fd00::0:1" }, { name: "b" }];
    const [a, b] = overlayAddresses("fd00::/64", label, places);
    expect(a).toBe("fd00::1");
    expect(b).toBe(addressOf(["b"], "fd00::/64").get("b"));
    expect(problems("fd00::/64", places)).toEqual([]);
  });

  it("may be of IPv4 when every host has one, with a network or without", () => {
    const places = [
      { name: "a", overlayAddress: "10.9.0.1" },
      { name: "b", overlayAddress: "10.9.0.2" },
    ];
    expect(problems(undefined, places)).toEqual([]);
    expect(problems("10.9.0.0/24", places)).toEqual([]);
    expect(problems("10.9.0.0/30", places)).toEqual([]);
  });

  it("may be any of a network of two", () => {
    const pair = (one: string, other: string) => [
      { name: "a", overlayAddress: one },
      { name: "b", overlayAddress: other },
    ];
    expect(problems("10.9.0.0/31", pair("10.9.0.0", "10.9.0.1"))).toEqual([]);
    expect(problems("fd00::/127", pair("fd00::", "fd00::1"))).toEqual([]);
  });

  const a = (overlayAddress: string) => [{ name: "a", overlayAddress }];
  it.each<[string, string | undefined, OverlayPlace[], string]>([
    [
      "no network",
      "wg",
      a("10.9.0.1"),
      'network: "wg" is not a network; write for example "10.9.0.0/24" or "fd12:3456:789a:1::/64"',
    ],
    [
      "no prefix length",
      "10.9.0.0",
      a("10.9.0.1"),
      'network: "10.9.0.0" is not a network; write for example "10.9.0.0/24" or "fd12:3456:789a:1::/64"',
    ],
    [
      "a prefix that is too long",
      "10.9.0.0/33",
      a("10.9.0.1"),
      'network: "10.9.0.0/33" has no prefix length between 1 and 32 after the slash',
    ],
    [
      "everything as network",
      "::/0",
      a("fd00::1"),
      'network: "::/0" has no prefix length between 1 and 128 after the slash',
    ],
    [
      "an address as network",
      "10.9.0.7/24",
      a("10.9.0.1"),
      'network: "10.9.0.7/24" is an address in a network; the network is 10.9.0.0/24',
    ],
    [
      "an address of IPv6 as network",
      "fd00::7/64",
      a("fd00::1"),
      'network: "fd00::7/64" is an address in a network; the network is fd00::/64',
    ],
    [
      "a multicast network",
      "ff00::/64",
      a("fd00::1"),
      'network: "ff00::/64" is a multicast address, which no host on an overlay can have',
    ],
    [
      "a link-local network",
      "169.254.0.0/16",
      a("169.254.0.1"),
      'network: "169.254.0.0/16" is a link-local address, which no host on an overlay can have',
    ],
    [
      "no address",
      undefined,
      a("a"),
      'hubs[0].overlayAddress: "a" is not an IP address; write for example "10.9.0.1", without a prefix length',
    ],
    [
      "an address with a prefix length",
      undefined,
      a("10.9.0.1/24"),
      'hubs[0].overlayAddress: "10.9.0.1/24" is not an IP address; write for example "10.9.0.1", without a prefix length',
    ],
    [
      "a loopback address",
      undefined,
      a("::1"),
      'hubs[0].overlayAddress: "::1" is a loopback address, which no host on an overlay can have',
    ],
    [
      "an IPv4-mapped address",
      undefined,
      a("::ffff:10.9.0.1"),
      'hubs[0].overlayAddress: "::ffff:10.9.0.1" is an IPv4-mapped address, which no host on an overlay can have',
    ],
    [
      "an address outside",
      "10.9.0.0/24",
      a("10.9.1.1"),
      "hubs[0].overlayAddress: 10.9.1.1 is not in the network 10.9.0.0/24",
    ],
    [
      "an address of the other family",
      "fd00::/64",
      a("10.9.0.1"),
      "hubs[0].overlayAddress: 10.9.0.1 is not in the network fd00::/64",
    ],
    [
      "the network's own address",
      "10.9.0.0/24",
      a("10.9.0.0"),
      "hubs[0].overlayAddress: 10.9.0.0 is the address of the network 10.9.0.0/24 itself",
    ],
    [
      "the routers' anycast address",
      "fd00::/64",
      a("fd00::"),
      "hubs[0].overlayAddress: fd00:: is the address of the network fd00::/64 itself",
    ],
    [
      "the broadcast address",
      "10.9.0.0/24",
      a("10.9.0.255"),
      "hubs[0].overlayAddress: 10.9.0.255 is the broadcast address of the network 10.9.0.0/24",
    ],
    [
      "an address twice, written in two ways",
      "fd00::/64",
      [...a("fd00::1"), { name: "b", overlayAddress: "fd00:0::1" }],
      "hubs[1].overlayAddress: fd00::1 is the address of a already; each host needs an address of its own",
    ],
    [
      "the address that another's name gives",
      "fd00::/64",
      [{ name: "b" }, ...a(addressOf(["b"], "fd00::/64").get("b") as string)],
      `hubs[1].overlayAddress: ${addressOf(["b"], "fd00::/64").get("b")} is the address of b already; each host needs an address of its own`,
    ],
    [
      "a host of IPv4 without an address",
      "10.9.0.0/24",
      [...a("10.9.0.1"), { name: "b" }],
      "hubs[1].overlayAddress: an address is needed, because 10.9.0.0/24 is too small for addresses that are made from names;" +
        " give every host an address of it, or take an IPv6 network with a prefix of 80 or less",
    ],
    [
      "two families",
      undefined,
      [...a("10.9.0.1"), { name: "b" }],
      "hubs[0].overlayAddress: 10.9.0.1 is IPv4, but b has none and so gets IPv6; all hosts need addresses of one family",
    ],
    [
      "a full network",
      "10.9.0.0/30",
      ["1", "2", "3"].map((end) => ({ name: end, overlayAddress: `10.9.0.${end}` })),
      "network: 10.9.0.0/30 has room for 2 hosts, and there are 3; take a larger one",
    ],
  ])("is refused: %s", (_, network, places, problem) => {
    expect(problems(network, places)).toEqual([problem]);
  });
});

describe("networks", () => {
  it("overlap when one contains the other", () => {
    expect(overlap("10.9.0.0/24", "10.9.0.7")).toBe(true);
    expect(overlap("10.9.0.7", "10.9.0.0/24")).toBe(true);
    expect(overlap("10.0.0.0/8", "10.9.0.0/24")).toBe(true);
    expect(overlap("10.9.0.0/24", "10.9.1.0/24")).toBe(false);
    expect(overlap("fd00::/64", "fd00::/80")).toBe(true);
    expect(overlap("fd00::/64", "fd00:0:0:1::/64")).toBe(false);
    expect(overlap("::a09:0/120", "10.9.0.0/24")).toBe(false);
  });

  it("overlap exactly when the operating system's own arithmetic says so", () => {
    fc.assert(
      fc.property(network6, network6, (one, other) => {
        const [[first, firstPrefix], [second, secondPrefix]] = [
          ipaddr.parseCIDR(one),
          ipaddr.parseCIDR(other),
        ];
        const expected =
          first.match([second, secondPrefix] as never) || second.match([first, firstPrefix] as never);
        expect(overlap(one, other)).toBe(expected);
        expect(overlap(one, first.toString())).toBe(true);
      }),
    );
  });

  it("of one address are that address alone", () => {
    expect(["10.9.0.1", "fd00::1"].map(singleAddress)).toEqual(["10.9.0.1/32", "fd00::1/128"]);
  });
});
