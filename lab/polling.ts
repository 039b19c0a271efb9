import { setTimeout as sleep } from "node:timers/promises";

/**
 * Repeats until nothing is thrown.
 *
 * @returns what was asked for, and the seconds that it took.
 * @throws the last problem when the time is over.
 */
export async function eventually<T>(
  within: number,
  ask: () => T | Promise<T>,
): Promise<{ value: T; seconds: number }> {
  const begun = performance.now();
  while (true) {
    try {
      const value = await ask();
      return { value, seconds: (performance.now() - begun) / 1000 };
    } catch (error) {
      if (performance.now() - begun > within * 1000) throw error;
    }
    await sleep(100);
  }
}

/** A line of figures for the reader of a test's output. */
export function report(line: string): void {
  console.log(`    ${line}`);
}
