import { parse } from "yaml";

/** What user data asks for, as far as a simulated droplet can do it. */
export interface CloudInitPlan {
  /** The host's own key; without one it makes keys of its own. */
  hostKey?: { kind: HostKeyKind; privateKey: string; publicKey: string };
  /** Public keys that root lets in beside those of the account. */
  authorizedKeys: string[];
  /** Whether the keys that the image brings are removed. */
  deletesKeys: boolean;
  files: PlannedFile[];
  /** A shell script; empty for none. */
  script: string;
  /** What is wrong with the user data. What is right in it is done all the same, as the real cloud-init does. */
  errors: string[];
}

/** Kinds of host keys that user data may hand over. */
export const hostKeyKinds = ["ecdsa", "ed25519"] as const;
export type HostKeyKind = (typeof hostKeyKinds)[number];

export interface PlannedFile {
  path: string;
  content: string;
  /** Octal digits, as in 0644. */
  permissions: string;
  /** `user:group` */
  owner: string;
}

type Values = Record<string, unknown>;
type Reader = (value: unknown, plan: CloudInitPlan, errors: string[]) => void;

/**
 * Reads `#cloud-config` user data. Only what this project uses is known: anything else is an error that names it, since a droplet that left
 * it out in silence would prove nothing.
 */
export function readUserData(userData: string): CloudInitPlan {
  const plan: CloudInitPlan = { authorizedKeys: [], deletesKeys: true, files: [], script: "", errors: [] };
  if (userData.trim() === "") return plan;
  if (!/^#cloud-config\s*$/m.test(userData.split("\n", 1)[0] ?? "")) {
    plan.errors.push("user data must begin with the line #cloud-config; the lab runs nothing else");
    return plan;
  }
  const values = parseYaml(userData, plan.errors);
  const unknown = Object.keys(values).filter((key) => !Object.hasOwn(readers, key));
  if (unknown.length > 0) {
    plan.errors.push(
      `${unknown.join(", ")}: not known to the lab's cloud-init, which knows ${Object.keys(readers).join(", ")}`,
    );
  }
  for (const [key, read] of Object.entries(readers))
    if (Object.hasOwn(values, key)) read(values[key], plan, plan.errors);
  return plan;
}

// A setting that can have one value only, because a lab host is that way.
const fixed =
  (name: string, allowed: unknown): Reader =>
  (value, _plan, errors) => {
    if (value !== allowed)
      errors.push(`${name}: ${JSON.stringify(value)} is not possible in the lab; ${String(allowed)} is`);
  };

const readers: Record<string, Reader> = {
  disable_root: fixed("disable_root", false),
  package_update: fixed("package_update", false),
  ssh_pwauth: fixed("ssh_pwauth", false),
  ssh_deletekeys: (value, plan, errors) => {
    if (typeof value === "boolean") plan.deletesKeys = value;
    else errors.push(`ssh_deletekeys: ${JSON.stringify(value)} must be true or false`);
  },
  ssh_keys: readHostKey,
  ssh_authorized_keys: readAuthorizedKeys,
  write_files: readFiles,
  runcmd: readCommands,
};

function parseYaml(text: string, errors: string[]): Values {
  try {
    const values = parse(text) as unknown;
    if (values === null) return {};
    if (isObject(values)) return values;
    errors.push("user data is YAML, but no mapping of keys to values");
  } catch (error) {
    errors.push(`user data is no YAML: ${(error as Error).message.split("\n", 1)[0] ?? ""}`);
  }
  return {};
}

function readHostKey(value: unknown, plan: CloudInitPlan, errors: string[]): void {
  const given = isObject(value) ? value : {};
  const kind = hostKeyKinds.find((each) => Object.keys(given).some((key) => key.startsWith(`${each}_`)));
  const known = kind ? [`${kind}_private`, `${kind}_public`] : [];
  const unknown = Object.keys(given).filter((key) => !known.includes(key));
  if (unknown.length > 0) {
    errors.push(`${unknown.map((key) => `ssh_keys.${key}`).join(", ")}: not known to the lab's cloud-init`);
  }
  const [privateKey, publicKey] = known.map((key) => given[key]);
  if (kind && typeof privateKey === "string" && typeof publicKey === "string")
    plan.hostKey = { kind, privateKey, publicKey };
  else {
    const names =
      known.length > 0
        ? known.join(" and ")
        : `KIND_private and KIND_public, KIND being ${hostKeyKinds.join(" or ")}`;
    errors.push(`ssh_keys must have the texts ${names}`);
  }
}

function readAuthorizedKeys(value: unknown, plan: CloudInitPlan, errors: string[]): void {
  if (isWords(value)) plan.authorizedKeys = value;
  else errors.push("ssh_authorized_keys must be a list of public keys");
}

function readFiles(value: unknown, plan: CloudInitPlan, errors: string[]): void {
  if (!Array.isArray(value)) return void errors.push("write_files must be a list");
  for (const [index, entry] of (value as unknown[]).entries()) {
    const name = `write_files[${index}]`;
    const {
      path,
      content = "",
      permissions = "0644",
      owner = "root:root",
      ...others
    } = isObject(entry) ? entry : {};
    const wrong = [
      ...Object.keys(others).map((key) => `${name}.${key} is not known to the lab's cloud-init`),
      ...(isText(path, /^\/[^\n]+$/) ? [] : [`${name}.path must be an absolute path`]),
      ...(typeof content === "string" ? [] : [`${name}.content must be a text`]),
      ...(isText(permissions, /^0?[0-7]{3,4}$/)
        ? []
        : [`${name}.permissions must be octal digits in quotes`]),
      ...(isText(owner, /^[a-z_][\w-]*(:[a-z_][\w-]*)?$/) ? [] : [`${name}.owner must be user:group`]),
    ];
    errors.push(...wrong);
    if (wrong.length === 0) plan.files.push({ path, content, permissions, owner } as PlannedFile);
  }
}

function readCommands(value: unknown, plan: CloudInitPlan, errors: string[]): void {
  const isLine = (entry: unknown) => typeof entry === "string" || isWords(entry);
  if (!Array.isArray(value) || !value.every(isLine)) {
    errors.push("runcmd must be a list of commands, each a text or a list of words");
    return;
  }
  const lines = value.map((entry) => (typeof entry === "string" ? entry : entry.map(quote).join(" ")));
  plan.script = ["#!/bin/sh", ...lines, ""].join("\n");
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

function isWords(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((word) => typeof word === "string");
}

function isText(value: unknown, pattern: RegExp): boolean {
  return typeof value === "string" && pattern.test(value);
}

function isObject(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
