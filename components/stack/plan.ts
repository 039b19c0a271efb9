import type * as pulumi from "@pulumi/pulumi";
import { parseDuration } from "../../templates/prometheusDuration";
import { groupIntervalProblems, plainAlertingProblems } from "../alertmanagerConfig";
import { alertmanagerRuntimeProblems, type AlertmanagerRuntimeArgs } from "../alertmanagerPeer";
import { gatewayPortsOf, gatewayProblems, gossipSourceProblems } from "../haproxyMtlsGateway";
import { connectionTo, plainConnectionProblems } from "../host/connection";
import { hostFirewallProblems, modeProblems, ruleProblems, sshPortProblems } from "../hostFirewall";
import type { MonitorArgs, MonitoringStackArgs, StackHostArgs } from "./args";
import { privateCAProblems } from "../privateCA";
import {
  labelNameProblems,
  peerTimeoutProblems,
  rulesProblems,
  scrapingProblems,
  type PrometheusRuleGroup,
} from "../prometheusConfig";
import { prometheusPort, prometheusRuntimeProblems } from "../prometheusServer";
import { exporterProblems, exportersOf, nodeExporterProblems, type NodeExporterArgs } from "../scrapeTarget";
import type { Host } from "../shapes";
import { softwareProblems } from "../software";
import { addressProblems, isPlain, labelProblems, longestPeerName } from "../validation";
import type { WireGuardLinkArgs } from "../wireGuardLink";
import { interfaceProblems, overlayHostProblems, wireGuardSettings } from "../wireGuardPlan";

/** Fewest and most monitors of a stack. Gossip connections grow with the square; seven is the most that is tested. */
export const monitorCount = { fewest: 2, most: 7 };

/** Jobs of what the stack itself runs on monitors. */
export const stackJobs = { prometheus: "prometheus", alertmanager: "alertmanager", gateway: "haproxy" };

/** How long an Alertmanager waits for the one before it, and how often rules are evaluated, when nothing is said. */
const timingDefaults = { peerTimeout: "15s", evaluationInterval: "15s", scrapeInterval: "15s" };

/** The loopback address by which every Alertmanager knows each monitor, in the monitors' order. */
export function loopbackAddresses(monitors: Pick<MonitorArgs, "number">[]): string[] {
  return monitors.map((monitor, index) => `127.0.1.${monitor.number ?? index + 1}`);
}

/** All machines of a stack, monitors first. */
export function stackHosts({ monitors, targets = [] }: MonitoringStackArgs): StackHostArgs[] {
  return [...monitors, ...targets];
}

/** The ports of what runs on every monitor. */
export function stackPorts(args: MonitoringStackArgs) {
  return { ...gatewayPortsOf(args.gossip ?? {}), prometheus: args.prometheus?.port ?? prometheusPort };
}

/** The overlay of a stack: monitors are hubs, targets spokes. */
export function overlayOf(
  args: MonitoringStackArgs,
  label: string,
  hostOf: (host: StackHostArgs) => pulumi.Input<Host>,
): WireGuardLinkArgs & { label: string } {
  const place = (host: StackHostArgs) => ({
    name: host.name,
    host: hostOf(host),
    overlayAddress: host.overlayAddress,
    endpoint: host.endpoint,
    listenPort: host.listenPort,
  });
  return {
    ...args.network,
    label: args.network?.label ?? label,
    hubs: args.monitors.map(place),
    spokes: (args.targets ?? []).map(place),
  };
}

/** The node_exporter of a machine. */
export function nodeExporterOf(args: MonitoringStackArgs, host: StackHostArgs): NodeExporterArgs {
  const settings = host.nodeExporter ?? args.scraping?.nodeExporter ?? {};
  return { ...settings, software: settings.software ?? args.software?.nodeExporter };
}

/** How the Alertmanagers run. An image that has its Alertmanager already needs none from elsewhere. */
export function alertmanagerRuntimeOf(args: MonitoringStackArgs): AlertmanagerRuntimeArgs {
  const { image = {}, ...rest } = args.alertmanager ?? {};
  const isBuilt = (image.name ?? image.alertmanagerImage) === undefined;
  return { image, software: isBuilt ? args.software?.alertmanager : undefined, ...rest };
}

