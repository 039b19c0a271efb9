import { expandHosts } from "./hostRanges";
import { Inventory, type Variables } from "./inventory";
import { splitWords } from "./words";

/**
 * Reads an inventory in Ansible's INI form: hosts and groups, `[group:vars]`, `[group:children]`, ranges, quoted values.
 *
 * @throws when a line cannot be read, with its number.
 */
export function readIniInventory(text: string): Inventory {
  const inventory = new Inventory();
  let section = { group: "ungrouped", kind: "hosts" };
  text.split(/\r?\n/).forEach((raw, index) => {
    const line = raw.trim();
    if (line === "" || /^[#;]/.test(line)) return;
    try {
      const opened = sectionOf(line);
      if (opened) {
        section = opened;
        inventory.group(section.group);
      } else readLine(inventory, section, line);
    } catch (error) {
      // The line itself may have a password in it.
      throw new Error(`line ${index + 1}: ${(error as Error).message}`, { cause: error });
    }
  });
  return inventory;
}

function sectionOf(line: string): { group: string; kind: string } | undefined {
  const [whole, group = "", kind = "hosts"] = /^\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?$/.exec(line) ?? [];
  if (whole === undefined) {
    if (line.startsWith("[") && !line.includes("]")) throw new Error("a bracket is not closed");
    return undefined;
  }
  if (!["hosts", "vars", "children"].includes(kind)) {
    throw new Error(
      `[${group}:${kind}] is no section; sections are [GROUP], [GROUP:vars] and [GROUP:children]`,
    );
  }
  return { group, kind };
}

function readLine(
  inventory: Inventory,
  { group, kind }: { group: string; kind: string },
  line: string,
): void {
  if (kind === "vars") {
    const [, name, value = ""] = /^([^=\s]+)\s*=\s*(.*)$/.exec(line) ?? [];
    if (name === undefined) throw new Error(`[${group}:vars] needs lines of the form NAME=VALUE`);
    inventory.group(group).variables[name] = valueOf(value);
    return;
  }
  const [first = "", ...rest] = splitWords(line, true);
  if (kind === "children") {
    if (rest.length > 0) throw new Error(`[${group}:children] needs the name of one group in a line`);
    inventory.group(first);
    inventory.group(group).children.add(first);
    return;
  }
  const { pattern, port } = withoutPort(first);
  const variables: Variables = port === undefined ? {} : { ansible_port: port };
  for (const word of rest) {
    const equals = word.indexOf("=");
    if (equals < 1) throw new Error("behind a host there are words of the form NAME=VALUE only");
    variables[word.slice(0, equals)] = valueOf(word.slice(equals + 1));
  }
  inventory.add(group, expandHosts(pattern), variables);
}

/** Takes the port off `web:2222`, `web[1:3]:2222` and `[2001:db8::1]:2222`. */
function withoutPort(word: string): { pattern: string; port?: number } {
  const [, inBrackets, portBehind] =
    /^\[([0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*)\](?::(\d+))?$/i.exec(word) ?? [];
  if (inBrackets !== undefined) {
    return { pattern: inBrackets, ...(portBehind === undefined ? {} : { port: Number(portBehind) }) };
  }
  const outside = word.replaceAll(/\[[^\]]*\]/g, "");
  const [, port] = /^[^:]*:(\d+)$/.exec(outside) ?? [];
  return port === undefined
    ? { pattern: word }
    : { pattern: word.slice(0, -port.length - 1), port: Number(port) };
}

// Ansible takes a value for a literal of Python where it is one; of those, numbers, truth values and quoted texts matter here.
function valueOf(text: string): unknown {
  const value = text.trim();
  if (/^-?\d+$/.test(value) && !/^-?0\d/.test(value)) return Number(value);
  if (value === "True" || value === "False") return value === "True";
  const [, , inner] = /^(["'])((?:(?!\1)[^\\])*)\1$/.exec(value) ?? [];
  return inner ?? value;
}
