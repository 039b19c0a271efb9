import * as pulumi from "@pulumi/pulumi";
import { sentences, type Problem } from "../../model/problem";
import { prometheusFindings } from "../../model/prometheusFindings";
import { ScrapeTarget } from "../exporters/scrapeTarget";
import { PrometheusServer } from "../prometheus/prometheusServer";
import { warnOnce } from "../warnings";
import type { Foundation } from "./foundation";

/** The scraping half of a stack. */
export interface StackScraping {
  /** In the order of the hosts; none of a host that is not scraped. */
  targets: (ScrapeTarget | undefined)[];
  /** In the order of the monitors. */
  servers: PrometheusServer[];
}

/** A target on every host that is scraped, and on each monitor a Prometheus that scrapes them all and sends to every Alertmanager. */
export function deployScraping({ parent, name, model, hostOf, link }: Foundation): StackScraping {
  const targets = model.hosts.map((host) =>
    host.isScraped
      ? new ScrapeTarget(`${name}-${host.name}-target`, { ...host.target, host: hostOf(host) }, { parent })
      : undefined,
  );
  const endpoints = targets.flatMap((target) => target?.endpoints ?? []);
  // A target is on the list once its exporter runs and its interface is up.
  const scraped = pulumi.all([pulumi.all(endpoints), link.addresses]).apply(([lists]) => lists.flat());
  const servers: PrometheusServer[] = [];
  for (const monitor of model.monitors) {
    warnOfScraping(parent, prometheusFindings(monitor.prometheus).warnings);
    // One after the other, but for their programs, which no running server notices: the configuration waits for the server before.
    const inTurn = pulumi.output(servers.at(-1)?.url);
    servers.push(
      new PrometheusServer(
        `${name}-${monitor.name}-prometheus`,
        {
          ...monitor.prometheus,
          host: hostOf(monitor),
          endpoints: scraped.apply((endpoints) => [...endpoints, ...monitor.ownEndpoints]),
          alertmanagers: inTurn.apply(() => monitor.alertmanagers),
        },
        { parent },
      ),
    );
  }
  return { targets, servers };
}

/** Warns at the paths of the stack's arguments; what a server says of its own has other paths. */
function warnOfScraping(component: pulumi.Resource, warnings: Problem[]): void {
  const ofStack = warnings.map(({ path, says }) => ({
    path: path[0] === "config" ? ["scraping", ...path] : path,
    says,
  }));
  warnOnce(component, sentences(ofStack), sentences(warnings));
}
