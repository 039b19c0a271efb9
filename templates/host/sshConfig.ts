/** One host in an OpenSSH client configuration. */
export interface SshConfigHost {
  alias: string;
  address: string;
  port: number;
  user: string;
  identityFile: string;
  /** Undefined accepts any host key. */
  knownHostsFile?: string;
  proxyJump?: string;
}

/**
 * An OpenSSH client configuration that knows these hosts and uses nothing of the user's own.
 *
 * @throws RangeError for an address or a user that is not one word.
 * @param controlPath path of the socket by which requests share a connection; undefined gives each request a connection of its own.
 */
export function renderSshConfig(hosts: SshConfigHost[], controlPath: string | undefined): string {
  return hosts.map((host) => section(host, controlPath)).join("\n");
}

/** A known_hosts file with one key for one alias. */
export function renderKnownHosts(alias: string, hostKey: string): string {
  return `${alias} ${hostKey.trim()}\n`;
}

function section(host: SshConfigHost, controlPath: string | undefined): string {
  const settings: [string, string][] = [
    ["HostName", word(host.address)],
    ["Port", String(host.port)],
    ["User", word(host.user)],
    ["IdentityFile", quoted(host.identityFile)],
    ["IdentitiesOnly", "yes"],
    ["IdentityAgent", "none"],
    ["BatchMode", "yes"],
    ["ConnectTimeout", "15"],
    ["HostKeyAlias", host.alias],
    ["StrictHostKeyChecking", host.knownHostsFile ? "yes" : "no"],
    ["UserKnownHostsFile", host.knownHostsFile ? quoted(host.knownHostsFile) : "/dev/null"],
    ["GlobalKnownHostsFile", "/dev/null"],
    ["LogLevel", "ERROR"],
    ...sharing(controlPath),
    ...(host.proxyJump ? [["ProxyJump", host.proxyJump] as [string, string]] : []),
  ];
  return [`Host ${host.alias}`, ...settings.map(([name, value]) => `    ${name} ${value}`), ""].join("\n");
}

// Docker's client opens a connection for each request; one that all share does not reach sshd's limits (MaxStartups).
function sharing(controlPath: string | undefined): [string, string][] {
  if (controlPath === undefined) return [["ControlMaster", "no"]];
  return [
    ["ControlMaster", "auto"],
    ["ControlPath", quoted(controlPath)],
    ["ControlPersist", "10"],
  ];
}

/** @throws RangeError for a text that ssh would not read as one word: a line break would be another setting. */
function word(text: string): string {
  if (/^[^\s"'\\#]+$/.test(text)) return text;
  throw new RangeError(
    `${JSON.stringify(text)} in a configuration of ssh: one word without quotes is needed`,
  );
}

function quoted(path: string): string {
  return `"${path}"`;
}
