import { describe, expect, it } from "vitest";
import { isSource, mergeNetworks } from "../../model/networks";

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
    expect(mergeNetworks(sources)).toEqual({
      ipv4: ["9.0.0.1", "198.51.100.0/24", "203.0.113.9"],
      ipv6: ["2001:db8::/127", "2001:db8::2"],
    });
  });

  it("of IPv4 that are written as IPv6 are of IPv4: so their packets arrive", () => {
    expect(mergeNetworks(["::ffff:198.51.100.1", "::ffff:203.0.113.0/120"])).toEqual({
      ipv4: ["198.51.100.1", "203.0.113.0/24"],
      ipv6: [],
    });
  });
});
