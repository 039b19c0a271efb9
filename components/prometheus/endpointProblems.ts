import type * as pulumi from "@pulumi/pulumi";
import { isIpAddress } from "../../model/addresses";
import { isPort } from "../host/connection";
import { labelNameProblems } from "./prometheusProblems";
import type { Endpoint } from "../shapes";

/** An endpoint whose values are known. */
export type KnownEndpoint = pulumi.Unwrap<Endpoint>;

/** What is wrong with endpoints, one sentence each. */
export function endpointProblems(endpoints: KnownEndpoint[]): string[] {
  const pathOf = (index: number) => `endpoints[${index}]`;
  return [
    ...endpoints.flatMap((endpoint, index) => {
      const { name, address, port, job, labels = {} } = endpoint;
      const path = pathOf(index);
      const problems = labelNameProblems(`${path}.labels`, labels);
      if (!name) problems.push(`${path}.name: a name is needed`);
      if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(job)) {
        problems.push(`${path}.job: "${job}" is not the name of a job; use letters, digits, ., _ and -`);
      }
      if (!isIpAddress(address)) problems.push(`${path}.address: "${address}" is not an IP address`);
      if (!isPort(port)) problems.push(`${path}.port: ${port} is not a port; 1 to 65535 are`);
      return problems;
    }),
    ...identityProblems(endpoints, pathOf),
  ];
}

/** Whether the series of each endpoint can be told from those of the others, as sentences. */
export function identityProblems(
  endpoints: Pick<KnownEndpoint, "name" | "job" | "labels">[],
  pathOf: (index: number) => string,
): string[] {
  const seen = new Map<string, number>();
  return endpoints.flatMap(({ name, job, labels = {} }, index) => {
    const problems: string[] = [];
    if ("instance" in labels || "job" in labels) {
      problems.push(
        `${pathOf(index)}.labels: instance and job come from the endpoint's name and job; leave them out`,
      );
    }
    // How it is scraped goes by labels that Prometheus drops.
    const kept = Object.entries(labels).filter(([label]) => !label.startsWith("__"));
    const identity = JSON.stringify([job, name, kept.sort()]);
    const earlier = seen.get(identity);
    if (earlier !== undefined) {
      problems.push(
        `${pathOf(index)}: job "${job}" of "${name}" has the very labels of ${pathOf(earlier)}, so their series would be mixed; give one of them a label`,
      );
    }
    seen.set(identity, index);
    return problems;
  });
}
