/** One host as the OpenSSH client gets it. Paths may have the tokens of ssh_config(5): ssh itself puts `%i`, the user's number, in. */
export interface SshEnd {
  alias: string;
  address: string;
  port: number;
  user: string;
  identityFile: string;
  /** Undefined accepts any host key. */
  knownHostsFile?: string;
}

/**
 * Options of the ssh program for one host, which use nothing of the user's own configuration.
 *
 * @param controlPath path of the socket by which requests share a connection.
 * @param bastion a host that the connection goes through.
 * @throws RangeError for an address or a user that is not one word.
 */
export function renderSshOptions(host: SshEnd, controlPath: string, bastion?: SshEnd): string[] {
  const options = words(host, controlPath);
  return bastion ? [...options, "-o", `ProxyCommand=${proxyCommand(bastion, controlPath)}`] : options;
}

/** A known_hosts file with one key for one alias. */
export function renderKnownHosts(alias: string, hostKey: string): string {
  return `${alias} ${hostKey.trim()}\n`;
}

// ProxyJump would hand on none of the options, only a configuration file.
function proxyCommand(bastion: SshEnd, controlPath: string): string {
  const command = ["ssh", ...words(bastion, controlPath)].map((each) => `'${each}'`).join(" ");
  // The ssh that runs this command replaces tokens in it, too.
  return `${command.replaceAll("%", "%%")} -W '[%h]:%p' '${bastion.alias}'`;
}

function words(host: SshEnd, controlPath: string): string[] {
  const settings: [string, string][] = [
    ["HostName", word(host.address)],
    ["Port", String(host.port)],
    ["User", word(host.user)],
    ["IdentityFile", host.identityFile],
    ["IdentitiesOnly", "yes"],
    ["IdentityAgent", "none"],
    ["BatchMode", "yes"],
    ["ConnectTimeout", "15"],
    ["HostKeyAlias", host.alias],
    ["StrictHostKeyChecking", host.knownHostsFile ? "yes" : "no"],
    ["UserKnownHostsFile", host.knownHostsFile ?? "/dev/null"],
    ["GlobalKnownHostsFile", "/dev/null"],
    ["LogLevel", "ERROR"],
    // Docker's client opens a connection for each request; one that all share does not reach sshd's limits (MaxStartups).
    ["ControlMaster", "auto"],
    ["ControlPath", controlPath],
    ["ControlPersist", "10"],
  ];
  return ["-F", "none", ...settings.flatMap(([name, value]) => ["-o", `${name}=${value}`])];
}

/** @throws RangeError for a text that ssh would not read as one word: a line break would be another setting. */
function word(text: string): string {
  if (/^[^\s"'\\#]+$/.test(text)) return text;
  throw new RangeError(`${JSON.stringify(text)} in options of ssh: one word without quotes is needed`);
}
