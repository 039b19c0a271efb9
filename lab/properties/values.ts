/**
 * Property values as they travel between a Pulumi program and its engine: JSON, in which secrets, unknowns and references to
 * resources are marked. State files and requests use the same form, so nothing is converted on the way.
 */
export type PropertyValue =
  null | boolean | number | string | PropertyValue[] | { [key: string]: PropertyValue };
/** The inputs or outputs of one resource. */
export type PropertyMap = Record<string, PropertyValue>;

// These markers are part of Pulumi's protocol (@pulumi/pulumi/runtime/rpc); a test compares them with the SDK's.
/** Stands for a value that is not known before the update runs. */
export const unknownMarker = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** The key that marks an object as something else than an object. */
export const signatureKey = "4dabf18193072939515e22adb298388d";
/** The value of the signature key in a secret; the secret itself is under `value`. */
export const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** An object of properties, a marked one (secret, asset, reference) included. */
export function isObject(value: PropertyValue | undefined): value is { [key: string]: PropertyValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a value is itself marked as secret. */
export function isSecret(value: PropertyValue | undefined): boolean {
  return isObject(value) && value[signatureKey] === secretSignature;
}

/** The value marked as secret; a secret is returned as it is. */
export function markSecret(value: PropertyValue): PropertyValue {
  if (isSecret(value)) return value;
  return { [signatureKey]: secretSignature, value: revealSecrets(value) };
}

/** The value without any secret markers, at any depth: what a provider works with. */
export function revealSecrets(value: PropertyValue): PropertyValue {
  if (Array.isArray(value)) return value.map(revealSecrets);
  if (!isObject(value)) return value;
  if (isSecret(value)) return revealSecrets(value["value"] ?? null);
  return mapValues(value, revealSecrets);
}

/** All properties without secret markers. */
export function revealAll(properties: PropertyMap): PropertyMap {
  return mapValues(properties, revealSecrets);
}

/** Whether a value has something secret in it, at any depth. */
export function containsSecret(value: PropertyValue | undefined): boolean {
  if (value === undefined) return false;
  if (isSecret(value)) return true;
  if (Array.isArray(value)) return value.some(containsSecret);
  return isObject(value) && Object.values(value).some(containsSecret);
}

/** The names of the properties that have something secret in them. */
export function namesOfSecrets(properties: PropertyMap): string[] {
  return Object.keys(properties).filter((name) => containsSecret(properties[name]));
}

/** The value as it may be shown: "[secret]" and "[unknown]" take the places of what must not or cannot be shown. */
export function displayValue(value: PropertyValue): PropertyValue {
  if (value === unknownMarker) return "[unknown]";
  if (Array.isArray(value)) return value.map(displayValue);
  if (!isObject(value)) return value;
  if (isSecret(value)) return "[secret]";
  return mapValues(value, displayValue);
}

/** A text as it is, a number or truth value as a text, anything else as JSON; "" for nothing. */
export function toText(value: PropertyValue | undefined): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : JSON.stringify(value);
}

/** The same keys with other values. */
export function mapValues<From, To>(
  object: Record<string, From>,
  change: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}

/** Whether two values are the same; the order of an object's keys does not count, a secret equals its plain value. */
export function equalValues(left: PropertyValue | undefined, right: PropertyValue | undefined): boolean {
  return canonicalJson(left) === canonicalJson(right);
}

/** JSON with sorted keys and without secret markers, for comparing. */
export function canonicalJson(value: PropertyValue | undefined): string {
  if (value === undefined) return "";
  return JSON.stringify(revealSecrets(value), (_key, part: PropertyValue) =>
    isObject(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
}
