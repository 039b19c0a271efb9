import type { Unwrap } from "@pulumi/pulumi";
import { lt, valid } from "semver";
import type { ExporterArgs, NodeExporterArgs, ScrapeTargetArgs } from "../components/exporters/scrapeTarget";
import type { Endpoint, InboundRule } from "../components/shapes";
import { flag, ipAddress, jobName, labels, networkInterface, unprivilegedPort } from "./checks";
import { exporterDefaults, nodeExporterDefaults, overlayDefaults, withDefaults } from "./defaults";
import { exporter } from "./exporterFields";
import { defaultJob, isInstalled, knownExporter, programOf } from "./exporterPlan";
import { leaf, list, section } from "./fields";
import { host } from "./hosts";
import { problemAt, type Path, type Problem } from "./problem";
import { software } from "./software";

// `--web.systemd-socket` came with it (github.com/prometheus/node_exporter/pull/2393).
const oldestNodeExporter = "1.5.0";

/** A node_exporter. */
export const nodeExporter = section<NodeExporterArgs>(
  {
    install: flag,
    software,
    port: unprivilegedPort("node_exporter"),
    job: jobName,
    timex: flag,
    flags: list(
      leaf<string>("text", (value) => {
        if (/^--web\.(listen-address|systemd-socket)(=|$)/.test(value)) {
          return `"${value}" would open another address; the overlay's is the only one`;
        }
        return /^--[a-z][a-z0-9.-]*(=[^\s"'\\]*)?$/.test(value)
          ? undefined
          : `"${value}" is not a flag; write for example --collector.systemd, without blanks, quotes and backslashes`;
      }),
    ),
  },
  {},
  ({ software: { source, version } = {} }) =>
    problemAt(
      ["software", "version"],
      source !== "apt" && valid(version) && lt(version as string, oldestNodeExporter)
        ? `${version} cannot take its socket from systemd; use ${oldestNodeExporter} or later`
        : undefined,
    ),
);

/** An exporter whose job and port are known. */
export type ScrapedExporter = ExporterArgs & { job: string; port: number };

/** An exporter, and the path of its arguments. */
export type ExporterAt = ScrapedExporter & { at: Path };

/** All exporters of a host, its node_exporter first. */
export function allExporters(ofNode: NodeExporterArgs = {}, others: ExporterArgs[] = []): ExporterAt[] {
  const { install, job, port: nodePort } = withDefaults(nodeExporterDefaults, ofNode);
  return [
    ...(install ? [{ job, port: nodePort, at: ["nodeExporter"] }] : []),
    ...others.map((each, index) => ({ ...withJobAndPort(each), at: ["exporters", index] })),
  ];
}

/** An exporter with what the catalogue knows of it. What is missing is a mistake of its own. */
export function withJobAndPort(args: ExporterArgs): ScrapedExporter {
  const job = args.job ?? defaultJob(args);
  return { ...args, job, port: args.port ?? knownExporter(args)?.port ?? 0 };
}

/** Where an exporter of a host stands in the arguments of a stack: below its host, or, for the one that all monitors have, at the top. */
export function exporterPath(host: Path, at: Path): Path {
  return at[0] === "blackboxExporter" ? at : [...host, ...at];
}

/** A host that is scraped. */
export const scrapeTarget = section<ScrapeTargetArgs>(
  {
    host,
    overlayAddress: ipAddress,
    monitors: list(ipAddress, (monitors) =>
      problemAt(
        [],
        monitors.length === 0
          ? "at least one address is needed, or the firewall would admit everybody"
          : undefined,
      ),
    ),
    labels,
    nodeExporter,
    exporters: list(exporter),
    networkInterface,
  },
  { host: true, overlayAddress: true, monitors: true },
  (args) => exporterProblems(allExporters(args.nodeExporter, args.exporters)),
);

function exporterProblems(exporters: ExporterAt[]): Problem[] {
  if (exporters.length === 0) {
    return problemAt(
      ["exporters"],
      "without a node_exporter at least one exporter is needed, or there is nothing to scrape",
    );
  }
  return exporters.flatMap((each, index) => {
    const before = exporters.slice(0, index);
    const same = before.find((other) => other.port === each.port && isSamePlace(other, each));
    const twice =
      isInstalled(each) && before.find((other) => isInstalled(other) && programOf(other) === programOf(each));
    const places = each.release === undefined ? "repository" : "release";
    return [
      ...problemAt(
        [...each.at, "port"],
        same && each.port !== 0
          ? `port ${each.port} of job "${each.job}" is that of job "${same.job}" already`
          : undefined,
      ),
      ...problemAt(
        [...each.at, places],
        twice
          ? `"${programOf(each)}" is there twice; one of each is installed on a host, so leave one of them out`
          : undefined,
      ),
    ];
  });
}

// One program may serve several paths; two programs of ours cannot share a port.
function isSamePlace(one: ExporterAt, other: ExporterAt): boolean {
  const isOurs = (each: ExporterAt) => isInstalled(each) || each.at[0] === "nodeExporter";
  const pathOf = (each: ExporterAt) => withDefaults(exporterDefaults, each).path;
  return (isOurs(one) && isOurs(other)) || pathOf(one) === pathOf(other);
}

/** What a Prometheus scrapes of an exporter. */
export function endpointOf(
  { job, port: ownPort, path, scheme, labels: ownLabels }: ScrapedExporter,
  name: string,
  address: string,
  common: Record<string, string>,
): Unwrap<Endpoint> {
  const all: Record<string, string> = {
    ...common,
    ...ownLabels,
    // Prometheus reads these two labels, and drops them: they say how it scrapes.
    ...(path === undefined ? {} : { __metrics_path__: path }),
    ...(scheme === undefined ? {} : { __scheme__: scheme }),
  };
  return { name, address, port: ownPort, job, ...(Object.keys(all).length > 0 ? { labels: all } : {}) };
}

/** Scrapes that a firewall has to let in. */
export function scrapeRules(
  exporters: ScrapedExporter[],
  monitors: string[],
  onInterface: string = overlayDefaults.interfaceName,
): InboundRule[] {
  return exporters.map(({ job, port: ownPort }) => ({
    protocol: "tcp",
    port: ownPort,
    sources: monitors,
    networkInterface: onInterface,
    purpose: `scrapes of job ${job}`,
  }));
}
