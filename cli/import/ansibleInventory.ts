import { existsSync, readFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { parseArgs } from "node:util";
import { scanHostKeys } from "./hostKeys";
import { readIniInventory } from "./iniInventory";
import type { Inventory } from "./inventory";
import { Remarks } from "./remarks";
import { renderStackFile } from "./stackYaml";
import { stackHosts, type StackHost } from "./stackHosts";
import { readJsonInventory, readYamlInventory } from "./yamlInventory";

/** How `import` is used. */
export const importUsage = `Usage: ha-monitoring import ansible-inventory FILE --monitors NAME,... [--targets NAME,...] [--scan-host-keys]

Prints the configuration of a stack with the hosts of an Ansible inventory. Standard error says what was not converted. Secrets are never
printed.

  FILE              what "ansible-inventory --list" prints, which has all variables, or an inventory in INI or YAML; - is standard input
  --monitors NAMES  groups and hosts that become monitors
  --targets NAMES   groups and hosts that become targets (default: all others)
  --scan-host-keys  ask each host for its host key by ssh-keyscan; compare the keys on the hosts before they are used
`;

/** A mistake in how the command was called. */
export class UsageError extends Error {}

/** What the command prints, and how it ends. */
export interface Imported {
  output: string;
  remarks: string[];
  status: number;
}

/**
 * Converts an inventory; the arguments are those behind `import`.
 *
 * @throws UsageError, and Error when the inventory cannot be read or has no such group.
 */
export async function importInventory(given: string[]): Promise<Imported> {
  const { file, monitors, targets, scan } = readArguments(given);
  const text = readFileSync(file === "-" ? 0 : file, "utf8");
  const inventory = readInventory(text, extname(file));
  const remarks = new Remarks();
  const chosen = choose(inventory, monitors, targets);
  const hosts = [...chosen.monitors, ...chosen.targets];
  const converted = stackHosts(new Map(hosts.map((host) => [host, inventory.variablesOf(host)])), remarks);
  if (scan) await addHostKeys(converted, remarks);
  const listed = (names: string[]) => names.flatMap((name) => converted.get(name) ?? []);
  const output = renderStackFile(listed(chosen.monitors), listed(chosen.targets));
  const lines = [...remarks.lines(), ...unreadVariables(file)];
  return { output, remarks: lines, status: remarks.omitted ? 1 : 0 };
}

function readArguments(given: string[]) {
  const options = {
    monitors: { type: "string" },
    targets: { type: "string" },
    "scan-host-keys": { type: "boolean" },
  } as const;
  let parsed;
  try {
    parsed = parseArgs({ args: given, options, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
  const { values, positionals } = parsed;
  const [kind, file, ...rest] = positionals;
  if (kind !== "ansible-inventory") {
    throw new UsageError(
      kind === undefined ? "import needs ansible-inventory" : `import of "${kind}" is unknown`,
    );
  }
  if (file === undefined || rest.length > 0)
    throw new UsageError("import ansible-inventory needs one FILE, or -");
  const names = (text: string | undefined) =>
    text
      ?.split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "");
  const monitors = names(values.monitors);
  if (!monitors?.length)
    throw new UsageError("--monitors is needed: the groups or hosts that become monitors");
  return { file, monitors, targets: names(values.targets), scan: values["scan-host-keys"] === true };
}

function readInventory(text: string, extension: string): Inventory {
  const first = /^\s*(?:[#;].*\n\s*)*(\S.*)/.exec(text)?.[1] ?? "";
  const isYaml = /^\.ya?ml$/.test(extension);
  if (extension === ".json" || (!isYaml && first.startsWith("{")))
    return parsed("JSON", readJsonInventory, text);
  if (isYaml || /^(---|["']?[\w.-]+["']?:\s*(#.*)?$)/.test(first))
    return parsed("YAML", readYamlInventory, text);
  return parsed("INI", readIniInventory, text);
}

function parsed(form: string, read: (text: string) => Inventory, text: string): Inventory {
  try {
    return read(text);
  } catch (error) {
    // The parser of JSON quotes the text, which may have a password in it.
    const says = error instanceof SyntaxError ? "it is no JSON" : (error as Error).message;
    throw new Error(`the inventory cannot be read as ${form}: ${says}`, { cause: error });
  }
}

function choose(inventory: Inventory, monitors: string[], targets: string[] | undefined) {
  const all = inventory.hostNames();
  const unknown: string[] = [];
  const hostsOf = (name: string): string[] => {
    const found = inventory.members(name) ?? (all.includes(name) ? [name] : undefined);
    if (found === undefined) unknown.push(name);
    return found ?? [];
  };
  const first = [...new Set(monitors.flatMap(hostsOf))];
  const others = [...new Set(targets?.flatMap(hostsOf) ?? all)];
  if (unknown.length > 0) {
    const groups = inventory.groupNames().join(", ");
    throw new Error(`the inventory has no group and no host ${unknown.join(", ")}; its groups are ${groups}`);
  }
  if (first.length === 0) throw new Error(`--monitors ${monitors.join(",")} has no hosts`);
  // A monitor is scraped as the targets are.
  return { monitors: first, targets: others.filter((host) => !first.includes(host)) };
}

async function addHostKeys(hosts: Map<string, StackHost>, remarks: Remarks): Promise<void> {
  const entries = [...hosts];
  // What is behind a bastion cannot be asked from here.
  const direct = entries.filter(([, { connection }]) => connection.bastion === undefined);
  const ends = direct.map(([, { address, connection }]) => ({ host: address, port: connection.port }));
  const bastions = entries.flatMap(([host, { connection }]) =>
    connection.bastion ? [{ host, bastion: connection.bastion }] : [],
  );
  const distinct = new Map(bastions.map(({ bastion }) => [`${bastion.host} ${bastion.port ?? 22}`, bastion]));
  const keys = await scanHostKeys([...ends, ...distinct.values()]);
  direct.forEach(([host, { connection }], index) => {
    const key = keys[index];
    if (key === undefined) remarks.add(host, "host key", "ssh-keyscan had no answer");
    else connection.hostKey = key;
  });
  const known = new Map([...distinct.keys()].map((end, index) => [end, keys[ends.length + index]]));
  for (const { host, bastion } of bastions) {
    const key = known.get(`${bastion.host} ${bastion.port ?? 22}`);
    if (key === undefined) remarks.add(host, "host key of the bastion", "ssh-keyscan had no answer");
    else bastion.hostKey = key;
    remarks.add(host, "host key", "the host is behind a bastion, through which ssh-keyscan cannot ask");
  }
}

function unreadVariables(file: string): string[] {
  if (file === "-" || extname(file) === ".json") return [];
  return ["group_vars", "host_vars"]
    .filter((name) => existsSync(join(dirname(file), name)))
    .map(
      (name) =>
        `${join(dirname(file), name)} is not read; import what "ansible-inventory --list" prints instead`,
    );
}
