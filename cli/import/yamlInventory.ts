import { parseDocument } from "yaml";
import { expandHosts } from "./hostRanges";
import { Inventory, vault, type Variables } from "./inventory";

type Mapping = Record<string, unknown>;

/**
 * Reads an inventory in Ansible's YAML form.
 *
 * @throws when it is no YAML, or has another form.
 */
export function readYamlInventory(text: string): Inventory {
  const inventory = new Inventory();
  for (const [name, group] of Object.entries(mapping(parseYaml(text), "the inventory"))) {
    readGroup(inventory, name, group);
  }
  return inventory;
}

/**
 * Reads what `ansible-inventory --list` prints, or an inventory in the YAML form that is written as JSON.
 *
 * @throws when it is no JSON, or has another form.
 */
export function readJsonInventory(text: string): Inventory {
  const inventory = new Inventory();
  const { _meta: meta, ...groups } = mapping(JSON.parse(text), "the inventory");
  if (meta === undefined && !Object.values(groups).some(isListed)) return readYamlInventory(text);
  const hostvars = mapping(mapping(meta, "_meta")["hostvars"], "_meta.hostvars");
  for (const [name, given] of Object.entries(groups)) {
    // A group without variables and children may be a list of its hosts.
    const group = Array.isArray(given) ? { hosts: given as unknown[] } : mapping(given, name);
    const known = inventory.group(name);
    inventory.add(name, texts(group["hosts"], `${name}.hosts`));
    texts(group["children"], `${name}.children`).forEach((child) => known.children.add(child));
    Object.assign(known.variables, revealed(mapping(group["vars"], `${name}.vars`)));
  }
  for (const [host, variables] of Object.entries(hostvars)) {
    inventory.add("all", [host], revealed(mapping(variables, `_meta.hostvars.${host}`)));
  }
  return inventory;
}

/** Whether a group names its hosts or groups in a list. */
function isListed(group: unknown): boolean {
  if (Array.isArray(group)) return true;
  const { hosts, children } = (group ?? {}) as Mapping;
  return Array.isArray(hosts) || Array.isArray(children);
}

function readGroup(inventory: Inventory, name: string, given: unknown): void {
  const { hosts, children, vars } = mapping(given, name);
  const group = inventory.group(name);
  Object.assign(group.variables, mapping(vars, `${name}.vars`));
  // A single host may be given as a text.
  const list = typeof hosts === "string" ? { [hosts]: null } : mapping(hosts, `${name}.hosts`);
  for (const [pattern, variables] of Object.entries(list)) {
    inventory.add(name, expandHosts(pattern), mapping(variables, `${name}.hosts.${pattern}`));
  }
  for (const [child, below] of Object.entries(mapping(children, `${name}.children`))) {
    group.children.add(child);
    readGroup(inventory, child, below);
  }
}

function parseYaml(text: string): unknown {
  const document = parseDocument(text, {
    customTags: [
      { tag: "!vault", resolve: () => vault },
      { tag: "!unsafe", resolve: (value: string) => value },
    ],
  });
  const [problem] = document.errors;
  // The message of the library shows the lines around it, which may have a password in them.
  if (problem) throw new Error(`line ${problem.linePos?.[0].line ?? 1}: it is no YAML (${problem.code})`);
  return document.toJS();
}

// ansible-inventory prints what is encrypted, and what is no template, as objects.
function revealed(variables: Variables): Variables {
  const reveal = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value;
    if ("__ansible_vault" in value) return vault;
    return "__ansible_unsafe" in value ? value.__ansible_unsafe : value;
  };
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, reveal(value)]));
}

function mapping(value: unknown, place: string): Mapping {
  if (value === null || value === undefined) return {};
  if (typeof value === "object" && !Array.isArray(value)) return value as Mapping;
  throw new Error(`${place} must be a mapping, as in an inventory of Ansible`);
}

function texts(value: unknown, place: string): string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value) && value.every((each) => typeof each === "string")) return value;
  throw new Error(`${place} must be a list of names, as ansible-inventory --list prints it`);
}
