import { formatHostPort } from "../../model/addresses";

/** One endpoint of a job. */
export interface PrometheusTarget {
  /** Name of the machine: the label `instance`. */
  name: string;
  address: string;
  port: number;
  /** Further labels; `__scheme__` and `__metrics_path__` say how it is scraped. */
  labels?: Record<string, string>;
}

/** The text of a `file_sd` file: a line for each target, in an order that does not depend on that of the input. */
export function renderPrometheusTargets(targets: PrometheusTarget[]): string {
  const lines = targets.map(({ name, address, port, labels = {} }) => {
    const entries = Object.entries({ ...labels, instance: name });
    return JSON.stringify({
      targets: [formatHostPort(address, port)],
      labels: Object.fromEntries(entries.sort(byText(([label]) => label))),
    });
  });
  const inOrder = targets
    .map((target, index) => ({ key: `${target.name}\n${lines[index] ?? ""}`, line: lines[index] }))
    .sort(byText(({ key }) => key))
    .map(({ line }) => `  ${line}`);
  return inOrder.length === 0 ? "[]\n" : `[\n${inOrder.join(",\n")}\n]\n`;
}

// Unlike localeCompare the same on every machine.
function byText<T>(textOf: (each: T) => string): (one: T, other: T) => number {
  return (one, other) => (textOf(one) < textOf(other) ? -1 : textOf(one) > textOf(other) ? 1 : 0);
}
