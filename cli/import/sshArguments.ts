import { splitWords } from "./words";

/** Where a host is reached through. */
export interface Jump {
  host: string;
  port?: number;
  user?: string;
}

/** What options of ssh say that the configuration can say, too, and the options that it cannot. */
export interface SshArguments {
  jump?: Jump;
  user?: string;
  port?: number;
  /** Names of options without their values. */
  others: string[];
}

/** Options without a value (ssh(1)). */
const flags = /^-[46AaCfGgKkMNnqsTtVvXxYy]+$/;

/** Reads options of ssh, as in ansible_ssh_common_args: a jump host by -J, by ProxyJump or by a ProxyCommand of `ssh -W %h:%p`. */
export function readSshArguments(text: string): SshArguments {
  const found: SshArguments = { others: [] };
  let words: string[];
  try {
    words = splitWords(text);
  } catch {
    return { others: ["all of it: a quote is not closed"] };
  }
  while (words.length > 0) {
    const word = words.shift() as string;
    if (flags.test(word)) {
      found.others.push(word);
      continue;
    }
    const option = word.slice(0, 2);
    if (!/^-[A-Za-z]$/.test(option)) {
      found.others.push("a word that is no option");
      continue;
    }
    const value = word.length > 2 ? word.slice(2) : (words.shift() ?? "");
    if (!take(found, option, value)) found.others.push(option === "-o" ? `-o ${nameIn(value)}` : option);
  }
  return found;
}

function nameIn(setting: string): string {
  return /^\s*([A-Za-z]+)/.exec(setting)?.[1] ?? "";
}

function take(found: SshArguments, option: string, value: string): boolean {
  const [, name = "", setting = ""] = /^\s*([A-Za-z]+)(?:\s*=\s*|\s+)(.*)$/.exec(value) ?? [];
  const key = option === "-o" ? name.toLowerCase() : option;
  const given = option === "-o" ? setting.trim() : value;
  switch (key) {
    case "-J":
    case "proxyjump":
      found.jump = readJump(given) ?? found.jump;
      return readJump(given) !== undefined;
    case "proxycommand":
      found.jump = readProxyCommand(given) ?? found.jump;
      return readProxyCommand(given) !== undefined;
    case "-l":
    case "user":
      found.user = given;
      return true;
    case "-p":
    case "port":
      if (!/^\d+$/.test(given)) return false;
      found.port = Number(given);
      return true;
    default:
      return false;
  }
}

/** `[user@]host[:port]` or a URI of ssh; undefined where there are several. */
function readJump(text: string): Jump | undefined {
  const [, user, inBrackets, plain, port] =
    /^(?:ssh:\/\/)?(?:([^@,\s]+)@)?(?:\[([0-9A-Fa-f:.]+)\]|([^@:,\s[\]/]+))(?::(\d+))?$/.exec(text) ?? [];
  const host = inBrackets ?? plain;
  if (host === undefined || host === "none" || host.includes("%")) return undefined;
  return {
    host,
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(user === undefined ? {} : { user }),
  };
}

/** `ssh [-q] [-p PORT] [-l USER] -W %h:%p [user@]host`, in any order. */
function readProxyCommand(text: string): Jump | undefined {
  let words: string[];
  try {
    words = splitWords(text);
  } catch {
    return undefined;
  }
  if (words.shift() !== "ssh") return undefined;
  const options: Record<string, string> = {};
  let jump: Jump | undefined;
  while (words.length > 0) {
    const word = words.shift() as string;
    if (word === "-q") continue;
    const [, option, joined] = /^(-[Wpl])(.*)$/.exec(word) ?? [];
    if (option !== undefined) options[option] = joined || (words.shift() ?? "");
    else if (jump === undefined && !word.startsWith("-")) jump = readJump(word);
    else return undefined;
  }
  if (jump === undefined || !/^(\[%h\]|%h):%p$/.test(options["-W"] ?? "")) return undefined;
  const { "-p": port, "-l": user } = options;
  if (port !== undefined && !/^\d+$/.test(port)) return undefined;
  return {
    ...jump,
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(user === undefined ? {} : { user }),
  };
}
