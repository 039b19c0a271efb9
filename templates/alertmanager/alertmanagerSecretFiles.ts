import { posix } from "node:path";
import { longestFileName } from "../../model/checks";
import { problemAt, type Path, type Problem } from "../../model/problem";
import { alertmanagerLayout } from "./alertmanagerLayout";
import type { AlertmanagerYml } from "./alertmanagerYml";

const { directory, secretsDirectory } = alertmanagerLayout.inContainer;

// What has labels, times or paths of templates in it, but no setting that ends in `_file`.
const sectionsWithoutFiles = ["route", "inhibit_rules", "time_intervals", "mute_time_intervals", "templates"];

// Mappings whose keys are the author's own words and no settings.
const mappingsOfFreeKeys = [
  ...["headers", "http_headers", "proxy_connect_header", "endpoint_params"],
  ...["details", "fields", "custom_fields", "payload", "attributes"],
];

/** Where Alertmanager finds a secret file. */
export function secretFilePath(name: string): string {
  return `${secretsDirectory}/${name}`;
}

/** The configuration with the path of the secret file wherever a setting that ends in `_file` has only its name. */
export function withSecretFilePaths(config: AlertmanagerYml, names: string[]): AlertmanagerYml {
  return mapFileSettings(config, (value) => (names.includes(value) ? secretFilePath(value) : value));
}

/** Every path or name of a file in the configuration: settings that end in `_file`, and the files of HTTP headers. */
export function fileSettings(config: AlertmanagerYml): { path: Path; value: string }[] {
  const found: { path: Path; value: string }[] = [];
  mapFileSettings(config, (value, path) => {
    found.push({ path, value });
    return value;
  });
  return [...found, ...headerFiles(config, [])];
}

function headerFiles(value: unknown, path: Path): { path: Path; value: string }[] {
  if (typeof value !== "object" || value === null) return [];
  const isHeaders = path.at(-2) === "http_headers" && path.at(-3) === "http_config";
  const files = isHeaders ? (value as { files?: unknown }).files : undefined;
  if (Array.isArray(files)) {
    return files.flatMap((file: unknown, index) =>
      typeof file === "string" ? [{ path: [...path, "files", index], value: file }] : [],
    );
  }
  return Object.entries(value).flatMap(([key, each]) =>
    headerFiles(each, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

/**
 * Checks the names of secret files against the settings that read them. No problem quotes a setting: somebody may have written the secret
 * itself where a name belongs.
 *
 * @param given the argument that has the configuration. The text in `configYaml` stays as it is, so it must have whole paths.
 */
export function secretFileProblems(
  config: AlertmanagerYml,
  names: string[],
  given: "config" | "configYaml",
): Problem[] {
  const problems: Problem[] = [];
  const used = new Set(stringsIn(config).flatMap((text) => secretFileNamed(text) ?? []));
  mapFileSettings(config, (value, path) => {
    const isName = value !== "" && !value.includes("/");
    if (isName && given === "configYaml") {
      const example = secretFilePath(names.includes(value) ? value : "NAME");
      problems.push({
        path: [given, ...path],
        says: `a name without its path leads nowhere; write the path of a secret file as the container sees it, "${example}"`,
      });
    }
    const name = isName ? value : secretFileNamed(value);
    if (name !== undefined) used.add(name);
    if (name !== undefined && !names.includes(name) && !(isName && given === "configYaml")) {
      problems.push({
        path: [given, ...path],
        // In the directory of secrets a name is no secret.
        says: isName
          ? `there is no secret file of this name; there are ${listOf(names)}; paths of other files must be absolute`
          : `there is no secret file "${name}"; there are ${listOf(names)}; add it to secretFiles`,
      });
    }
    return value;
  });
  for (const name of names) {
    if (!isFileName(name)) {
      problems.push({
        path: ["secretFiles"],
        says: `"${name}" is not a plain file name; use up to ${longestFileName} letters, digits, ., _ and -, and no dot in front`,
      });
    } else if (!used.has(name)) {
      const fix =
        given === "config"
          ? `name it in a setting that ends in _file, e.g. "url_file: ${name}"`
          : `write its path, "${secretFilePath(name)}", in a setting that ends in _file`;
      problems.push({
        path: ["secretFiles", name],
        says: `nothing reads it; ${fix}, or leave it out`,
      });
    }
  }
  return problems;
}

/** Checks the contents of secret files, without showing them. Programs without types may give anything. */
export function secretContentProblems(contents: Record<string, unknown>): Problem[] {
  return Object.entries(contents).flatMap(([name, content]) => {
    const path = ["secretFiles", name];
    if (typeof content !== "string") return problemAt(path, "its content must be a text");
    // Alertmanager cuts blanks off at both ends.
    return problemAt(path, content.trim() === "" ? "it is empty" : undefined);
  });
}

function isFileName(name: string): boolean {
  return /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(name) && name.length <= longestFileName;
}

/** The name of the secret file to which a path leads; Alertmanager takes paths relative to its configuration. */
function secretFileNamed(path: string): string | undefined {
  const absolute = posix.resolve(directory, path);
  return posix.dirname(absolute) === secretsDirectory ? posix.basename(absolute) : undefined;
}

/** A copy in which each setting that ends in `_file` has what `change` makes of it. */
function mapFileSettings(
  config: AlertmanagerYml,
  change: (value: string, path: Path) => string,
): AlertmanagerYml {
  const visit = (value: unknown, path: Path): unknown => {
    if (Array.isArray(value)) return value.map((each, index) => visit(each, [...path, index]));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, each]: [string, unknown]) => {
        const keyPath = [...path, key];
        if (mappingsOfFreeKeys.includes(key)) return [key, each];
        if (path.length === 0 && sectionsWithoutFiles.includes(key)) return [key, each];
        const isSetting = key.endsWith("_file") && typeof each === "string";
        return [key, isSetting ? change(each, keyPath) : visit(each, keyPath)];
      }),
    );
  };
  return visit(config, []) as AlertmanagerYml;
}

function stringsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(stringsIn);
}

function listOf(names: string[]): string {
  return names.length === 0 ? "none" : names.map((name) => `"${name}"`).join(", ");
}
