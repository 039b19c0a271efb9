import { formatHostPort } from "./addresses";
import { exporterDefaults, withDefaults } from "./defaults";
import { parseDuration } from "./durations";
import { isInstalled } from "./exporterPlan";
import { stackJobs, type MonitorModel, type StackModel } from "./stackModel";

/** A scrape that every deployment of a stack must make work. */
export interface OwnScrape {
  job: string;
  /** Name of the host that is scraped. */
  name: string;
  url: string;
}

/** What the Prometheus of a monitor scrapes of the stack's own services: the exporters that the stack installs, Alertmanager, Prometheus and its own gateway. */
export function ownScrapes({ name, ownEndpoints }: MonitorModel, { hosts, ports }: StackModel): OwnScrape[] {
  const exporters = hosts.flatMap((host) =>
    host.exporters
      .filter((each) => each.at[0] === "nodeExporter" || isInstalled(each))
      .map((each) => {
        const { path, scheme } = withDefaults(exporterDefaults, each);
        return scrape(each.job, host.name, host.overlayAddress, each.port, `${scheme}://`, path);
      }),
  );
  return [
    ...exporters,
    scrape(stackJobs.prometheus, name, "127.0.0.1", ports.prometheus),
    ...ownEndpoints.map((own) => scrape(own.job, own.name, own.address, own.port)),
  ];
}

/** Seconds within which each of them must have worked: two intervals, and a minute for a link that is being made. */
export function secondsForScrapes({ monitors }: StackModel): number {
  const intervals = monitors.map(({ prometheus }) => parseDuration(prometheus.scrapeInterval ?? "") ?? 0);
  return 60 + Math.ceil((2 * Math.max(...intervals)) / 1000);
}

function scrape(
  job: string,
  name: string,
  address: string,
  port: number,
  before = "http://",
  path = "/metrics",
): OwnScrape {
  return { job, name, url: `${before}${formatHostPort(address, port)}${path}` };
}
