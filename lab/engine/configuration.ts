import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import type { PropertyMap } from "./values";

/** A stack's configuration as the runtime takes it. */
export interface Configuration {
  /** By full key, as in `ha-monitoring:version`. */
  values: Record<string, string>;
  secretKeys: string[];
}

interface ConfigSchema {
  type?: string;
  default?: unknown;
  value?: unknown;
  secret?: boolean;
}

/**
 * Completes given values with the defaults of the `config:` block in the Pulumi.yaml beside the program, as the CLI does.
 *
 * @param given values by key; a key without a namespace is the project's.
 * @throws if a value is missing that the block declares without a default, or has not the declared type.
 */
export function resolveConfiguration(
  program: string,
  project: string,
  given: Record<string, string>,
  secretKeys: readonly string[],
): Configuration {
  const fullKey = (key: string) => (key.includes(":") ? key : `${project}:${key}`);
  const values = Object.fromEntries(Object.entries(given).map(([key, value]) => [fullKey(key), value]));
  const secrets = new Set(secretKeys.map(fullKey));
  for (const [name, declared] of Object.entries(readSchema(program))) {
    const key = fullKey(name);
    const schema: ConfigSchema = isSchema(declared) ? declared : { default: declared };
    if (schema.secret) secrets.add(key);
    const fallback = schema.default ?? schema.value;
    if (values[key] === undefined && fallback !== undefined && fallback !== null)
      values[key] = toText(fallback);
    if (values[key] === undefined && schema.type !== undefined) {
      throw new Error(
        `configuration value ${key} is missing; it is declared in Pulumi.yaml without a default`,
      );
    }
    checkType(key, values[key], schema);
  }
  return { values, secretKeys: [...secrets].filter((key) => key in values) };
}

/** The configuration of default providers: the values of their packages' namespaces, as in `docker:host`. */
export function defaultProviderInputs(values: Record<string, string>): Record<string, PropertyMap> {
  const inputs: Record<string, PropertyMap> = {};
  for (const [key, value] of Object.entries(values)) {
    const [namespace = "", name = ""] = key.split(/:(.*)/);
    (inputs[namespace] ??= {})[name] = value;
  }
  return inputs;
}

function readSchema(program: string): Record<string, unknown> {
  const path = join(dirname(program), "Pulumi.yaml");
  if (!existsSync(path)) return {};
  const content = parse(readFileSync(path, "utf8")) as { config?: Record<string, unknown> } | null;
  return content?.config ?? {};
}

function isSchema(declared: unknown): declared is ConfigSchema {
  return typeof declared === "object" && declared !== null && !Array.isArray(declared);
}

function toText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function checkType(key: string, value: string | undefined, { type, secret }: ConfigSchema): void {
  if (value === undefined) return;
  const fits: Record<string, (text: string) => boolean> = {
    integer: (text) => /^-?\d+$/.test(text),
    boolean: (text) => text === "true" || text === "false",
    array: (text) => Array.isArray(parseJson(text)),
    object: (text) => typeof parseJson(text) === "object",
  };
  if (!type || fits[type]?.(value) !== false) return;
  throw new Error(
    `configuration value ${key} must be of type ${type} (as Pulumi.yaml declares), ${secret ? "[secret]" : JSON.stringify(value)} is not`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
