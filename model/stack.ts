import type { ExporterArgs } from "../components/exporters/scrapeTarget";
import type { Host, InboundRule } from "../components/shapes";
import type { MonitorArgs, MonitoringStackArgs, StackHostArgs } from "../components/stack/args";
import type { WireGuardLinkArgs } from "../components/overlay/wireGuardLink";
import { formatHostPort } from "./addresses";
import { groupIntervalProblems, settledRuntime } from "./alertmanager";
import { FirewallMode } from "./choices";
import { hostConnection, missingKeyProblems, sharedPaths } from "./connections";
import {
  firewallDefaults,
  gatewayDefaults,
  overlayDefaults,
  scrapingDefaults,
  stackFirewallDefaults,
  withDefaults,
} from "./defaults";
import { dnsNamesOf, externalUrlOf } from "./externalUrl";
import { allExporters, exporterPath, scrapeRules, withJobAndPort, type ExporterAt } from "./exporters";
import { gossipRules } from "./gateway";
import { connectionTo } from "./hosts";
import { overlayHosts, overlayPlaceProblems, wireGuardRule } from "./overlay";
import { kindProblems, missingProblems } from "./fields";
import { laterProblems, withoutEmpty } from "./given";
import type { Path, Problem } from "./problem";
import { settledPrometheus } from "./prometheus";
import { readerRules } from "./readers";
import { stackJobs, type HostModel, type MonitorModel, type RuleAt, type StackModel } from "./stackModel";
import { stackFields } from "./stackFields";
import { stackLater } from "./stackLater";
import { probeJobsOf, stackBlackbox } from "./stackProbes";
import { stackProblems } from "./stackProblems";

/**
 * Turns the arguments of a stack into what each of its hosts and components is given, and checks it.
 *
 * @param label default of everything that must differ from stack to stack.
 * @returns a model that may be deployed only if there are no problems, and none while an argument is missing or of the wrong kind.
 */
export function resolve(
  given: MonitoringStackArgs,
  label: string,
): { model: StackModel | undefined; problems: Problem[] } {
  // Programs without types may leave out even the arguments.
  const args = withoutEmpty(
    stackFields,
    (given as MonitoringStackArgs | null | undefined) ?? {},
  ) as MonitoringStackArgs;
  const kinds = [...kindProblems(stackFields, args), ...laterProblems(stackLater, stackFields, args)];
  const keys = kinds.length === 0 ? missingKeyProblems(args) : [];
  const shape = [...missingProblems(stackFields, args), ...keys, ...kinds];
  if (shape.length > 0) return { model: undefined, problems: shape };
  const context = contextOf(args, label);
  const { common } = context;
  const hosts = context.given.map((_, index) => hostModel(context, index));
  const model: StackModel = {
    hosts,
    monitors: hosts.slice(0, args.monitors.length) as MonitorModel[],
    targets: hosts.slice(args.monitors.length),
    authority: { ...args.certificates, commonName: `${common.clusterLabel} CA` },
    overlay: common.network,
    ports: { api: common.gossip.apiPort, prometheus: common.prometheus.port },
    publicKey: args.droplets?.publicKey,
    groupIntervals: (known) =>
      groupIntervalProblems(known, {
        peers: args.monitors.length - 1,
        peerTimeout: common.runtime.peerTimeout,
        evaluationInterval: common.scraping.evaluationInterval,
      }),
  };
  return { model, problems: stackProblems(args, model, context.link) };
}

/** A host as the user wrote it. */
interface Given {
  host: StackHostArgs;
  path: Path;
  /** The exporters that it is given, those of the stack among them. */
  ownExporters: ExporterArgs[] | undefined;
  exporters: ExporterAt[];
}

interface Context {
  args: MonitoringStackArgs;
  common: ReturnType<typeof commonSettings>;
  /** All hosts, monitors first. */
  given: Given[];
  /** The overlay, with what is known of each host before it is deployed. */
  link: WireGuardLinkArgs & { label: string };
  /** Addresses on the overlay, in the order of the hosts. */
  addresses: string[];
  /** Networks and single addresses that each host reaches by the overlay only, in the order of the hosts. */
  overlayNetworks: string[][];
  monitorAddresses: string[];
  /** Addresses on the overlay of the targets that may use the APIs of monitors. */
  clientAddresses: string[];
  /** Jobs of all endpoints. */
  jobs: string[];
}

