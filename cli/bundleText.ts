/** A file as a bundle lists it. */
export interface ListedFile {
  path: string;
  mode: string;
  content: string;
}

/** A bundle's text, taken apart. */
export interface BundleParts {
  host: string;
  files: ListedFile[];
  /** Private keys that the machine makes: their paths, and what each is. */
  keys: { path: string; what: string }[];
  /** All directives, without content. */
  directives: string[];
}

const keys: Record<string, string> = {
  "private-key": "private key",
  "wireguard-key": "private key of WireGuard",
};

/** Takes apart a text as templates/hostBundle.ts writes it; undefined if it is none. */
export function readBundleText(text: string): BundleParts | undefined {
  const [, host] = /^bundle \S+ on (\S+)\n/.exec(text) ?? [];
  if (host === undefined || !text.endsWith("\nend\n")) return undefined;
  const parts: BundleParts = { host, files: [], keys: [], directives: [] };
  let position = 0;
  while (position < text.length) {
    const end = text.indexOf("\n", position);
    const line = text.slice(position, end);
    position = end + 1;
    parts.directives.push(line);
    const [directive = "", path = "", mode = ""] = line.split(" ", 3);
    if (directive in keys) parts.keys.push({ path, what: keys[directive] as string });
    if (directive !== "file") continue;
    const contentEnd = endOfContent(text, position);
    // Each line of it has one character in front.
    const content = text.slice(position, contentEnd).replaceAll("\n|", "\n").slice(1);
    parts.files.push({ path, mode, content });
    position = contentEnd;
  }
  return parts;
}

function endOfContent(text: string, from: number): number {
  let position = from;
  while (text[position] === "|") position = text.indexOf("\n", position) + 1;
  return position;
}
