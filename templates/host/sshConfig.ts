/** One machine in an OpenSSH client configuration. */
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

/** An OpenSSH client configuration that knows these machines and uses nothing of the user's own. */
export function renderSshConfig(hosts: SshConfigHost[], controlPath: string): string {
  return hosts.map((host) => section(host, controlPath)).join("\n");
}

/** A known_hosts file with one key for one alias. */
export function renderKnownHosts(alias: string, hostKey: string): string {
  return `${alias} ${hostKey.trim()}\n`;
}

function section(host: SshConfigHost, controlPath: string): string {
  const settings: [string, string][] = [
    ["HostName", host.address],
    ["Port", String(host.port)],
    ["User", host.user],
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
    // Docker's client opens a connection a request; one shared by all keeps sshd's limits out of the way.
    ["ControlMaster", "auto"],
    ["ControlPath", quoted(controlPath)],
    ["ControlPersist", "10"],
    ...(host.proxyJump ? [["ProxyJump", host.proxyJump] as [string, string]] : []),
  ];
  return [`Host ${host.alias}`, ...settings.map(([name, value]) => `    ${name} ${value}`), ""].join("\n");
}

function quoted(path: string): string {
  return `"${path}"`;
}
