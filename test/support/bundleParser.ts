/** A bundle as the grammar of docs/host-bundles.md reads it, written from that page and from nothing else. */
export interface ParsedBundle {
  name: string;
  host: string;
  /** Directives in order, without their content. */
  directives: { directive: string; rest: string }[];
  /** Content by path. */
  files: Record<string, string>;
}

const shellDirectives = ["check", "on-change", "cleanup"];
const wordCounts: Record<string, { fewest: number; most: number }> = {
  bundle: { fewest: 3, most: 5 },
  command: { fewest: 2, most: Infinity },
  user: { fewest: 1, most: 1 },
  directory: { fewest: 3, most: 3 },
  "state-directory": { fewest: 3, most: 3 },
  "private-key": { fewest: 3, most: 3 },
  "certificate-request": { fewest: 3, most: 3 },
  "wireguard-key": { fewest: 3, most: 3 },
  file: { fewest: 3, most: 3 },
  service: { fewest: 1, most: 1 },
  restart: { fewest: 2, most: 2 },
  reload: { fewest: 2, most: 2 },
  end: { fewest: 0, most: 0 },
};

/** Reads a bundle; throws at anything that is not in the grammar. */
export function parseHostBundle(text: string): ParsedBundle {
  if (!text.endsWith("\nend\n")) throw new Error("the last line must be end");
  const parsed: ParsedBundle = { name: "", host: "", directives: [], files: {} };
  let openFile: string | undefined;
  for (const line of text.slice(0, -1).split("\n")) {
    if (line.startsWith("#") || line === "") continue;
    if (line.startsWith("|")) {
      if (openFile === undefined) throw new Error(`content without a file: ${line}`);
      parsed.files[openFile] += `${line.slice(1)}\n`;
      continue;
    }
    const [, directive = "", rest = ""] = /^([a-z-]+)(?: (.*))?$/s.exec(line) ?? [];
    checkDirective(directive, rest);
    parsed.directives.push({ directive, rest });
    openFile = undefined;
    if (directive === "bundle") [parsed.name, , parsed.host] = rest.split(" ") as [string, string, string];
    if (directive === "file") {
      const path = rest.split(" ")[0] as string;
      if (path in parsed.files) throw new Error(`${path} is there twice`);
      parsed.files[path] = "";
      openFile = path;
    }
  }
  if (parsed.directives[0]?.directive !== "bundle") throw new Error("the first line must be bundle");
  return parsed;
}

/** Every line of shell in a bundle. */
export function shellLines(bundle: ParsedBundle): string[] {
  return bundle.directives.flatMap(({ directive, rest }) => {
    if (shellDirectives.includes(directive)) return [rest];
    return ["probe", "in-use", "unless"].includes(directive) ? [rest.slice(rest.indexOf(" ") + 1)] : [];
  });
}

function checkDirective(directive: string, rest: string): void {
  if (shellDirectives.includes(directive)) {
    if (rest.trim() === "") throw new Error(`${directive} without shell`);
    return;
  }
  if (["probe", "in-use", "unless"].includes(directive)) {
    if (!(directive === "probe" ? /^[1-9]\d* \S/ : /^\S+ \S/).test(rest))
      throw new Error(`${directive} ${rest}`);
    return;
  }
  const count = wordCounts[directive];
  if (count === undefined) throw new Error(`unknown directive: ${directive} ${rest}`);
  const words = rest === "" ? [] : rest.split(" ");
  if (words.includes("") || words.length < count.fewest || words.length > count.most) {
    throw new Error(`malformed: ${directive} ${rest}`);
  }
}
