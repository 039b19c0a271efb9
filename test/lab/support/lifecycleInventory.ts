import type { Lab } from "../../../lab/hosts/lab";
import { eventually } from "../../../lab/polling";

// What changes without anybody's doing: logs, caches, what systemd and Docker note while they work, the package manager's
// records (packages are compared by name and version instead) and the backups that it makes of users and groups.
const restless = [
  ..."/run/systemd /run/log /run/docker /run/containerd /run/motd.dynamic /run/adduser /run/sudo /run/credentials".split(
    " ",
  ),
  ..."/var/backups /var/cache /var/log /var/lib/apt /var/lib/containerd /var/lib/docker /var/lib/dpkg /var/lib/systemd".split(
    " ",
  ),
  ..."/etc/group- /etc/gshadow- /etc/passwd- /etc/shadow- /etc/subgid- /etc/subuid- /etc/ld.so.cache /srv/packages".split(
    " ",
  ),
];
const restlessSettings = [
  ..."fs\\.[a-z-]*-nr fs\\.inode-state fs\\.dentry-state fs\\.quota\\..* kernel\\.random\\..* kernel\\.ns_last_pid".split(
    " ",
  ),
  ..."kernel\\.pty\\.nr net\\.netfilter\\.nf_conntrack_count".split(" "),
];

const script = `
files() { find / -xdev \\( ${restless.map((path) => `-path ${path}`).join(" -o ")} \\) -prune -o "$@"; }
files -printf 'file %M %u:%g %p %l\\n'
find /run -xdev \\( ${restless.map((path) => `-path ${path}`).join(" -o ")} \\) -prune -o -printf 'file %M %u:%g %p %l\\n'
find /etc /opt /root /home /usr/local /var/spool -xdev \\( ${restless.map((path) => `-path ${path}`).join(" -o ")} \\) -prune -o -type f -exec sha256sum {} + | sed 's/^/content /'
systemctl list-unit-files --no-legend | sed 's/^/unit file /; s/  */ /g'
systemctl list-units --all --plain --no-legend --type service,socket,timer,path,target | sed 's/^/unit /; s/  */ /g' | cut -d ' ' -f 1-5
getent passwd | sed 's/^/user /'
getent group | sed 's/^/group /'
dpkg-query --show --showformat 'package \${Package} \${Version} \${db:Status-Abbrev}\\n'
apt-mark showauto | sed 's/^/installed automatically /'
ss --no-header --listening --numeric --tcp --udp | awk '{ print "socket", $1, $2, $5 }'
ss --no-header --listening --numeric --unix | awk '$5 !~ /^@[0-9a-f]+$/ { print "socket", $1, $2, $5 }'
ip -brief link | awk '{ print "interface", $1 }' | sed 's/@.*//'
for family in -4 -6; do
  ip $family -oneline address | awk '{ print "address", $2, $4 }'
  ip $family rule | sed "s/^/policy rule $family /; s/[[:space:]]*$//"
  ip $family route show table all | sed "s/^/route $family /; s/ *linkdown//; s/ *$//"
done
nft list ruleset 2>/dev/null | sed 's/[[:blank:]]counter packets [0-9]* bytes [0-9]*//; s/^[[:blank:]]*/rule /'
sysctl --all 2>/dev/null | grep -vE '^(${restlessSettings.join("|")}) ' | sed 's/^/setting /'
if command -v docker >/dev/null && docker info >/dev/null 2>&1; then
  docker ps --all --format 'container {{.ID}} {{.Names}} {{.Image}}'
  docker volume ls --format 'volume {{.Name}} {{.Driver}}'
  docker network ls --format 'network {{.ID}} {{.Name}}'
  docker image ls --all --format 'image {{.ID}} {{.Repository}}:{{.Tag}}'
fi
`;

/**
 * Everything on a host that somebody could miss or find in the way: one line each for files (with mode and owner; in /etc and the like with
 * their content), units, users, groups, packages, listening sockets, interfaces with their addresses, routes and the rules that choose them,
 * firewall rules, kernel settings, and all of Docker's.
 */
