import type { BundleCheck } from "./bundleChecks";

/** Path of the program on the host that applies bundles. */
export const applyPath = "/usr/local/lib/ha-monitoring/apply";

/** A file that a bundle puts on a machine. */
export interface BundleFile {
  /** Absolute path. */
  path: string;
  /** Octal mode, e.g. `0640`. */
  mode: string;
  /** `user:group`; both exist on the machine or are made by the bundle. */
  owner: string;
  /** Text; a missing newline at its end is added. */
  content: string;
}

/** A directory that a bundle keeps on a machine. */
export interface BundleDirectory {
  path: string;
  mode: string;
  owner: string;
  /** True when everything in it is ours and goes with the bundle; otherwise it goes only when it is empty. Default false. */
  state?: boolean;
}

/** A program that must exist, and the distribution's packages that bring it. */
export interface BundleCommand {
  name: string;
  packages: string[];
  /** Shell that succeeds while somebody else uses the program, so that its packages must stay. */
  inUse?: string;
  /** Shell that succeeds when the program is not needed on this machine. */
  unless?: string;
}

/** A systemd unit that is enabled and running when the bundle is applied. */
export interface BundleService {
  unit: string;
  /** Files whose change restarts the unit. */
  restartOn?: string[];
  /** Files whose change reloads the unit. */
  reloadOn?: string[];
}

/** A private key that is made on the machine, and the certificate request that it prints. */
export interface BundleKey {
  path: string;
  mode: string;
  owner: string;
  /** Common name of the request. */
  commonName: string;
  /** Subject alternative names as openssl writes them: `DNS:monitor-a`, `IP:198.51.100.10`. */
  alternativeNames: string[];
}

/** A private key of WireGuard that is made on the machine; its public key is printed. */
export interface BundleWireGuardKey {
  path: string;
  mode: string;
  owner: string;
}

/** Shell that must succeed within a time. */
export interface BundleProbe {
  /** Seconds. */
  within: number;
  run: string;
}

/** Everything that one component puts on one machine; docs/host-bundles.md says what each part does. */
export interface HostBundle {
  /** Identity of the bundle on the machine. */
  name: string;
  /** Name of the host, for its errors. */
  host: string;
  /** The Pulumi stack that the bundle belongs to, `PROJECT/STACK`: the host refuses every other stack's change and removal. Default: nobody's. */
  stack?: string;
  /** What the bundle depends on beyond its own text; a changed note applies the bundle again. */
  notes?: string[];
  commands?: BundleCommand[];
  users?: string[];
  directories?: BundleDirectory[];
  keys?: BundleKey[];
  wireGuardKeys?: BundleWireGuardKey[];
  files?: BundleFile[];
  /** Lines of shell, or checks that other machines can make, too. */
  checks?: (string | BundleCheck)[];
  services?: BundleService[];
  onChange?: string[];
  probes?: BundleProbe[];
  cleanups?: string[];
}

/**
 * The text of a bundle, in the grammar of docs/host-bundles.md.
 *
 * @throws RangeError when a word or a line would break the grammar.
 */
export function renderHostBundle(bundle: HostBundle): string {
  return (
    bundleLines(bundle, ({ content }) => (content === "" ? [] : [markedContent(content)])).join("\n") + "\n"
  );
}

/** The keys of which a bundle asks its host to print something. */
export interface AskedKeys {
  host: string;
  requests: Pick<BundleKey, "commonName" | "alternativeNames">[];
  /** Paths of private keys of WireGuard. */
  wireGuardKeys: string[];
}

/** Reads from a bundle's text what it asks its host to print. Lines of files begin with `|`, and are no directives. */
export function readKeys(text: string): AskedKeys {
  const words = (directive: string) =>
    text
      .split("\n")
      .filter((each) => each.startsWith(`${directive} `))
      .map((each) => each.split(" "));
  return {
    host: words("bundle")[0]?.[3] ?? "",
    requests: words("certificate-request").map(([, , commonName = "", names = ""]) => ({
      commonName,
      alternativeNames: names.split(","),
    })),
    wireGuardKeys: words("wireguard-key").map(([, path = ""]) => path),
  };
}

/** The lines of a bundle's text, without the content of its files. */
export function bundleDirectives(bundle: HostBundle): string[] {
  return bundleLines(bundle, () => []);
}

/** Content of a file as it is on the host. */
export function withFinalNewline(content: string): string {
  return content === "" || content.endsWith("\n") ? content : `${content}\n`;
}

function bundleLines(bundle: HostBundle, contentOf: (file: BundleFile) => string[]): string[] {
  const lines: string[] = [];
  const add = (directive: string, ...words: string[]) => lines.push(line(directive, words));

  add("bundle", bundle.name, "on", bundle.host, ...(bundle.stack === undefined ? [] : ["for", bundle.stack]));
  for (const note of bundle.notes ?? []) lines.push(`# ${shell(note)}`);
  for (const command of bundle.commands ?? []) {
    add("command", command.name, ...command.packages);
    if (command.inUse !== undefined) lines.push(`${line("in-use", [command.name])} ${shell(command.inUse)}`);
    if (command.unless !== undefined)
      lines.push(`${line("unless", [command.name])} ${shell(command.unless)}`);
  }
  for (const user of bundle.users ?? []) add("user", user);
  for (const directory of bundle.directories ?? []) {
    add(directory.state ? "state-directory" : "directory", directory.path, directory.mode, directory.owner);
  }
  for (const key of bundle.keys ?? []) {
    add("private-key", key.path, key.mode, key.owner);
    add("certificate-request", key.path, key.commonName, key.alternativeNames.join(","));
  }
  for (const key of bundle.wireGuardKeys ?? []) add("wireguard-key", key.path, key.mode, key.owner);
  for (const file of bundle.files ?? []) {
    add("file", file.path, file.mode, file.owner);
    lines.push(...contentOf(file));
  }
  for (const check of bundle.checks ?? []) {
    lines.push(`check ${shell(typeof check === "string" ? check : check.run)}`);
  }
  for (const service of bundle.services ?? []) {
    add("service", service.unit);
    for (const path of service.restartOn ?? []) add("restart", service.unit, path);
    for (const path of service.reloadOn ?? []) add("reload", service.unit, path);
  }
  for (const run of bundle.onChange ?? []) lines.push(`on-change ${shell(run)}`);
  for (const probe of bundle.probes ?? []) lines.push(`probe ${probe.within} ${shell(probe.run)}`);
  for (const run of bundle.cleanups ?? []) lines.push(`cleanup ${shell(run)}`);
  lines.push("end");
  return lines;
}

/** One argument of a shell line, quoted where it must be. */
export function shellWord(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}

function line(directive: string, words: string[]): string {
  for (const word of words) {
    if (!/^\S+$/.test(word)) {
      throw new RangeError(
        `"${word}" in a ${directive} line of a host bundle: one word without blanks is needed`,
      );
    }
  }
  return [directive, ...words].join(" ");
}

function shell(text: string): string {
  if (/[\n\r]/.test(text)) throw new RangeError(`"${text}" in a host bundle: one line is needed`);
  return text;
}

function markedContent(content: string): string {
  const text = content.endsWith("\n") ? content.slice(0, -1) : content;
  return `|${text.replaceAll("\n", "\n|")}`;
}
