import { targetsAt } from "../../../lab/demo/alerts";
import type { Lab, LabHost } from "../../../lab/hosts/lab";
import { eventually } from "../../../lab/polling";
import type { StackSettings } from "../../../lab/stack";
import { openPorts } from "./portProbes";
import { sshLog } from "./lifecycle";

/** The alert of the tests: a target that cannot be scraped. */
export const alertname = "TargetDown";
/** Seconds that a new group of alerts waits. */
export const groupWait = 2;
/** Seconds between two notifications of a group: as short as they may be, the wait of the peer and an evaluation. */
export const groupInterval = 17;

/** What a stack is told beyond its machines: short intervals, one alert, one webhook; peers wait for each other as long as by default. */
export function watching(webhook: string, interval = groupInterval): StackSettings {
  return {
    alerting: {
      config: {
        route: {
          receiver: "webhook",
          group_by: ["alertname", "instance"],
          group_wait: `${groupWait}s`,
          group_interval: `${interval}s`,
        },
        receivers: [{ name: "webhook", webhook_configs: [{ url: webhook }] }],
      },
    },
    scraping: { scrapeInterval: "2s", evaluationInterval: "2s" },
    ruleGroups: [{ name: "targets", rules: [{ alert: alertname, expr: "up == 0" }] }],
  };
}

/** Waits until the Prometheus of a monitor scrapes exactly these targets, and all of them answer. */
export async function untilScraped(
  lab: Lab,
  monitor: string,
  expected: string[],
  within = 90,
): Promise<void> {
  const wanted = JSON.stringify(Object.fromEntries([...expected].sort().map((name) => [name, 1])));
  await eventually(within, async () => {
    const seen = JSON.stringify(await targetsAt(lab, monitor));
    if (seen !== wanted) throw new Error(`${monitor} scrapes ${seen}, not ${wanted}`);
  });
}

/** Everything that the Prometheus of a monitor scrapes in a stack without exporters of its own. */
export function everyJob(monitor: string, monitors: string[], targets: string[]): string[] {
  const perMonitor = ["alertmanager", "node", "prometheus"];
  return [
    `haproxy ${monitor}`,
    ...monitors.flatMap((name) => perMonitor.map((job) => `${job} ${name}`)),
    ...targets.map((name) => `node ${name}`),
  ];
}

/** Every port of TCP on which anything on a host listens, whatever the address, and UDP's of WireGuard. */
async function listeningPorts(lab: Lab, host: LabHost): Promise<Record<"tcp" | "udp", number[]>> {
  const { stdout } = await lab.exec(host, "ss -Hltn | awk '{ print $4 }' | sed 's/.*://' | sort -nu");
  return { tcp: stdout.split("\n").filter(Boolean).map(Number), udp: [51820] };
}

/** What of everything that listens on a host answers at each of these addresses. */
export async function openAt(
  lab: Lab,
  from: { name: string },
  host: LabHost,
  addresses: string[],
): Promise<Record<string, string[]>> {
  const ports = await listeningPorts(lab, host);
  const entries = await Promise.all(
    addresses.map(async (address) => [address, await openPorts(lab, from, address, ports)] as const),
  );
  return Object.fromEntries(entries);
}

/** Counts the SSH connections that each host sees while something is done. */
export async function connectionsDuring(
  lab: Lab,
  hosts: LabHost[],
  work: () => Promise<void>,
): Promise<Record<string, number>> {
  const count = async () =>
    Promise.all(
      hosts.map(async (host) => {
        const lines = await sshLog(lab, host);
        return lines.filter((line) => line.startsWith("Connection from")).length;
      }),
    );
  const before = await count();
  await work();
  const after = await count();
  return Object.fromEntries(
    hosts.map(({ name }, index) => [name, (after[index] as number) - (before[index] as number)]),
  );
}

/** The most connections that a host's sshd has had at once before somebody had logged in by them (MaxStartups), and sessions of one connection (MaxSessions). */
export async function sshAtOnce(lab: Lab, host: LabHost): Promise<{ logins: number; sessions: number }> {
  const { stdout } = await lab.exec(
    host,
    "journalctl --sync; journalctl --identifier sshd --identifier sshd-session --output-fields _PID,MESSAGE --output json --no-pager",
  );
  const waiting = new Set<string>();
  let [logins, sessions] = [0, 0];
  for (const line of stdout.split("\n").filter(Boolean)) {
    const { _PID: process, MESSAGE: says } = JSON.parse(line) as { _PID: string; MESSAGE: string };
    if (says.startsWith("Connection from")) waiting.add(process);
    else waiting.delete(process);
    logins = Math.max(logins, waiting.size);
    sessions = Math.max(sessions, Number(/^Starting session: .* id (\d+)$/.exec(says)?.[1] ?? -1) + 1);
  }
  return { logins, sessions };
}
