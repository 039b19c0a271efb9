import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parse, stringify } from "yaml";

/** Configuration values by key; a key without a namespace is the project's. */
export interface GivenConfiguration {
  values: Record<string, string>;
  /** Keys of the values that are secret. */
  secretKeys: readonly string[];
}

/** A stack's settings file, `Pulumi.STACK.yaml`. */
interface StackFile {
  encryptionsalt?: string;
  config?: Record<string, unknown>;
}

/**
 * Writes a stack's configuration into its settings file, as an editor would. Secrets that the file has already, encrypted, stay.
 *
 * @param seen a file that keeps hashes of the secrets in the settings file.
 * @param project the namespace of keys that have none.
 * @returns the secrets that are new or changed, for `pulumi config set --secret`.
 */
export function writeConfiguration(
  file: string,
  seen: string,
  project: string,
  { values, secretKeys }: GivenConfiguration,
): [key: string, value: string][] {
  const settings = existsSync(file) ? (parse(readFileSync(file, "utf8")) as StackFile) : {};
  const hashes = existsSync(seen) ? (JSON.parse(readFileSync(seen, "utf8")) as Record<string, string>) : {};
  const fullKey = (key: string) => (key.includes(":") ? key : `${project}:${key}`);
  const config: Record<string, unknown> = {};
  const known: Record<string, string> = {};
  const missing: [string, string][] = [];
  for (const [given, value] of Object.entries(values)) {
    const key = fullKey(given);
    if (!secretKeys.includes(given)) {
      config[key] = readObject(value) ?? value;
      continue;
    }
    known[key] = createHash("sha256").update(value).digest("hex");
    if (hashes[key] === known[key] && settings.config?.[key] !== undefined)
      config[key] = settings.config[key];
    else missing.push([key, value]);
  }
  writeFileSync(file, stringify({ ...settings, config }));
  writeFileSync(seen, JSON.stringify(known), { mode: 0o600 });
  return missing;
}

// A value that Pulumi.yaml declares as object or array must not be a text.
function readObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
