import { expect } from "vitest";
import { alertmanagerApi, curl, makeSilenceCommand, silenceOf } from "../../../lab/demo/alerts";
import { clusterStatus, silenceLatency } from "../../../lab/demo/proof";
import type { Lab } from "../../../lab/hosts/lab";
import { eventually, inTime } from "../../../lab/polling";

/** Where a monitor serves the API of its Alertmanager. */
export const api = alertmanagerApi;
/** The container of the Alertmanager on every monitor. */
export const container = "ha-monitoring-alertmanager";

const gossipPort = 9094;

/** The standard output of a command on a host, without the newline at its end. */
export async function output(lab: Lab, host: string, command: string): Promise<string> {
  return (await lab.exec(host, command)).stdout.trimEnd();
}

/**
 * Prints name, id and start of the processes whose names match, the start in ticks of the kernel: in seconds of the clock, as ps computes it,
 * it can be another one each time.
 */
export function processStarts(names: string): string {
  return `for id in $(pgrep --exact '${names}'); do cut -d ' ' -f 1,2,22 /proc/$id/stat; done`;
}

/** How the peers of these numbers appear as members. */
function members(...numbers: number[]): string[] {
  return numbers.map((number) => `127.0.1.${number}:${gossipPort}`).sort();
}

/**
 * Waits until each monitor is ready and sees exactly the members that there are.
 *
 * @param monitors names of the monitors and their numbers.
 * @returns the seconds that it took.
 * @throws with what each one sees, if it takes longer.
 */
export async function untilWhole(
  lab: Lab,
  monitors: Record<string, number>,
  options: { within?: number } = {},
): Promise<number> {
  const whole = JSON.stringify({ status: "ready", members: members(...Object.values(monitors)) });
  const { seconds } = await eventually(options.within ?? 30, async () => {
    const seen = await Promise.all(
      Object.keys(monitors).map(async (name) => {
        const status = await clusterStatus(lab, name).catch(() => undefined);
        return { name, status: status ? JSON.stringify(status) : "no answer" };
      }),
    );
    const wrong = seen.filter(({ status }) => status !== whole);
    if (wrong.length > 0)
      throw new Error(wrong.map(({ name, status }) => `${name} sees ${status}`).join("; "));
  });
  return seconds;
}

/** Names of the members that the Alertmanager of a monitor sees. */
export async function memberNames(lab: Lab, host: string): Promise<string[]> {
  const answer = await output(lab, host, `${curl} ${api}/api/v2/status`);
  const { cluster } = JSON.parse(answer) as { cluster: { peers: { name: string }[] } };
  return cluster.peers.map(({ name }) => name).sort();
}

/** Latencies in milliseconds of silences from each monitor to each other one. */
export async function crossings(lab: Lab, names: string[], size?: number): Promise<Record<string, number>> {
  const latencies: Record<string, number> = {};
  for (const from of names) {
    for (const to of names.filter((name) => name !== from)) {
      latencies[`${from} → ${to}`] = Math.round(await silenceLatency(lab, from, to, size));
    }
  }
  return latencies;
}

/**
 * Expects that silences cross as fast as datagrams carry them, on an idle machine within 2 s: what waits for the exchange of everything over
 * a stream takes up to a minute. A cluster that has lost its datagrams is late each time; one that waits for a processor is not.
 *
 * @param size characters of the silences' comments.
 * @returns the milliseconds that they took.
 */
export async function expectPromptCrossings(
  lab: Lab,
  names: string[],
  size?: number,
): Promise<Record<string, number>> {
  const { value } = await eventually(20, async () => {
    const latencies = await crossings(lab, names, size);
    const late = Object.entries(latencies).filter(([, milliseconds]) => !inTime(milliseconds / 1000, 2));
    expect(late, "milliseconds that silences took").toEqual([]);
    return latencies;
  });
  return value;
}

/** Makes a silence; its comment is its name, padded to a size. */
export async function makeSilence(lab: Lab, host: string, name: string, size = 20): Promise<void> {
  const stdin = silenceOf(name, name.padEnd(size, "."), 3600);
  await lab.exec(host, makeSilenceCommand, { stdin });
}

/** Names of the silences that a monitor has. */
export async function silenceNames(lab: Lab, host: string): Promise<string[]> {
  const answer = await output(lab, host, `${curl} ${api}/api/v2/silences`);
  return (JSON.parse(answer) as { matchers: { value: string }[] }[]).flatMap(({ matchers }) =>
    matchers.map(({ value }) => value),
  );
}

/** Samples of one of a monitor's HAProxy or Alertmanager metrics, summed over those whose labels match. */
export async function metric(
  lab: Lab,
  host: string,
  source: "haproxy" | "alertmanager",
  name: string,
  labels = "",
): Promise<number> {
  const url = source === "haproxy" ? "http://127.0.0.1:8405" : api;
  const text = await output(lab, host, `${curl} ${url}/metrics`);
  const samples = text
    .split("\n")
    .filter((line) => line.split(/[{ ]/, 1)[0] === name && line.includes(labels));
  if (samples.length === 0) throw new Error(`${host}: ${source} has no metric ${name}{${labels}}`);
  return samples.reduce((sum, line) => sum + Number(line.split(" ").pop()), 0);
}
