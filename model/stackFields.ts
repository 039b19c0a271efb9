import type { AlertmanagerConfigArgs } from "../components/alertmanager/alertmanagerConfig";
import type {
  BlackboxExporterArgs,
  GossipArgs,
  MonitorArgs,
  MonitoringStackArgs,
  StackAlertmanagerArgs,
  StackConnectionArgs,
  StackDropletArgs,
  StackFirewallArgs,
  StackHostArgs,
  StackHostConnectionArgs,
  StackPrometheusArgs,
  StackSoftwareArgs,
  StackTargetArgs,
} from "../components/stack/args";
import { alerting, runtime } from "./alertmanager";
import {
  anyText,
  dnsLabel,
  flag,
  hostAddress,
  labels,
  longestPeerName,
  port,
  publicKey,
  wholeNumber,
} from "./checks";
import { exporter } from "./exporterFields";
import { nodeExporter } from "./exporters";
import { stackExternalUrl } from "./externalUrl";
import { list, section } from "./fields";
import { probes } from "./probes";
import { confirmWithinSeconds, firewallMode, inboundRules } from "./firewall";
import { gateway } from "./gateway";
import { connection, dropletSettings, region } from "./hosts";
import { certificates } from "./identity";
import { overlayHost, overlayNetwork } from "./overlay";
import { prometheusRuntime, scraping } from "./prometheus";
import { ruleFiles, ruleGroups } from "./prometheusConfig";
import { software } from "./software";

/** Most monitors of a stack. Gossip connections grow with the square; seven is the most that is tested. */
export const mostMonitors = 7;

// In a stack the parts of a host are arguments of their own.
const { host: _, ...placeFields } = overlayHost.fields;

// A host that is made in a region has no address yet, so what belongs together is checked with the host's component.
const hostConnection = section<StackHostConnectionArgs>(connection.fields, {});
const { host: _ofHost, hostKey: _hostKey, ...sharedFields } = connection.fields;

/** The connection of all hosts. */
export const stackConnection = section<StackConnectionArgs>(sharedFields, {});

/** A host of a stack. */
export const stackHost = section<StackHostArgs>(
  {
    ...placeFields,
    address: hostAddress,
    region,
    droplet: dropletSettings,
    connection: hostConnection,
    labels,
    nodeExporter,
    exporters: list(exporter),
    inboundRules,
    firewallMode,
    trustForeignFirewall: flag,
    sshPort: port,
  },
  { name: true },
);

/** A target. */
export const target = section<StackTargetArgs>({ ...stackHost.fields, client: flag }, { name: true });

/** A monitor. */
export const monitor = section<MonitorArgs>(
  {
    ...stackHost.fields,
    name: dnsLabel(longestPeerName),
    number: wholeNumber("", 1, mostMonitors),
  },
  { name: true },
);

/** All droplets of a stack. */
export const droplets = section<StackDropletArgs>({ ...dropletSettings.fields, publicKey }, {});

const { streamPort, datagramPort, apiPort, metricsPort, bindAddresses, gossipSources } = gateway.fields;

/** Gossip. */
export const gossip = section<GossipArgs>(
  {
    streamPort,
    datagramPort,
    bindAddresses,
    apiPort,
    metricsPort,
    gossipSources,
    clusterLabel: anyText,
  },
  {},
);

/** Firewalls. */
export const stackFirewall = section<StackFirewallArgs>(
  {
    enabled: flag,
    mode: firewallMode,
    confirmWithinSeconds,
  },
  {},
);

const { job, port: exporterPort, software: exporterSoftware, flags, config } = exporter.fields;

/** The blackbox_exporter of monitors. */
export const blackboxExporter = section<BlackboxExporterArgs>(
  { job, port: exporterPort, software: exporterSoftware, flags, config },
  {},
);

/** Where programs come from. */
export const stackSoftware = section<StackSoftwareArgs>(
  {
    alertmanager: software,
    prometheus: software,
    nodeExporter: software,
  },
  {},
);

/** All arguments of a stack: the kind of each, and the check of each by itself. */
export const stackFields = section<MonitoringStackArgs>(
  {
    monitors: list(monitor),
    targets: list(target),
    connection: stackConnection,
    droplets,
    alerting: section<AlertmanagerConfigArgs>(alerting.fields, {}),
    alertmanager: section<StackAlertmanagerArgs>({ ...runtime.fields, externalUrl: stackExternalUrl }, {}),
    gossip,
    network: overlayNetwork,
    scraping,
    probes,
    blackboxExporter,
    prometheus: section<StackPrometheusArgs>(
      { ...prometheusRuntime.fields, externalUrl: stackExternalUrl },
      {},
    ),
    rules: ruleFiles,
    ruleGroups,
    firewall: stackFirewall,
    certificates,
    software: stackSoftware,
  },
  { monitors: true, alerting: true },
);
