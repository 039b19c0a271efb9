import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { resolveConfiguration as complete, type Configuration } from "../../cli/projectConfiguration";

/**
 * Completes given values with the defaults of the `config:` block in the Pulumi.yaml beside the program.
 *
 * @throws as the function that it calls.
 */
export function resolveConfiguration(
  program: string,
  project: string,
  given: Record<string, string>,
  secretKeys: readonly string[],
): Configuration {
  return complete(readSchema(program), project, given, secretKeys);
}

function readSchema(program: string): Record<string, unknown> {
  const path = join(dirname(program), "Pulumi.yaml");
  if (!existsSync(path)) return {};
  const content = parse(readFileSync(path, "utf8")) as { config?: Record<string, unknown> } | null;
  return content?.config ?? {};
}
