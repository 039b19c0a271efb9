import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { presharedKey, renderPresharedKeys } from "../../../templates/overlay/wireGuardPresharedKeys";

const hostName = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);

describe("the preshared key of two hosts", () => {
  it("is the same on both, and 32 bytes as WireGuard writes them", () => {
    fc.assert(
      fc.property(fc.string(), hostName, hostName, (root, one, other) => {
        const key = presharedKey(root, one, other);
        expect(key).toBe(presharedKey(root, other, one));
        expect(key).toMatch(/^[A-Za-z0-9+/]{43}=$/);
        expect(Buffer.from(key, "base64")).toHaveLength(32);
      }),
    );
  });

  it("is another for every pair and every root", () => {
    fc.assert(
      fc.property(fc.uniqueArray(hostName, { minLength: 2, maxLength: 8 }), (names) => {
        const pairs = names.flatMap((one, index) =>
          names.slice(index + 1).map((other) => [one, other] as const),
        );
        const keys = ["root", "other"].flatMap((root) =>
          pairs.map(([one, other]) => presharedKey(root, one, other)),
        );
        expect(new Set(keys).size).toBe(2 * pairs.length);
      }),
    );
  });

  it("is made by HKDF-SHA256, so that another program could make it", () => {
    expect(presharedKey("root", "hub-b", "hub-a")).toMatchInlineSnapshot(
      `"H/yjpz6cEhO60sAmLLQHM5f3APCrh2RVj0Eslgq6MgM="`,
    );
  });
});

describe("the file of preshared keys", () => {
  it("has a line for each peer, sorted by name", () => {
    expect(renderPresharedKeys("root", "hub-a", ["spoke-a", "hub-b"])).toBe(
      `hub-b ${presharedKey("root", "hub-a", "hub-b")}\nspoke-a ${presharedKey("root", "hub-a", "spoke-a")}\n`,
    );
  });
});