export async function inventory(lab: Lab, host: { name: string }): Promise<string[]> {
  return (await lab.exec(host, script)).stdout.split("\n").filter(Boolean).sort();
}

/** Until the next boot systemd remembers what was reached: that the network was waited for, and that a firewall came before it. */
export const leftBySystemd = [/^unit network-(online|pre)\.target /];
/**
 * What purging Debian's own packages leaves behind, the most of it until the next boot: nothing of it is written by this project.
 * HAProxy's leaves its runtime directory.
 */
export const leftByHaproxy = [/^file \S+ \S+ \/run\/haproxy $/];
/** Docker's, too, leaves its group, its socket, its interface, and that one's rules and settings. */
export const leftByDocker = [
  /^group docker:/,
  /^content [0-9a-f]{64} {2}\/etc\/(group|gshadow)$/,
  /^file \S+ \S+ (\/run\/docker\.sock|\/etc\/cni|\/etc\/cni\/net\.d) $/,
  /^interface docker0$/,
  /^(address|route \S+ .*dev) docker0 /,
  /^rule /,
  /^setting net\.ipv[46]\.(conf|neigh)\.docker0\./,
];

// Other in each deployment, or from second to second: keys and what is made from them, numbers of users, what Prometheus measures, and
// services that timers start.
const unrepeatable = [
  /^content \S+ {2}\/etc\/ha-monitoring\/(identity\/peer\.pem(\.key)?|identity\/trust-bundle\.pem|wireguard\/(wg0\.conf|private\.key|preshared-keys))$/,
  /^content \S+ {2}\/etc\/(passwd|group|g?shadow)$/,
  /^file .* \/var\/lib\/ha-monitoring-prometheus\//,
  /^unit file docker-\S+\.scope /,
  /^unit ha-monitoring-(alertmanager|wireguard)-watch\.service /,
];

/** What is the same in an inventory after each deployment of the same arguments: files, units, packages, and sockets of the network. */
export function repeatable(lines: string[]): string[] {
  return lines
    .filter((line) => /^(file|content|unit|package|socket (tcp|udp)) /.test(line))
    .filter((line) => !unrepeatable.some((pattern) => pattern.test(line)))
    .map((line) =>
      line.replace(/(systemd-private-)\w+-(\S+)-\w{6}\b|(\.timer loaded active) \w+$/, "$1$2$3"),
    );
}

/** How two inventories of a host differ, but for lines that match one of the patterns. */
export function inventoryChanges(
  before: string[],
  after: string[],
  except: RegExp[] = [],
): { gone: string[]; added: string[] } {
  const counts = (line: string) => !except.some((pattern) => pattern.test(line));
  return { gone: without(before, after).filter(counts), added: without(after, before).filter(counts) };
}

/**
 * How a host differs from its inventory before, after it has had time for what goes on by itself: services that timers start, sockets of
 * programs that come and go. A line that names ha-monitoring is reported at once.
 */
export async function changesSince(
  lab: Lab,
  host: { name: string },
  before: string[],
  except: RegExp[] = [],
): Promise<{ gone: string[]; added: string[] }> {
  let changes: { gone: string[]; added: string[] } | undefined;
  await eventually(30, async () => {
    changes = inventoryChanges(before, await inventory(lab, host), except);
    const lines = [...changes.gone, ...changes.added];
    if (lines.length > 0 && !lines.some((line) => line.includes("ha-monitoring")))
      throw new Error(lines.join("\n"));
  }).catch((error: unknown) => {
    if (changes === undefined) throw error;
  });
  return changes ?? inventoryChanges(before, []);
}

function without(lines: string[], others: string[]): string[] {
  const remaining = new Map<string, number>();
  for (const line of others) remaining.set(line, (remaining.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const count = remaining.get(line) ?? 0;
    if (count > 0) remaining.set(line, count - 1);
    return count === 0;
  });
}
