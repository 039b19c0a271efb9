import * as fc from "fast-check";
import { isIP } from "node:net";
import { describe, expect, it } from "vitest";
import { formatHostPort, isIpAddress } from "../../templates/addresses";

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
});
