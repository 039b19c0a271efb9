import { withFinalNewline } from "../../../templates/host/hostBundle";
import { parseHostBundle } from "../bundleParser";
import { readHaproxy, readNftables, readSettings, readUnit, readWords, readYaml } from "./languages";
import { readShell } from "./shell";
import { replaceText, treeOf, type Replacement, type Tree } from "./tree";

type Reader = (text: string) => Tree;

/** What users write in the language of another program: here it has to arrive as it is, but for a newline at its end. */
const own = /\/secrets\/|\/templates\/|\/rules\/own-|\/exporters\/[^/]+\/[^/]+\.ya?ml$/;

/** Readers of files by their paths; the first one counts. */
const readers: [RegExp, Reader][] = [
  [/\.ya?ml$/, readYaml],
  [/\.json$/, (text) => treeOf(JSON.parse(text))],
  [/\.(service|socket|timer)$/, readUnit],
  [/\/haproxy\.cfg$/, readHaproxy],
  [/\.nft$/, readNftables],
  [/\/wireguard\/[^/]+\.conf$|\/preshared-keys$|\/own-scrapes$/, readWords],
  [/\/software\//, readSettings],
  // Certificates, programs of ours, and the name of an image.
  [/\.pem$|\/libexec\/|\/alertmanager-image\//, (text) => text.trimEnd()],
];

/** The inputs of a resource, each read as the program that takes it reads it. */
export function readInputs(inputs: unknown, before: unknown = inputs, replacement?: Replacement): Tree {
  return treeOf(
    Object.fromEntries(
      Object.entries(inputs as object).map(([name, value]: [string, unknown]) => {
        const old = (before as Record<string, unknown>)[name];
        return [name, readInput(name, value, old, replacement)];
      }),
    ),
  );
}

function readInput(name: string, value: unknown, before: unknown, replacement?: Replacement): unknown {
  if (typeof value !== "string" || typeof before !== "string") return value;
  if (name === "stdin" && before.startsWith("bundle ")) return readBundle(value, before, replacement);
  if (name === "stdin" && before.startsWith("preflight ")) return readWords(value);
  if (name === "create" || name === "delete") return readShell(value);
  return name === "userData" ? readYaml(value) : value;
}

/** What is in a bundle to its host. Paths of the bundle before the replacement say in which language each file is. */
function readBundle(text: string, before: string, replacement?: Replacement): Tree {
  const bundle = parseHostBundle(text);
  const paths = new Map<string, string>();
  if (replacement) filesIn(before).forEach((path) => paths.set(replaceText(path, replacement), path));
  const files = Object.entries(bundle.files).map(([path, content]): [string, Tree] => [
    possible(path),
    readFile(paths.get(path) ?? path, content, replacement?.to),
  ]);
  return new Map<string, Tree>([
    ["name", [bundle.name, bundle.host]],
    ["directives", bundle.directives.map(readDirective)],
    ["files", new Map(files)],
  ]);
}

function filesIn(bundle: string): string[] {
  return [...bundle.matchAll(/^file (\S+)/gm)].map(([, path = ""]) => path);
}

/** @throws Error for a path with a name that Linux does not take. */
function possible(path: string): string {
  if (path.split("/").every((name) => Buffer.byteLength(name) <= 255)) return path;
  throw new Error(`${path} is too long`);
}

function readFile(path: string, content: string, to?: string): Tree {
  const isText =
    own.test(path) || (path.endsWith("/alertmanager.yml") && !content.startsWith("# Written by"));
  if (isText) return to !== undefined && withFinalNewline(to) === content ? to : content.replace(/\n$/, "");
  const reader = readers.find(([paths]) => paths.test(path))?.[1];
  // A new language needs a reader.
  if (reader === undefined) throw new Error(`there is no reader for ${path}`);
  try {
    return reader(content);
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

function readDirective({ directive, rest }: { directive: string; rest: string }): Tree {
  if (["check", "on-change", "cleanup"].includes(directive)) return [directive, readShell(rest)];
  // Names of a certificate are parted by commas.
  if (!["probe", "in-use", "unless"].includes(directive)) return [directive, ...rest.split(/[ ,]/)];
  const [first = ""] = rest.split(" ", 1);
  return [directive, first, readShell(rest.slice(first.length))];
}
