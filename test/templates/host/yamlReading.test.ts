import { describe, expect, it } from "vitest";
import { misreadYaml, readGoYaml, readPulumiYaml } from "../../../templates/host/yamlReading";

describe("a text as programs in Go read it", () => {
  it("merges what is below <<, once or several times, and keeps blocks, anchors and what comes after the document", () => {
    const text =
      "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: {<<: *a, <<: {z: 4}}\nd: |\n  one\n  two\ne: >-\n  one\n  two\n...\n---\n# nothing\n";
    expect(readGoYaml(text)).toEqual({
      ...{ a: { x: 1, y: 2 }, b: { x: 1, y: 3 }, c: { x: 1, y: 2, z: 4 } },
      ...{ d: "one\ntwo\n", e: "one two" },
    });
    expect(misreadYaml(text)).toBeUndefined();
  });

  it.each([
    ["groups: []\n---\ngroups: [{name: lost}]\n", "has more than one document"],
    ["groups: [{name: a, rules: [{expr: up, expr: down}]}]\n", "has the key groups[0].rules[0].expr twice"],
  ])("is not what is written: %j", (text, reason) => {
    expect(misreadYaml(text)).toContain(reason);
    expect(() => readGoYaml(text)).toThrow(reason);
  });

  it.each(["a: [", "a: *nowhere", "\ta: b", "a: secret\n b: c"])(
    "has a reason without the text when it is no YAML: %j",
    (text) => {
      expect(() => readGoYaml(text)).toThrow(/^is not YAML: (?!.*secret)/);
      expect(misreadYaml("a: [")).toBeUndefined();
    },
  );
});

describe("a text as Pulumi's loader reads it", () => {
  // What LoadProjectStack of the SDK for Go 3.215.0 hands over: yaml.v3 into JSON.
  it.each<[string, unknown]>([
    ["0123", 83],
    ["-017", -15],
    ["0o17", 15],
    ["0b101", 5],
    ["0x1F", 31],
    ["1_000", 1000],
    ["089", 89],
    ["1.10", 1.1],
    ["yes", "yes"],
    ["on", "on"],
    ["1:30", "1:30"],
    ["198.51.100.10", "198.51.100.10"],
    ['"0123"', "0123"],
    ["2026-11-27", "2026-11-27T00:00:00Z"],
    ["", null],
  ])("has in %s the value %j", (written, value) => {
    expect(readPulumiYaml(`a: [${written}]\n`)).toEqual({ a: written === "" ? [] : [value] });
    expect(readPulumiYaml(`a: ${written}\n`)).toEqual({ a: value });
  });

  it("has names as they are written, and merges", () => {
    expect(readPulumiYaml("0123: a\nyes: b\n1.10: c\nd: &d {e: 1}\nf: {<<: *d}\n")).toEqual({
      ...{ "0123": "a", yes: "b", "1.10": "c" },
      ...{ d: { e: 1 }, f: { e: 1 } },
    });
  });

  it("has no number without end", () => {
    expect(() => readPulumiYaml("a: .inf\n")).toThrow("put it in quotes if it is a text");
  });
});
