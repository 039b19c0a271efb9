import { unprocessable } from "./errors";

type Body = Record<string, unknown>;

/** A text of a request's body. @throws if it is something else, or missing. */
export function requiredText(body: Body, key: string): string {
  const value = optionalText(body, key);
  if (value === undefined || value === "") throw unprocessable(`${key} is required`);
  return value;
}

/** Undefined for what is missing or null. */
export function optionalText(body: Body, key: string): string | undefined {
  const value = body[key] ?? undefined;
  if (value === undefined || typeof value === "string") return value;
  throw unprocessable(`${key} must be a string`);
}

/** False for what is missing or null. */
export function flag(body: Body, key: string): boolean {
  return optionalFlag(body, key) ?? false;
}

export function optionalFlag(body: Body, key: string): boolean | undefined {
  const value = body[key] ?? undefined;
  if (value === undefined || typeof value === "boolean") return value;
  throw unprocessable(`${key} must be a boolean`);
}

/** Empty for what is missing or null. */
export function list(body: Body, key: string): unknown[] {
  const value = body[key] ?? [];
  if (Array.isArray(value)) return value;
  throw unprocessable(`The provided ${key} value must be an array.`);
}

export function texts(body: Body, key: string): string[] {
  return list(body, key).map((value) => {
    if (typeof value === "string") return value;
    throw unprocessable(`${key} must be an array of strings`);
  });
}

export function numbers(body: Body, key: string): number[] {
  return list(body, key).map((value) => {
    if (Number.isInteger(value)) return value as number;
    throw unprocessable(`${key} must be an array of integers`);
  });
}

export function object(value: unknown, key: string): Body {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Body;
  throw unprocessable(`${key} must be an object`);
}
