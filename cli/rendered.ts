import { posix } from "node:path";
import { stringify } from "yaml";
import { readBundleText, type BundleParts } from "./bundleText";
import { revealPlaceholders } from "./placeholders";
import type { Registered } from "./runtime/resources";

/** Name of the file of everything that is not on a machine, or is there without a bundle. */
const resourcesFile = "resources.yml";

/**
 * Everything that a program would put on machines, as texts by path: `HOST/ABSOLUTE/PATH` for each file, `HOST.txt` for what else is done on
 * a host, and one file of all resources that are no bundles.
 */
export function renderResources(resources: Registered[]): Map<string, string> {
  const files = new Map<string, string>();
  const done = new Map<string, string[]>();
  const others: Registered[] = [];
  const add = (host: string, path: string, content: string) => {
    if (posix.normalize(path) !== path || !path.startsWith("/")) {
      throw new Error(`${path}, a file of ${host}, is not an absolute path without detours`);
    }
    files.set(`${host}${path}`, content);
  };
  const addDone = (host: string, lines: string[]) => {
    const before = done.get(host);
    if (before) before.push("", ...lines);
    else done.set(host, lines);
  };

  for (const resource of resources) {
    const program = installedProgram(resource);
    if (program) add(program.host, program.path, program.text);
    const bundle = bundleOf(resource);
    if (bundle) addBundle(bundle, resource.secrets.includes("stdin"), add, addDone);
    if (!program && !bundle && !resource.type.startsWith("pulumi:providers:")) others.push(resource);
  }
  for (const [host, lines] of done) files.set(`${host}.txt`, `${lines.join("\n")}\n`);
  if (others.length > 0) files.set(resourcesFile, renderOthers(others));
  for (const [path, content] of files) files.set(path, revealPlaceholders(content));
  return files;
}

function addBundle(
  bundle: BundleParts,
  isSecret: boolean,
  add: (host: string, path: string, content: string) => void,
  addDone: (host: string, lines: string[]) => void,
): void {
  const { host } = bundle;
  // Secrets land in files that their owner alone may read; in others only single values are secret, and placeholders already.
  for (const { path, mode, content } of bundle.files) {
    add(host, path, isSecret && mode === "0600" ? "<secret>\n" : content);
  }
  for (const { path, what } of bundle.keys) add(host, path, `<${what}, made on ${host}>\n`);
  addDone(host, bundle.directives);
}

function bundleOf({ type, inputs }: Registered): BundleParts | undefined {
  const { stdin } = inputs;
  return type === "command:remote:Command" && typeof stdin === "string" ? readBundleText(stdin) : undefined;
}

/** The program that applies bundles, if this is what a command installs. */
function installedProgram({
  type,
  inputs,
}: Registered): { host: string; path: string; text: string } | undefined {
  if (type !== "command:remote:Command" || typeof inputs["delete"] !== "string") return undefined;
  const [, path, host] = /(\/\S+) uninstall (\S+)$/.exec(inputs["delete"]) ?? [];
  return path && host ? { host, path, text: String(inputs["stdin"]) } : undefined;
}

function renderOthers(resources: Registered[]): string {
  const entries = resources.map(({ type, name, inputs, secrets }) => {
    const shown = Object.entries(inputs).map(([key, value]) => [
      key,
      secrets.includes(key) ? "<secret>" : value,
    ]);
    return [`${type} ${name}`, Object.fromEntries(shown)] as const;
  });
  return stringify(Object.fromEntries(entries), { lineWidth: 0, aliasDuplicateObjects: false });
}