/** Everything that is wrong with the arguments of a stack as far as it can be known before anything is touched, one sentence each. */
export function monitoringStackProblems(args: MonitoringStackArgs, label: string): string[] {
  const { monitors } = args;
  const overlay = overlayOf(args, label, ({ name, address, connection }) => ({ name, address, connection }));
  const problems: string[] = [];
  if (monitors.length < monitorCount.fewest || monitors.length > monitorCount.most) {
    problems.push(
      `monitors: ${monitors.length} given; ${monitorCount.fewest} to ${monitorCount.most} make a highly available cluster`,
    );
  }
  monitors.forEach((monitor, index) => {
    const path = `monitors[${index}]`;
    problems.push(
      ...labelProblems(`${path}.name`, monitor.name, longestPeerName),
      ...numberProblems(path, monitor),
    );
    problems.push(...hostProblems(path, args, monitor), ...monitorPortProblems(path, args, monitor));
  });
  args.targets?.forEach((target, index) => {
    const path = `targets[${index}]`;
    problems.push(...labelProblems(`${path}.name`, target.name), ...hostProblems(path, args, target));
  });
  problems.push(
    ...repetitionProblems(args),
    ...sharedPortProblems(args),
    ...named("network", interfaceProblems(args.network ?? {})),
    ...overlayHostProblems(overlay, overlay.label, {
      ...{ hubs: "monitors", spokes: "targets", network: "network.network" },
    }),
    ...named("gossip", [
      ...gatewayProblems(args.gossip ?? {}),
      ...gossipSourceProblems(args.gossip?.gossipSources ?? []),
    ]),
    ...named("alertmanager", alertmanagerRuntimeProblems(args.alertmanager ?? {})),
    ...named("certificates", privateCAProblems({ ...args.certificates, holders: [] })),
    ...prometheusProblemsOf(args),
    ...named("firewall", hostFirewallProblems(args.firewall ?? {})),
    ...softwareProblems("software.alertmanager", args.software?.alertmanager ?? {}),
    ...softwareProblems("software.prometheus", args.software?.prometheus ?? {}),
    ...softwareProblems("software.nodeExporter", args.software?.nodeExporter ?? {}),
    ...named("alerting", [
      ...plainAlertingProblems(args.alerting),
      ...groupIntervalProblems(
        args.alerting,
        monitors.length - 1,
        args.alertmanager?.peerTimeout ?? timingDefaults.peerTimeout,
        args.scraping?.evaluationInterval ?? timingDefaults.evaluationInterval,
      ),
    ]),
  );
  return [...new Set(problems)];
}

function named(path: string, problems: string[]): string[] {
  return problems.map((problem) => `${path}.${problem}`);
}

function numberProblems(path: string, { number }: MonitorArgs): string[] {
  if (number === undefined || (Number.isInteger(number) && number >= 1 && number <= monitorCount.most))
    return [];
  return [`${path}.number: ${number} is not a number from 1 to ${monitorCount.most}`];
}

function hostProblems(path: string, args: MonitoringStackArgs, host: StackHostArgs): string[] {
  const { firewallMode, sshPort, inboundRules = [], labels = {} } = host;
  const nodeExporter = nodeExporterOf(args, host);
  const ownJobs: string[] = Object.values(stackJobs);
  return [
    ...(isPlain(host.address) ? addressProblems(`${path}.address`, host.address) : []),
    ...named(path, plainConnectionProblems(connectionTo(host.address, host.connection))),
    ...labelNameProblems(`${path}.labels`, labels),
    ...named(path, nodeExporterProblems(host.nodeExporter ?? {})),
    ...named(path, exporterProblems(exportersOf(nodeExporter, host.exporters ?? []))),
    ...(host.exporters ?? [])
      .filter(({ job }) => ownJobs.includes(job))
      .map(({ job }) => `${path}.exporters: "${job}" is a job of the stack itself; use another name`),
    ...inboundRules.flatMap((rule, index) => ruleProblems(`${path}.inboundRules[${index}]`, rule)),
    ...sshPortProblems(`${path}.sshPort`, sshPort),
    ...modeProblems(`${path}.firewallMode`, firewallMode),
  ];
}

/** A TCP port on which something on a monitor listens. */
interface PortUse {
  port: number;
  use: string;
}

/** Ports of the stack's own services that are the same; the gateway's among themselves are told of by the gateway. */
function sharedPortProblems(args: MonitoringStackArgs): string[] {
  const [own, gateway] = [prometheusUse(args), gatewayUses(args)];
  return gateway
    .filter(({ port }) => port === own.port)
    .map(({ port, use }) => `${own.use}: ${port} is ${use} already; each needs a port of its own`);
}

