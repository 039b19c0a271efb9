import { labelProblem, port as portField, userName } from "../../model/checks";
import { partProblems, type AnyField } from "../../model/fields";
import { isHostAddress, isIpAddress } from "../../model/addresses";
import { vault, type Variables } from "./inventory";
import type { Remarks } from "./remarks";
import { readSshArguments, type Jump } from "./sshArguments";

/** A host as the configuration of the stack has it. */
export interface StackHost {
  name: string;
  address: string;
  connection: { user: string; port?: number; hostKey?: string; bastion?: Jump & { hostKey?: string } };
}

const words = {
  address: ["ansible_host", "ansible_ssh_host"],
  user: ["ansible_user", "ansible_ssh_user"],
  port: ["ansible_port", "ansible_ssh_port"],
  arguments: ["ansible_ssh_common_args", "ansible_ssh_extra_args"],
};
const connections = ["ssh", "smart", "paramiko", "paramiko_ssh"];
const isSecret = (variable: string) => /pass(word|phrase)?$|secret|token/i.test(variable);

/**
 * The hosts of the configuration, by their names in the inventory. A host without an address, and one that is not reached by SSH, is left
 * out.
 *
 * @param remarks what could not be converted. No value is put there of which it is not known that it is no secret.
 */
export function stackHosts(hosts: Map<string, Variables>, remarks: Remarks): Map<string, StackHost> {
  const taken = new Set<string>();
  const converted = new Map<string, StackHost>();
  for (const [host, variables] of hosts) {
    const found = stackHost(host, variables, taken, remarks);
    if (found) converted.set(host, found);
  }
  return converted;
}

function stackHost(
  host: string,
  variables: Variables,
  taken: Set<string>,
  remarks: Remarks,
): StackHost | undefined {
  const handled = new Set<string>(["ansible_connection", ...Object.values(words).flat()]);
  const plain = (names: string[], field?: AnyField): string | undefined => {
    // The first name is the one that Ansible prefers.
    const name = names.find((each) => variables[each] !== undefined && variables[each] !== null);
    if (name === undefined) return undefined;
    const problem = plainProblem(variables[name], field);
    if (problem === undefined) return String(variables[name]);
    remarks.add(host, name, problem);
    return undefined;
  };
  const connection = plain(["ansible_connection"]) ?? "ssh";
  if (!connections.includes(connection.replace(/^ansible\.(builtin|netcommon)\./, ""))) {
    remarks.leaveOut(host, "ansible_connection", "it is not reached by SSH");
    return undefined;
  }
  const isNamed = words.address.every((name) => (variables[name] ?? null) === null);
  const address = isNamed ? host : plain(words.address);
  if (address === undefined || !isHostAddress(address)) {
    const says = "it needs an IP address or a DNS name as its address";
    remarks.leaveOut(host, isNamed ? "inventory_hostname" : "ansible_host", says);
    return undefined;
  }
  const name = labelOf(host, taken);
  if (name !== host)
    remarks.add(host, "inventory_hostname", `its name is ${name} here, which is a DNS label`);
  const ssh: Partial<StackHost["connection"]> = {};
  const [user, port] = [plain(words.user, userName), plain(words.port, portField)];
  if (user !== undefined) ssh.user = user;
  if (port !== undefined && Number(port) !== 22) ssh.port = Number(port);
  for (const variable of words.arguments) {
    const text = variables[variable] === "" ? undefined : plain([variable]);
    if (text !== undefined) takeArguments(ssh, text, (says) => remarks.add(host, variable, says));
  }
  if (ssh.user === undefined) {
    remarks.add(
      host,
      "ansible_user",
      "it is not set: the user is root here, and in Ansible remote_user or your own",
    );
  }
  for (const variable of Object.keys(variables).filter((each) => !handled.has(each))) {
    remarks.add(host, variable, otherVariable(variable));
  }
  return { name, address, connection: { user: "root", ...ssh } };
}

function takeArguments(
  ssh: Partial<StackHost["connection"]>,
  text: string,
  remark: (says: string) => void,
): void {
  const { jump, user, port, others } = readSshArguments(text);
  // What the inventory says by variables of its own wins, as in Ansible.
  if (user !== undefined && plainProblem(user, userName) === undefined) ssh.user ??= user;
  if (port !== undefined && plainProblem(port, portField) === undefined) ssh.port ??= port;
  if (jump && isHostAddress(jump.host)) {
    ssh.bastion = jump;
    if (jump.user === undefined) {
      remark("the jump host has no user: it is root here, and in ssh your own");
    }
  } else if (jump) remark("the jump host needs an IP address or a DNS name as its address");
  if (others.length > 0) remark(`not converted: ${[...new Set(others)].join(", ")}`);
}

/** Why a value cannot be used. The value itself is not shown: it may be the result of a mistake with a secret one. */
function plainProblem(value: unknown, field?: AnyField): string | undefined {
  if (value === vault) return "it is encrypted by Ansible Vault; write it in the configuration yourself";
  if (typeof value !== "string" && typeof value !== "number") return "it must be a text or a number";
  if (/\{\{|\{%/.test(String(value))) {
    return "it is a template, which only Ansible resolves; write the value in the configuration yourself";
  }
  if (field === undefined) return undefined;
  const known = field === portField ? Number(value) : String(value);
  return partProblems(field, known).length > 0 ? "it cannot be used by SSH" : undefined;
}

function otherVariable(variable: string): string {
  if (isSecret(variable)) {
    return "a secret, which is not converted: SSH needs sshPrivateKey, and sudo must not ask for a password";
  }
  if (/^ansible_(ssh_)?private_key_file$/.test(variable)) {
    return "not converted: one key opens all hosts, set by pulumi config set --secret sshPrivateKey";
  }
  if (/^ansible_become(_method|_exe|_flags)?$/.test(variable)) {
    return "not converted: users other than root become root by sudo without a password";
  }
  return "not converted: it has no counterpart here";
}

/** A DNS label made from the name of a host: its first label if no other host has that, or else all of the name. */
function labelOf(host: string, taken: Set<string>): string {
  const cleaned = (text: string) =>
    text
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "-")
      .slice(0, 60)
      .replaceAll(/^-|-$/g, "");
  const whole = isIpAddress(host) ? `host-${cleaned(host)}` : cleaned(host);
  const first = isIpAddress(host) ? whole : cleaned(host.split(".")[0] ?? "");
  const candidates = [first, whole].filter((label) => labelProblem(label) === undefined);
  let label = candidates.find((each) => !taken.has(each));
  for (let number = 2; label === undefined; number++) {
    const numbered = `${candidates[0] ?? "host"}-${number}`;
    if (!taken.has(numbered)) label = numbered;
  }
  taken.add(label);
  return label;
}
