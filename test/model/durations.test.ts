import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDuration } from "../../model/durations";

describe("a duration of Prometheus", () => {
  it.each([
    ["0", 0],
    ["15s", 15_000],
    ["1m30s", 90_000],
    ["15d", 1_296_000_000],
    ["1y2w3d4h5m6s7ms", 33_019_506_007],
  ])("%s is %i ms", (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each(["", " ", "15", "1.5m", "-1m", "1s1m", "1m1m", "1 m", "1M", "s", "15s ", "1h\n"])(
    "%j is none",
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  it("is the sum of its parts, largest unit first", () => {
    const parts = fc.tuple(...Array.from({ length: 7 }, () => fc.option(fc.nat(1000), { nil: undefined })));
    fc.assert(
      fc.property(parts, (counts) => {
        const units = ["y", "w", "d", "h", "m", "s", "ms"];
        const words = counts.flatMap((count, index) =>
          count === undefined ? [] : [`${count}${units[index] ?? ""}`],
        );
        fc.pre(words.length > 0);
        const sum = words.reduce((total, word) => total + (parseDuration(word) ?? NaN), 0);
        expect(parseDuration(words.join(""))).toBe(sum);
      }),
    );
  });
});