/** Ports of the stack's own services on which a monitor has something else. */
function monitorPortProblems(path: string, args: MonitoringStackArgs, monitor: MonitorArgs): string[] {
  const { port: connectionPort = 22 } = monitor.connection;
  const sshPort = monitor.sshPort ?? (typeof connectionPort === "number" ? connectionPort : undefined);
  const others: PortUse[] = [
    ...(sshPort === undefined ? [] : [{ port: sshPort, use: "SSH" }]),
    ...exportersOf(nodeExporterOf(args, monitor), monitor.exporters ?? []).map(({ port, job }) => ({
      port,
      use: `the exporter of job "${job}"`,
    })),
  ];
  return [prometheusUse(args), ...gatewayUses(args)].flatMap(({ port, use }) =>
    others
      .filter((other) => other.port === port)
      .map(
        (other) => `${path}: port ${port} of ${other.use} is ${use} already; each needs a port of its own`,
      ),
  );
}

function prometheusUse(args: MonitoringStackArgs): PortUse {
  return { port: stackPorts(args).prometheus, use: "prometheus.port" };
}

function gatewayUses(args: MonitoringStackArgs): PortUse[] {
  return Object.entries(gatewayPortsOf(args.gossip ?? {})).map(([name, port]) => ({
    port,
    use: `gossip.${name}Port`,
  }));
}

function repetitionProblems(args: MonitoringStackArgs): string[] {
  const { monitors } = args;
  const hosts = stackHosts(args);
  const monitorAddresses = repeated(
    monitors.map(({ address }) => address).filter((each) => typeof each === "string"),
  );
  const port = wireGuardSettings(args.network ?? {}).listenPort;
  const endpoints = hosts
    .filter(({ address }) => !monitorAddresses.includes(address as string))
    .map(({ address, endpoint, listenPort }) => ({ address: endpoint ?? address, port: listenPort ?? port }))
    .filter(({ address }) => typeof address === "string")
    .map((each) => `${each.address as string}, UDP port ${each.port}`);
  return [
    ...repeated(hosts.map(({ name }) => name)).map(
      (name) => `monitors, targets: "${name}" is the name of two machines; names must be unique`,
    ),
    ...monitorAddresses.map(
      (address) => `monitors: "${address}" is the address of two monitors; each needs a machine of its own`,
    ),
    ...repeated(endpoints).map(
      (endpoint) =>
        `monitors, targets: ${endpoint} is where the WireGuard of two machines is reached; each needs its own`,
    ),
    ...repeated(loopbackAddresses(monitors)).map(
      (address) =>
        `monitors: number ${address.split(".")[3]} is taken twice; numbers must be unique, also those that come from positions`,
    ),
  ];
}

function prometheusProblemsOf(args: MonitoringStackArgs): string[] {
  const { scraping = {}, rules = {}, ruleGroups = [] } = args;
  const jobs = stackHosts(args).flatMap((host) =>
    exportersOf(nodeExporterOf(args, host), host.exporters ?? []),
  );
  const settings = {
    ...{
      scrapeInterval: timingDefaults.scrapeInterval,
      evaluationInterval: timingDefaults.evaluationInterval,
    },
    ...{ externalLabels: {}, config: {}, ...scraping },
    jobs: [...Object.values(stackJobs), ...jobs.map(({ job }) => job)],
  };
  const peerTimeout = args.alertmanager?.peerTimeout ?? timingDefaults.peerTimeout;
  const groups = isPlain(ruleGroups) ? (ruleGroups as PrometheusRuleGroup[]) : [];
  const intervals = [settings.evaluationInterval, ...groups.flatMap(({ interval }) => interval ?? [])];
  return [
    ...named("prometheus", prometheusRuntimeProblems(args.prometheus ?? {})),
    ...named("scraping", nodeExporterProblems(scraping.nodeExporter ?? {})),
    ...named(
      "scraping",
      isPlain(scraping) ? scrapingProblems(settings as Parameters<typeof scrapingProblems>[0]) : [],
    ),
    ...(isPlain(rules) && isPlain(ruleGroups)
      ? rulesProblems({ rules: rules as Record<string, string>, ruleGroups: groups })
      : []),
    ...(parseDuration(peerTimeout) === undefined
      ? []
      : named("alertmanager", peerTimeoutProblems(peerTimeout, intervals))),
  ];
}

function repeated(values: pulumi.Input<string>[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))] as string[];
}