function contextOf(args: MonitoringStackArgs, label: string): Context {
  const { monitors, targets = [] } = args;
  const common = commonSettings(args, label);
  const at = (list: string) => (host: StackHostArgs, index: number) => {
    const blackbox = list === "monitors" ? stackBlackbox(args, host) : undefined;
    const exporters = allExporters(nodeExporterOf(args, host), host.exporters);
    return {
      ...{ host, path: [list, index] },
      ownExporters: blackbox ? [...(host.exporters ?? []), blackbox] : host.exporters,
      exporters: blackbox
        ? [...exporters, { ...withJobAndPort(blackbox), at: ["blackboxExporter"] }]
        : exporters,
    };
  };
  const given = [...monitors.map(at("monitors")), ...targets.map(at("targets"))];
  const inOverlay = (host: StackHostArgs) => ({
    ...overlayOf(host),
    // A droplet's address is known only once there is the droplet, and connections are checked with their hosts.
    host: { name: host.name, address: host.address } as Host,
  });
  const link = { ...common.network, hubs: monitors.map(inOverlay), spokes: targets.map(inOverlay) };
  // While the overlay itself is wrong, its hosts get any valid addresses, so that all else can be checked.
  const places =
    overlayPlaceProblems(link).length > 0
      ? given.map((_, index) => ({ overlayAddress: `fd00::${(index + 1).toString(16)}`, networks: [] }))
      : overlayHosts(link);
  const addresses = places.map(({ overlayAddress }) => overlayAddress);
  return {
    args,
    common,
    given,
    link,
    addresses,
    overlayNetworks: places.map(({ networks }) => networks),
    monitorAddresses: addresses.slice(0, monitors.length),
    clientAddresses: addresses.slice(monitors.length).filter((_, index) => targets[index]?.client === true),
    jobs: [...given.flatMap(({ exporters }) => exporters.map(({ job }) => job)), ...Object.values(stackJobs)],
  };
}

/** Settings that all hosts share, each with its default. */
function commonSettings(args: MonitoringStackArgs, label: string) {
  const { alertmanager = {}, prometheus = {}, software = {} } = args;
  const { clusterLabel, ...gossip } = withDefaults(
    { ...gatewayDefaults, clusterLabel: label },
    args.gossip ?? {},
  );
  const { image = {}, externalUrl: alertmanagerUrl, ...runtime } = alertmanager;
  const { externalUrl: prometheusUrl, ...server } = prometheus;
  const settledServer = settledPrometheus({ ...server, software: server.software ?? software.prometheus });
  // An image that has its Alertmanager already needs none from elsewhere.
  const isBuilt = (image.name ?? image.alertmanagerImage) === undefined;
  return {
    clusterLabel,
    gossip,
    network: withDefaults({ ...overlayDefaults, label }, args.network ?? {}),
    scraping: withDefaults(scrapingDefaults, args.scraping ?? {}),
    runtime: settledRuntime({
      image,
      software: isBuilt ? software.alertmanager : undefined,
      ...runtime,
    }),
    prometheus: settledServer,
    externalUrls: {
      alertmanager: alertmanagerUrl ?? onLoopback(gossip.apiPort),
      prometheus: prometheusUrl ?? onLoopback(settledServer.port),
    },
    firewall: withDefaults(stackFirewallDefaults, args.firewall ?? {}),
  };
}

/** Where the output `tunnel` of every monitor brings what listens on a port of its loopback. */
function onLoopback(port: number): string {
  return `http://127.0.0.1:${port}`;
}

function nodeExporterOf({ scraping = {}, software = {} }: MonitoringStackArgs, host: StackHostArgs) {
  const settings = host.nodeExporter ?? scraping.nodeExporter ?? {};
  return { ...settings, software: settings.software ?? software.nodeExporter };
}

function overlayOf({ name, overlayAddress, endpoint, listenPort }: StackHostArgs) {
  return { name, overlayAddress, endpoint, listenPort };
}

function hostModel(context: Context, index: number): HostModel | MonitorModel {
  const { args, common, given, addresses, monitorAddresses } = context;
  const { host, path, exporters, ownExporters } = given[index] as Given;
  const overlayAddress = addresses[index] as string;
  const overlayNetworks = context.overlayNetworks[index] as string[];
  const { interfaceName, listenPort } = common.network;
  const monitor = args.monitors[index];
  const ofMonitor = monitor && monitorParts(context, monitor, index);
  const target = args.targets?.[index - args.monitors.length];
  // A host without exporters is a mistake, unless it is there to read.
  const isScraped = exporters.length > 0 || target?.client !== true;
  const scrapes = scrapeRules(exporters, monitorAddresses, interfaceName);
  const rules: RuleAt[] = [
    { rule: wireGuardRule(host.listenPort ?? listenPort), at: [...path, "listenPort"] },
    ...scrapes.map((rule, each) => ({ rule, at: exporterPath(path, exporters[each]?.at ?? []) })),
    ...(ofMonitor?.rules ?? []),
    ...(host.inboundRules ?? []).map((rule, each) => ({ rule, at: [...path, "inboundRules", each] })),
  ];
  return {
    ...ofMonitor,
    name: host.name,
    path,
    origin: originOf(args, host),
    sharedPaths: sharedPaths(args, host),
    overlay: overlayOf(host),
    overlayAddress,
    overlayNetworks,
    isScraped,
    target: {
      overlayAddress,
      monitors: monitorAddresses,
      labels: host.labels ?? {},
      nodeExporter: nodeExporterOf(args, host),
      exporters: ownExporters,
      networkInterface: interfaceName,
    },
    exporters,
    trustForeignFirewall: host.trustForeignFirewall ?? false,
    rules,
    ...firewallsOf(
      common,
      host,
      rules.map(({ rule }) => rule),
      overlayNetworks,
    ),
  };
}

