import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { diffProperties, matchesPath, splitPath } from "../../lab/properties/diff";
import { markSecret, unknownMarker, type PropertyMap } from "../../lab/properties/values";

describe("what differs between properties", () => {
  const properties = fc.dictionary(
    fc.stringMatching(/^[a-z]{1,3}$/),
    fc.jsonValue({ maxDepth: 2 }),
  ) as fc.Arbitrary<PropertyMap>;

  test("nothing differs from itself, whatever it is", () => {
    fc.assert(fc.property(properties, (value) => diffProperties(value, structuredClone(value)).length === 0));
  });

  test("what is added one way is deleted the other way", () => {
    fc.assert(
      fc.property(properties, properties, (left, right) => {
        const mirror = { add: "delete", delete: "add", update: "update" };
        const there = diffProperties(left, right).map(({ path, kind }) => `${kind} ${path}`);
        const back = diffProperties(right, left).map(({ path, kind }) => `${mirror[kind]} ${path}`);
        expect(back).toEqual(there);
      }),
    );
  });

  test("only leaves that differ are named, by Pulumi's paths", () => {
    const old = { b: [{ x: 1, y: 2 }], a: "same", gone: true };
    const next = { b: [{ x: 1, y: 3 }, "new"], a: "same", came: null };
    expect(diffProperties(old, next, ["b"])).toEqual([
      { path: "b[0].y", kind: "update", old: 2, new: 3, replaces: true },
      { path: "b[1]", kind: "add", new: "new", replaces: true },
      { path: "came", kind: "add", new: null, replaces: false },
      { path: "gone", kind: "delete", old: true, replaces: false },
    ]);
  });

  test("a secret is shown on neither side, even if it was or becomes plain", () => {
    const change = { path: "a", kind: "update", old: "[secret]", new: "[secret]", replaces: false };
    expect(diffProperties({ a: markSecret("x") }, { a: markSecret("y") })).toEqual([change]);
    expect(diffProperties({ a: "x" }, { a: markSecret("y") })).toEqual([change]);
    expect(diffProperties({ a: markSecret("x") }, { a: "y" })).toEqual([change]);
    expect(diffProperties({ a: markSecret("x") }, { a: unknownMarker })[0]?.new).toBe("[unknown]");
    expect(diffProperties({}, { a: [markSecret("x")] })[0]?.new).toEqual(["[secret]"]);
    expect(diffProperties({ a: markSecret("x") }, { a: "x" })).toEqual([]);
  });

  test("a pattern names a path, all below it, and with * any key or index", () => {
    expect(matchesPath("a.b[0].c", ["a.b"])).toBe(true);
    expect(matchesPath("a.b[0].c", ["a.*[*].c"])).toBe(true);
    expect(matchesPath("a.b[0].c", ["a.b[1]", "b", "a.b[0].c.d"])).toBe(false);
    expect(splitPath('a["b.c"][2].d')).toEqual(["a", "b.c", "2", "d"]);
  });
});
