import type { Lab } from "../../../lab/hosts/lab";
import { api } from "./cluster";

/** A time during which an API did not answer, in milliseconds since the epoch. */
export interface Gap {
  from: number;
  to: number;
}

/** What was seen of an API that was asked again and again. */
export interface Watched {
  /** How often it was asked. */
  asked: number;
  gaps: Gap[];
}

let watches = 0;
/** So that a machine that was slow to begin has watched for a second all the same. */
const leastRequests = 6;

/**
 * Asks a monitor's API for one silence every 200 ms until told to stop, and at least some times. An answer without that silence counts as
 * none.
 *
 * @returns the function that ends it.
 */
export function watchSilence(lab: Lab, host: string, name: string): () => Promise<Watched> {
  const stopFile = `/tmp/api-watch-${process.pid}-${watches++}`;
  // A slow answer is one; where nobody listens, curl ends at once.
  const ask = `curl --silent --max-time 10 '${api}/api/v2/silences?filter=alertname%3D%22${name}%22'`;
  const loop = lab.exec(
    host,
    `n=0; until [ -e ${stopFile} ] && [ $n -ge ${leastRequests} ]; do n=$((n + 1)); begun=$(date +%s%3N); if ${ask} | grep -q ${name}; then echo $begun yes; else echo $begun no; fi; sleep 0.2; done; rm ${stopFile}`,
  );
  // The test fails where it ends the watch, not at a time when nobody waits for it.
  loop.catch(() => undefined);
  return async () => {
    await lab.exec(host, `touch ${stopFile}`);
    return summarise((await loop).stdout);
  };
}

/** Whether two monitors were away at the same time. */
export function overlap(one: Gap[], other: Gap[]): boolean {
  return one.some((a) => other.some((b) => a.from < b.to && b.from < a.to));
}

/** The length of the longest gap, in seconds. */
export function longest(gaps: Gap[]): number {
  return Math.max(0, ...gaps.map(({ from, to }) => (to - from) / 1000));
}

function summarise(text: string): Watched {
  const samples = text
    .trim()
    .split("\n")
    .map((line) => ({ at: Number(line.split(" ")[0]), ok: line.endsWith("yes") }));
  const gaps: Gap[] = [];
  let open: Gap | undefined;
  for (const { at, ok } of samples) {
    if (ok) open = undefined;
    else if (open) open.to = at;
    else gaps.push((open = { from: at, to: at }));
  }
  // A gap lasts until the answer after it.
  for (const gap of gaps) gap.to = samples.find(({ at, ok }) => ok && at > gap.to)?.at ?? Infinity;
  return { asked: samples.length, gaps };
}
