import * as rpc from "@pulumi/pulumi/runtime/rpc";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  containsSecret,
  displayValue,
  equalValues,
  markSecret,
  revealSecrets,
  secretSignature,
  signatureKey,
  unknownMarker,
  type PropertyValue,
} from "../../lab/properties/values";

const plainValue = fc.jsonValue({ maxDepth: 3 }).map((value) => value as PropertyValue);

describe("values on the wire", () => {
  test("the markers are those of the SDK", () => {
    expect([unknownMarker, signatureKey, secretSignature]).toEqual([
      rpc.unknownValue,
      rpc.specialSigKey,
      rpc.specialSecretSig,
    ]);
  });

  test("marking and revealing gives the value back, whatever it is", () => {
    fc.assert(fc.property(plainValue, (value) => equalValues(revealSecrets(markSecret(value)), value)));
  });

  test("a secret is never shown, at no depth", () => {
    fc.assert(
      fc.property(plainValue, (around) => {
        const value = { around, list: [1, markSecret("hidden words")] };
        return containsSecret(value) && !JSON.stringify(displayValue(value)).includes("hidden words");
      }),
    );
  });

  test("the order of keys does not count, the order of items does", () => {
    expect(equalValues({ a: 1, b: [1, 2] }, { b: [1, 2], a: 1 })).toBe(true);
    expect(equalValues({ b: [1, 2] }, { b: [2, 1] })).toBe(false);
  });
});
