import type * as pulumi from "@pulumi/pulumi";

/** Whether a value is neither an Output nor a promise. The SDK marks its Outputs with this property, so nothing here has to load the SDK. */
export function isKnown<T>(value: pulumi.Input<T>): value is T {
  if (typeof value !== "object" || value === null) return true;
  return !(value instanceof Promise) && (value as { __pulumiOutput?: boolean }).__pulumiOutput !== true;
}

/** Whether a value holds no Output and no promise, at any depth. */
export function isPlain(value: unknown): boolean {
  if (!isKnown(value)) return false;
  return typeof value !== "object" || value === null || Object.values(value).every(isPlain);
}

/** The value if it is known, or else undefined. */
export function ifKnown<T>(value: pulumi.Input<T> | undefined): T | undefined {
  return value !== undefined && isKnown(value) ? value : undefined;
}

/** Stands for a value that is known later, where the rest is checked before. It is a path, because a setting may be one that names a file. */
export const placeholder = "/known/later";

/** A copy with the placeholder wherever a value is known later only. */
export function withPlaceholders(value: unknown): unknown {
  if (!isKnown(value)) return placeholder;
  if (Array.isArray(value)) return value.map(withPlaceholders);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withPlaceholders(each)]));
}
