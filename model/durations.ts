const units = { y: 31_536_000_000, w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/**
 * A duration in Prometheus' own grammar, in milliseconds, or undefined when it is none. Units stand in order, largest first:
 * github.com/prometheus/common, model.ParseDuration.
 */
export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  const pattern = Object.keys(units)
    .map((unit) => `(?:(\\d+)${unit})?`)
    .join("");
  const match = new RegExp(`^(?=.)${pattern}$`).exec(text);
  if (!match) return undefined;
  return Object.values(units).reduce((sum, size, index) => sum + Number(match[index + 1] ?? 0) * size, 0);
}

/** The longest duration of Go in milliseconds: 2^63 nanoseconds, 292 years. */
export const longestDuration = 2 ** 63 / 1e6;

/** A duration in Go's grammar without fractions, in milliseconds, or undefined when it is none: units in any order, and none above hours. */
export function parseGoDuration(text: string): number | undefined {
  if (!/^(\d+(ms|s|m|h))+$/.test(text)) return undefined;
  return [...text.matchAll(/(\d+)(ms|s|m|h)/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * units[unit as keyof typeof units],
    0,
  );
}

/** Whether a value is a duration of zero, in any unit. In YAML a zero without a unit is a number. */
export function isZeroDuration(value: unknown): boolean {
  return value === 0 || (typeof value === "string" && parseDuration(value) === 0);
}
