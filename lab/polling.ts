import { availableParallelism, loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * How many times longer than on an idle machine something may take now: the runnable processes of the last minute for each core, at least
 * 1. All hosts of a lab share the cores of this machine.
 */
export function slowness(load = loadavg()[0] ?? 0, cores = availableParallelism()): number {
  return Math.max(1, load / cores);
}

/**
 * Repeats until nothing is thrown.
 *
 * @param within seconds on an idle machine; multiplied by the greatest `slowness` that was seen meanwhile.
 * @returns what was asked for, and the seconds that it took.
 * @throws the last problem when the time is over.
 */
export async function eventually<T>(
  within: number,
  ask: () => T | Promise<T>,
): Promise<{ value: T; seconds: number }> {
  const begun = performance.now();
  let slowest = 1;
  while (true) {
    try {
      const value = await ask();
      return { value, seconds: (performance.now() - begun) / 1000 };
    } catch (error) {
      slowest = Math.max(slowest, slowness());
      if (performance.now() - begun > within * slowest * 1000) throw error;
    }
    await sleep(100);
  }
}

/**
 * Whether something that has just ended took at most as many seconds as it may on an idle machine, multiplied by the greatest `slowness` of
 * the last five minutes: the average of the last minute alone knows little of a burst that has begun or ended a moment ago.
 */
export function inTime(seconds: number, within: number): boolean {
  return (
    seconds <=
    within *
      Math.max(
        ...loadavg()
          .slice(0, 2)
          .map((load) => slowness(load)),
      )
  );
}

/** A line of figures for the reader of a test's output. */
export function report(line: string): void {
  console.log(`    ${line}`);
}
