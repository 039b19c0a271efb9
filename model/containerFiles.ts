import { posix } from "node:path";
import { alertmanagerLayout } from "../templates/alertmanager/alertmanagerLayout";
import { fileSettings } from "../templates/alertmanager/alertmanagerSecretFiles";
import type { AlertmanagerYml } from "../templates/alertmanager/alertmanagerYml";
import { placeholder } from "./known";
import { problemAt, under, type Problem } from "./problem";

const { directory, templatesDirectory, secretsDirectory, data, sockets } = alertmanagerLayout.inContainer;

/** Where the default image has files: those of Debian and of the kernel. Its package ca-certificates is in `/etc/ssl/certs`. */
const imageDirectories = ["/etc/ssl/certs", "/usr", "/proc", "/sys", "/dev", "/lib", "/opt", "/var/lib"];

/** What the container has beside its image. */
export interface ContainerContent {
  /** Names of the templates. */
  templates: string[];
  /** Whether the user chose the image, which may have any file. */
  isOwnImage: boolean;
}

/**
 * Checks the paths of files and templates against what the container of Alertmanager has: its image, the configuration's directory, the sockets and the data.
 * `amtool` accepts paths of files that do not exist, and Alertmanager a pattern that no template matches. No problem quotes a path of a
 * secret file.
 *
 * @param given the argument that has the configuration.
 */
export function containerFileProblems(
  config: AlertmanagerYml,
  given: "config" | "configYaml",
  content: ContainerContent,
): Problem[] {
  const fix = given === "config" ? "write its name here" : `write "${secretsDirectory}/NAME" here`;
  const files = fileSettings(config).flatMap(({ path, value }) =>
    problemAt(
      path,
      value === "" || value === placeholder || mayExist(value, content)
        ? undefined
        : `the container of Alertmanager has no such file: it has its image and the secret files; give the content in secretFiles, and ${fix}`,
    ),
  );
  return [...under([given], files), ...templateProblems(config.templates, given, content)];
}

function mayExist(path: string, { isOwnImage }: ContainerContent): boolean {
  // A name without a path and what is in the directory of secrets are checked with the secret files.
  if (!path.includes("/") || isIn(secretsDirectory, posix.resolve(directory, path))) return true;
  const absolute = posix.resolve(directory, path);
  if (isIn(directory, absolute)) return absolute === alertmanagerLayout.inContainer.configFile;
  return isOwnImage || [data, sockets, ...imageDirectories].some((each) => isIn(each, absolute));
}

function isIn(parent: string, path: string): boolean {
  return path.startsWith(`${parent}/`);
}

function templateProblems(
  globs: unknown,
  given: "config" | "configYaml",
  { templates, isOwnImage }: ContainerContent,
): Problem[] {
  if (!Array.isArray(globs) || globs.includes(placeholder)) return [];
  const all = `${templatesDirectory}/*.tmpl`;
  const patterns = globs
    .filter((glob) => typeof glob === "string")
    .map((glob) => posix.resolve(directory, glob));
  const matches = (pattern: string, name: string) =>
    globExpression(pattern).test(`${templatesDirectory}/${name}`);
  const lost = patterns.flatMap((pattern, index) => {
    const isElsewhere = !isIn(directory, pattern);
    const mayMatch =
      isElsewhere && (isOwnImage || [data, ...imageDirectories].some((each) => isIn(each, pattern)));
    return problemAt(
      [given, "templates", index],
      mayMatch || templates.some((name) => matches(pattern, name))
        ? undefined
        : `no template in the container of Alertmanager matches "${pattern}"; ` +
            (templates.length > 0
              ? `those in alerting.templates are read with "${all}"`
              : `give the files in alerting.templates and write "${all}", or leave it out`),
    );
  });
  if (lost.length > 0) return lost;
  return templates.flatMap((name) =>
    problemAt(
      ["templates", name],
      patterns.some((pattern) => matches(pattern, name))
        ? undefined
        : `${given}.templates does not read it; write "${all}" there, or leave the template out`,
    ),
  );
}

/** A pattern of Go's filepath.Match as a regular expression. */
function globExpression(glob: string): RegExp {
  const source = glob.replaceAll(/\\(.)|\[\^?[^\]]+\]|[*?]|[^\w/]/g, (part: string, escaped?: string) => {
    if (escaped !== undefined) return `\\x${escaped.charCodeAt(0).toString(16).padStart(2, "0")}`;
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    return part.length > 1 ? part : `\\${part}`;
  });
  try {
    return new RegExp(`^${source}$`);
  } catch {
    // Upstream refuses such a pattern, too.
    return /^(?!)/;
  }
}
