/** Bundles as their directives say, without the contents of files: what `HOST.txt` has of a host. */
import { meaningOf, nameOfUnit } from "./units";

/** A bundle's files, and what follows when one of them changes. */
export interface ReadBundle {
  name: string;
  files: string[];
  /** Units that are enabled and running. */
  services: string[];
  /** What a change of a file does, by its path: `HAProxy reload`. */
  effects: Map<string, string[]>;
  /** What a change of any file does. */
  onChange: string[];
}

/** Reads directives of any number of bundles; what stands before the first one belongs to none. */
export function readBundles(directives: string): ReadBundle[] {
  const bundles: ReadBundle[] = [];
  for (const line of directives.split("\n")) {
    const [directive, ...words] = line.split(" ");
    const [first = "", second = ""] = words;
    const bundle = bundles.at(-1);
    if (directive === "bundle") {
      bundles.push({ name: first, files: [], services: [], effects: new Map(), onChange: [] });
    } else if (bundle === undefined) {
      continue;
    } else if (directive === "file" || directive === "private-key" || directive === "wireguard-key") {
      bundle.files.push(first);
    } else if (directive === "service") {
      bundle.services.push(first);
    } else if (directive === "restart" || directive === "reload") {
      const effect = `${nameOfUnit(first)} ${directive}`;
      bundle.effects.set(second, [...(bundle.effects.get(second) ?? []), effect]);
    } else if (directive === "on-change") {
      bundle.onChange.push(meaningOf(words.join(" ")));
    }
  }
  return bundles;
}

/** Splits the text of a bundle, as it travels to its host, into its host's part of a rendered folder. */
export function splitBundle(text: string): { host: string; files: Map<string, string> } {
  const directives: string[] = [];
  const contents = new Map<string, string[]>();
  let content: string[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("|")) {
      content.push(line.slice(1));
      continue;
    }
    directives.push(line);
    const [directive, path = ""] = line.split(" ");
    if (directive === "file") contents.set(path, (content = []));
  }
  const host = directives.find((line) => line.startsWith("bundle "))?.split(" ")[3] ?? "";
  const files = [...contents].map(([path, lines]): [string, string] => [
    host + path,
    lines.map((line) => `${line}\n`).join(""),
  ]);
  return { host, files: new Map([...files, [`${host}.txt`, directives.join("\n")]]) };
}