function originOf(args: MonitoringStackArgs, host: StackHostArgs): HostModel["origin"] {
  const { droplets = {} } = args;
  const { name, region, address = "" } = host;
  const connection = hostConnection(args, host);
  if (region === undefined) {
    return { kind: "existing", host: { name, address, connection: connectionTo(address, connection) } };
  }
  const { publicKey: _, ...settings } = droplets;
  const { privateKey } = connection;
  return { kind: "droplet", droplet: { ...settings, ...host.droplet, name, region, privateKey } };
}

/** Default mode: `guard` on hosts that exist, so that ports of other services stay open; `deny` on droplets, which the stack makes. */
function firewallsOf(
  { network, firewall }: Context["common"],
  { region, firewallMode, sshPort }: StackHostArgs,
  rules: InboundRule[],
  overlayNetworks: string[],
): Pick<HostModel, "firewall" | "cloudFirewall"> {
  const isDroplet = region !== undefined;
  const { enabled, confirmWithinSeconds } = firewall;
  const mode = firewallMode ?? firewall.mode ?? (isDroplet ? FirewallMode.Deny : firewallDefaults.mode);
  const both = { rules, sshPort, overlayInterface: network.interfaceName };
  // The cloud's firewall drops everything that no rule matches, which is not what `guard` means.
  const isInCloud = enabled && isDroplet && mode === FirewallMode.Deny;
  return {
    firewall: enabled ? { ...both, overlayNetworks, mode, confirmWithinSeconds } : undefined,
    cloudFirewall: isInCloud ? both : undefined,
  };
}

function monitorParts(context: Context, monitor: MonitorArgs, index: number) {
  const { args, common, addresses, monitorAddresses, jobs } = context;
  const { clusterLabel, gossip, network, scraping, prometheus, runtime, externalUrls } = common;
  const { streamPort, datagramPort, apiPort, metricsPort, gossipSources = [] } = gossip;
  const alertmanagerUrl = externalUrlOf(externalUrls.alertmanager, monitor.name);
  const served = {
    overlayAddress: addresses[index] as string,
    readers: [...monitorAddresses.filter((_, other) => other !== index), ...context.clientAddresses],
    networkInterface: network.interfaceName,
  };
  const serves = (port: number, purpose: string, at: Path): RuleAt[] =>
    readerRules(served, port, network.interfaceName, purpose).map((rule) => ({ rule, at }));
  return {
    peer: {
      name: monitor.name,
      loopbackAddress: `127.0.1.${monitor.number ?? index + 1}`,
      streamPort,
      datagramPort,
    },
    gateway: { ...gossip, ...served, apiNames: dnsNamesOf(alertmanagerUrl) },
    alertmanager: { clusterLabel, alerting: args.alerting, runtime, externalUrl: alertmanagerUrl },
    prometheus: {
      ...served,
      jobs,
      probes: probeJobsOf(args, index, context),
      scrapeInterval: scraping.scrapeInterval,
      evaluationInterval: scraping.evaluationInterval,
      peerTimeout: runtime.peerTimeout,
      externalLabels: scraping.externalLabels,
      limits: scraping.limits,
      jobLimits: scraping.jobLimits,
      rules: args.rules,
      ruleGroups: args.ruleGroups,
      config: scraping.config,
      runtime: prometheus,
      externalUrl: externalUrlOf(externalUrls.prometheus, monitor.name),
    },
    alertmanagers: monitorAddresses.map((address) => formatHostPort(address, apiPort)),
    ownEndpoints: args.monitors.flatMap(({ name }, other) => {
      const address = addresses[other] as string;
      return [
        { name, address, port: apiPort, job: stackJobs.alertmanager },
        // The gateway's metrics are on its loopback only, and a Prometheus scrapes itself anyway.
        other === index
          ? { name, address: "127.0.0.1", port: metricsPort, job: stackJobs.gateway }
          : { name, address, port: prometheus.port, job: stackJobs.prometheus },
      ];
    }),
    rules: [
      ...gossipRules({ streamPort, datagramPort }, args.monitors.length - 1, gossipSources).map((rule) => ({
        ...{ rule, at: ["gossip"] },
      })),
      ...serves(apiPort, "the API of Alertmanager", ["gossip", "apiPort"]),
      ...serves(prometheus.port, "queries of Prometheus", ["prometheus", "port"]),
    ],
  };
}
