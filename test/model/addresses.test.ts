import * as fc from "fast-check";
import { isIP } from "node:net";
import { describe, expect, it } from "vitest";
import { formatHostPort, isDnsName, isIpAddress } from "../../model/addresses";

describe("an address", () => {
  it("of IPv6 stands in brackets before its port; all others stand as they are", () => {
    expect(formatHostPort("2001:db8::1", 9094)).toBe("[2001:db8::1]:9094");
    expect(formatHostPort("198.51.100.1", 9094)).toBe("198.51.100.1:9094");
    expect(formatHostPort("monitor-a.example.com", 9094)).toBe("monitor-a.example.com:9094");
  });

  it("is an IP address when the operating system takes it for one in its usual form", () => {
    for (const address of ["198.51.100.1", "0.0.0.0", "::", "2001:db8::1", "::ffff:198.51.100.1"]) {
      expect(isIpAddress(address), address).toBe(true);
    }
    for (const text of [
      "10.1",
      "0x7f000001",
      "256.1.1.1",
      "1.2.3.4.5",
      "monitor-a",
      "",
      "2001:db8::g",
      "1.2.3.4/24",
    ]) {
      expect(isIpAddress(text), text).toBe(false);
    }
    fc.assert(fc.property(fc.ipV4(), (address) => isIpAddress(address) && isIP(address) === 4));
    fc.assert(fc.property(fc.ipV6(), (address) => isIpAddress(address) && isIP(address) === 6));
  });

  it("is a DNS name when it is labels of letters, digits and hyphens, and never when it looks like an IPv4 address", () => {
    for (const name of [
      "monitor-a",
      "Monitor-A.example.com",
      "a".repeat(63),
      "1.example",
      "xn--mnchen-3ya.de",
    ]) {
      expect(isDnsName(name), name).toBe(true);
    }
    const none = [
      "",
      "../templates",
      "a.",
      "-a",
      "a-",
      "a b",
      "a\nb",
      "a_b",
      "$(id)",
      "256.1.1.1",
      "1",
      "a".repeat(64),
      `${"a.".repeat(127)}a`,
    ];
    for (const text of none) expect(isDnsName(text), text).toBe(false);
    fc.assert(fc.property(fc.domain(), (name) => isDnsName(name)));
  });
});
