import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const root = join(__dirname, "..", "..");

/** Settings of a stack file in the project's folder, without the namespace. */
export function stackFile(name: string): Record<string, unknown> {
  const { config } = parse(readFileSync(join(root, name), "utf8")) as { config: Record<string, unknown> };
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace(/^.*:/, ""), value]));
}

/** Keys that Pulumi.yaml describes, without the namespace. */
export function describedKeys(): string[] {
  return Object.keys(declared()).map((key) => key.replace(/^.*:/, ""));
}

/** What Pulumi.yaml says of a key. */
export function descriptionOf(key: string): string | undefined {
  return declared()[`ha-monitoring:${key}`]?.description;
}

function declared(): Record<string, { description: string }> {
  const { config } = parse(readFileSync(join(root, "Pulumi.yaml"), "utf8")) as {
    config: Record<string, { description: string }>;
  };
  return config;
}
