import * as pulumi from "@pulumi/pulumi";
import { formatHostPort } from "../../model/addresses";
import { PrometheusServer } from "../prometheus/prometheusServer";
import { ScrapeTarget } from "../exporters/scrapeTarget";
import type { Endpoint } from "../shapes";
import type { MonitorArgs } from "./args";
import { otherMonitors, type StackContext } from "./context";
import { exporterJobs, nodeExporterOf, stackHosts, stackJobs, stackTiming } from "./plan";

/** The scraping half of a stack. */
export interface StackScraping {
  /** What is scraped on every machine, by its name. */
  targets: Map<string, ScrapeTarget>;
  /** The servers, in the monitors' order. */
  servers: PrometheusServer[];
}

/** A target on every machine, and on each monitor a Prometheus that scrapes them all and sends to every Alertmanager. */
export function deployScraping(context: StackContext): StackScraping {
  const { parent, name, args, ports, hostOf } = context;
  const { monitors, scraping = {} } = args;
  const monitorAddresses = monitors.map(context.overlayAddressOf);
  const networkInterface = context.interfaceName;
  const targets = new Map(
    stackHosts(args).map((host) => [
      host.name,
      new ScrapeTarget(
        `${name}-${host.name}-target`,
        {
          host: hostOf(host),
          overlayAddress: context.overlayAddressOf(host),
          monitors: monitorAddresses,
          labels: host.labels,
          nodeExporter: nodeExporterOf(args, host),
          exporters: host.exporters,
          networkInterface,
        },
        { parent },
      ),
    ]),
  );
  // A target is on the list once its exporter runs and its interface is up.
  const scraped = pulumi
    .all([pulumi.all([...targets.values()].map(({ endpoints }) => endpoints)), context.link.addresses])
    .apply(([lists]) => lists.flat());
  const jobs = [...exporterJobs(args), ...Object.values(stackJobs)];

  const servers: PrometheusServer[] = [];
  for (const monitor of monitors) {
    const ofStack = stackEndpoints(context, monitor);
    // One after the other, but for their programs, which no running server notices: its configuration waits for the server before.
    const inTurn = pulumi.output(servers.at(-1)?.url);
    servers.push(
      new PrometheusServer(
        `${name}-${monitor.name}-prometheus`,
        {
          host: hostOf(monitor),
          overlayAddress: context.overlayAddressOf(monitor),
          endpoints: scraped.apply((endpoints) => [...endpoints, ...ofStack]),
          jobs,
          alertmanagers: inTurn.apply(() =>
            monitorAddresses.map((address) => formatHostPort(address, ports.api)),
          ),
          scrapeInterval: scraping.scrapeInterval,
          evaluationInterval: scraping.evaluationInterval,
          peerTimeout: stackTiming(args).peerTimeout,
          externalLabels: scraping.externalLabels,
          rules: args.rules,
          ruleGroups: args.ruleGroups,
          config: scraping.config,
          runtime: { ...args.prometheus, software: args.prometheus?.software ?? args.software?.prometheus },
          readers: otherMonitors(context, monitor),
          networkInterface,
        },
        { parent },
      ),
    );
  }
  return { targets, servers };
}

/** What the stack itself runs on monitors, as the Prometheus of one of them sees it. */
function stackEndpoints({ args, ports, overlayAddressOf }: StackContext, self: MonitorArgs): Endpoint[] {
  return args.monitors.flatMap((monitor) => {
    const { name } = monitor;
    const address = overlayAddressOf(monitor);
    return [
      { name, address, port: ports.api, job: stackJobs.alertmanager },
      // The gateway's metrics are on its loopback only, and a Prometheus scrapes itself anyway.
      monitor === self
        ? { name, address: "127.0.0.1", port: ports.metrics, job: stackJobs.gateway }
        : { name, address, port: ports.prometheus, job: stackJobs.prometheus },
    ];
  });
}
