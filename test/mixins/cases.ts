/** Series over time, and which alerts of one name fire at which minute. */
export interface AlertCase {
  says: string;
  /** Values by series in promtool's notation, one a minute. */
  series: Record<string, string>;
  /** By minute: the labels of each alert that fires, but for its severity. */
  fires: Record<number, Record<string, string>[]>;
}

/** A value that stays for ten hours. */
export const steady = (value: number) => `${value}x600`;
/** A counter that grows by so much a minute for ten hours, long after its start. */
export const growing = (perMinute: number) => `1000000+${perMinute}x600`;

interface Boundary {
  /** Series with a value in its place. */
  series: (value: string) => Record<string, string>;
  /** A value that just fires. */
  fires: string;
  /** Values that just do not. */
  silent: string[];
  /**
   * First minute in which the expression holds: 0 for a state, 1 for any growth of a counter, which needs two samples, 4 for a rate over 5
   * minutes, which is lower before.
   */
  holds: number;
  /** Minutes for which it must hold. */
  minutes: number;
  labels: Record<string, string>;
}

/** What just fires and what just does not: by time, and by value. */
export function boundary({ series, fires, silent, holds, minutes, labels }: Boundary): AlertCase[] {
  const first = holds + minutes;
  return [
    {
      says: `${fires} fires in minute ${first}`,
      series: series(fires),
      fires: { ...(first > 0 ? { [first - 1]: [] } : {}), [first]: [labels], [first + 30]: [labels] },
    },
    ...silent.map((value) => ({
      says: `${value} does not fire`,
      series: series(value),
      fires: { [first]: [], [first + 60]: [] },
    })),
  ];
}
