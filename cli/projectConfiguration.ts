/** A stack's configuration as the runtime takes it. */
export interface Configuration {
  /** By full key, as in `ha-monitoring:version`. */
  values: Record<string, string>;
  secretKeys: string[];
}

/** What the `config:` block of a Pulumi.yaml declares of a key. */
export interface ConfigSchema {
  type?: string;
  default?: unknown;
  value?: unknown;
  secret?: boolean;
}

/**
 * Completes given values with the defaults of the `config:` block of a project's Pulumi.yaml, as the CLI does.
 *
 * @param given values by key; a key without a namespace is the project's.
 * @throws if a value is missing that the block declares without a default, or has not the declared type.
 */
export function resolveConfiguration(
  declared: Record<string, unknown>,
  project: string,
  given: Record<string, string>,
  secretKeys: readonly string[],
): Configuration {
  const values = Object.fromEntries(
    Object.entries(given).map(([key, value]) => [fullKey(project, key), value]),
  );
  const secrets = new Set(secretKeys.map((key) => fullKey(project, key)));
  for (const [key, schema] of declaredKeys(declared, project)) {
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

/** What a Pulumi.yaml declares, by full key. */
export function declaredKeys(declared: Record<string, unknown>, project: string): Map<string, ConfigSchema> {
  return new Map(
    Object.entries(declared).map(([name, each]) => [
      fullKey(project, name),
      isSchema(each) ? each : { default: each },
    ]),
  );
}

/** A value as configuration holds it: objects as JSON. */
export function toText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function fullKey(project: string, key: string): string {
  return key.includes(":") ? key : `${project}:${key}`;
}

function isSchema(declared: unknown): declared is ConfigSchema {
  return typeof declared === "object" && declared !== null && !Array.isArray(declared);
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
