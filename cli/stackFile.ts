import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { placeholderOf } from "./placeholders";
import { declaredKeys, resolveConfiguration, toText } from "./projectConfiguration";
import { settingOf } from "../program/fields";
import { readPulumiYaml } from "../templates/host/yamlReading";
import type { StackDescription } from "./runtime/pulumi";

interface Project {
  name: string;
  config: Record<string, unknown>;
}

/**
 * The stack that a file such as Pulumi.prod.yaml describes, with the defaults of the Pulumi.yaml beside it. What is encrypted in it needs no
 * key: a placeholder takes its place.
 *
 * @throws when a file cannot be read, or a value is missing or has not the declared type.
 */
export function readStackFile(path: string): StackDescription {
  const { config = {} } = readYaml(path) as { config?: Record<string, unknown> };
  const project = readProject(join(dirname(path), "Pulumi.yaml"));
  const declared = declaredKeys(project.config, project.name);
  const given: Record<string, string> = {};
  const secretKeys: string[] = [];
  for (const [key, value] of Object.entries(config)) {
    const revealed = withPlaceholders(value, key.split(":").at(-1) as string);
    if (isEncrypted(value) && isStructured(key, project.name, declared.get(key)?.type)) {
      throw new Error(encryptedAsAWhole(key));
    }
    if (revealed !== value) secretKeys.push(key);
    given[key] = toText(inOrder(revealed));
  }
  // A secret of one value need not be in the file of whoever has no key for it.
  for (const [key, { secret }] of declared) {
    const name = key.split(":").at(-1) as string;
    if (secret && given[key] === undefined) given[key] = placeholderOf(name, `secret ${name}`);
  }
  const { values, secretKeys: allSecret } = resolveConfiguration(
    project.config,
    project.name,
    given,
    secretKeys,
  );
  const stack = basename(path)
    .replace(/^Pulumi\./, "")
    .replace(/\.ya?ml$/, "");
  return { project: project.name, stack, config: values, secretKeys: allSecret };
}

function readProject(path: string): Project {
  if (!existsSync(path)) return { name: "ha-monitoring", config: {} };
  const { name = "ha-monitoring", config = {} } = readYaml(path) as Partial<Project>;
  return { name, config };
}

function readYaml(path: string): object {
  let content: unknown;
  try {
    content = readPulumiYaml(readFileSync(path, "utf8"));
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message.trim()}`, { cause: error });
  }
  if (typeof content === "object" && content !== null && !Array.isArray(content)) return content;
  throw new Error(`${path} is no file of a stack: it needs a block "config:" with the stack's settings`);
}

function isEncrypted(value: unknown): value is { secure: string } {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.keys(value).join() === "secure" &&
    typeof (value as { secure: unknown }).secure === "string"
  );
}

/** The value; the same one, if nothing in it is encrypted. */
function withPlaceholders(value: unknown, path: string): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (isEncrypted(value)) return placeholderOf(path, `secret ${path}`);
  if (Array.isArray(value)) {
    const copy = value.map((item, index) => withPlaceholders(item, `${path}[${index}]`));
    return copy.every((item, index) => item === value[index]) ? value : copy;
  }
  const entries = Object.entries(value).map(
    ([key, item]) => [key, item as unknown, withPlaceholders(item, `${path}.${key}`)] as const,
  );
  if (entries.every(([, before, after]) => before === after)) return value;
  return Object.fromEntries(entries.map(([key, , after]) => [key, after]));
}

/** The value with the names of every section in the order in which Pulumi's loader hands them over, that of their bytes. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) =>
    Buffer.compare(Buffer.from(one), Buffer.from(other)),
  );
  return Object.fromEntries(entries.map(([name, each]) => [name, inOrder(each)]));
}

/** Whether there is more than one value in what a key holds. */
function isStructured(key: string, project: string, declaredType: string | undefined): boolean {
  const field = key.startsWith(`${project}:`) ? key.slice(project.length + 1) : "";
  const kind = settingOf(field)?.field.kind;
  return kind !== undefined ? kind !== "text" : declaredType === "array" || declaredType === "object";
}

/** Why nothing can be rendered of a structured value. */
function encryptedAsAWhole(key: string): string {
  return (
    `${key} is encrypted as a whole, and nobody knows without the key what is in it;` +
    ` encrypt the secret values in it only: pulumi config set --secret --path '${key}.<path of the value>'`
  );
}
