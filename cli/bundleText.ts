/** A file as a bundle lists it. */
export interface ListedFile {
  path: string;
  mode: string;
  content: string;
}

/** A bundle's text, taken apart. */
export interface BundleParts {
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

/** Takes apart a text as templates/hostBundle.ts writes it. */
export function readBundleText(text: string): BundleParts {
  const parts: BundleParts = { files: [], keys: [], directives: [] };
  // Every line of content has a character in front, so a file's directive is nothing else.
  const [head = "", ...files] = text.slice(0, -1).split("\nfile ");
  parts.directives.push(...head.split("\n"));
  for (const file of files) {
    const firstEnd = file.indexOf("\n");
    const line = file.slice(0, firstEnd);
    const lastLine = file.lastIndexOf("\n|");
    const contentEnd = lastLine === -1 ? firstEnd : endOfLine(file, lastLine + 1);
    const [path = "", mode = ""] = line.split(" ", 2);
    const content = file.slice(firstEnd, contentEnd).replaceAll("\n|", "\n").slice(1);
    parts.files.push({ path, mode, content: content === "" ? "" : `${content}\n` });
    parts.directives.push(`file ${line}`);
    if (contentEnd < file.length) parts.directives.push(...file.slice(contentEnd + 1).split("\n"));
  }
  for (const directive of parts.directives) {
    const [word = "", path = ""] = directive.split(" ", 2);
    if (word in keys) parts.keys.push({ path, what: keys[word] as string });
  }
  return parts;
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end;
}
