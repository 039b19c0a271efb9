import type {
  AlertmanagerConfigArgs,
  AlertmanagerImageArgs,
  AlertmanagerRuntimeArgs,
  CertificateArgs,
  DropletSettings,
  ExporterArgs,
  GossipArgs,
  InboundRule,
  MonitorArgs,
  MonitoringStackArgs,
  NodeExporterArgs,
  OverlayNetworkArgs,
  PrometheusRetentionArgs,
  PrometheusRuntimeArgs,
  ScrapingArgs,
  SoftwareArgs,
  SshBastion,
  SshConnection,
  StackDropletArgs,
  StackFirewallArgs,
  StackHostArgs,
  StackSoftwareArgs,
} from "../components";

/** What a setting is: a plain value, whatever upstream says, settings of its own, or a list of such. */
export type Field = "value" | "anything" | "text by name" | { section: Fields } | { list: Fields };
/** The settings of a section, by name. */
export type Fields = { [name: string]: Field };

/** All fields of an interface and no others: the compiler sees to it that none is forgotten here. */
type FieldsOf<T> = Record<keyof Required<T> & string, Field>;

const software: FieldsOf<SoftwareArgs> = {
  source: "value",
  version: "value",
  baseUrl: "value",
  sha256: "value",
};
const bastion: FieldsOf<Omit<SshBastion, "privateKey">> = {
  host: "value",
  port: "value",
  user: "value",
  hostKey: "value",
};
const connection: FieldsOf<Omit<SshConnection, "privateKey">> = {
  ...bastion,
  acceptAnyHostKey: "value",
  bastion: { section: bastion },
};
const droplet: FieldsOf<DropletSettings> = {
  size: "value",
  image: "value",
  sshKeys: "anything",
  tags: "anything",
  vpcUuid: "value",
  ipv6: "value",
  addressFamily: "value",
  backups: "value",
  protected: "value",
  trustOnFirstUse: "value",
};
const droplets: FieldsOf<StackDropletArgs> = { ...droplet, publicKey: "value" };
const nodeExporter: FieldsOf<NodeExporterArgs> = {
  install: "value",
  software: { section: software },
  port: "value",
  job: "value",
  timex: "value",
  flags: "anything",
};
const exporter: FieldsOf<ExporterArgs> = {
  job: "value",
  port: "value",
  path: "value",
  scheme: "value",
  labels: "text by name",
};
const inboundRule: FieldsOf<InboundRule> = {
  protocol: "value",
  port: "value",
  sources: "anything",
  networkInterface: "value",
  purpose: "value",
};
const host: FieldsOf<StackHostArgs> = {
  name: "value",
  address: "value",
  region: "value",
  droplet: { section: droplet },
  connection: { section: connection },
  overlayAddress: "value",
  endpoint: "value",
  listenPort: "value",
  labels: "text by name",
  nodeExporter: { section: nodeExporter },
  exporters: { list: exporter },
  inboundRules: { list: inboundRule },
  firewallMode: "value",
  sshPort: "value",
};
const monitor: FieldsOf<MonitorArgs> = { ...host, number: "value" };
const alerting: FieldsOf<Omit<AlertmanagerConfigArgs, "secretFiles">> = {
  config: "anything",
  configYaml: "value",
  templates: "text by name",
};
const image: FieldsOf<AlertmanagerImageArgs> = {
  name: "value",
  pull: "value",
  alertmanagerImage: "value",
  baseImage: "value",
};
const alertmanager: FieldsOf<AlertmanagerRuntimeArgs> = {
  image: { section: image },
  software: { section: software },
  memoryMegabytes: "value",
  retention: "value",
  peerTimeout: "value",
  logLevel: "value",
};
const gossip: FieldsOf<GossipArgs> = {
  streamPort: "value",
  datagramPort: "value",
  bindAddresses: "anything",
  apiPort: "value",
  metricsPort: "value",
  gossipSources: "anything",
  clusterLabel: "value",
};
const network: FieldsOf<OverlayNetworkArgs> = {
  network: "value",
  label: "value",
  interfaceName: "value",
  listenPort: "value",
  keepaliveSeconds: "value",
  mtu: "value",
};
const scraping: FieldsOf<ScrapingArgs> = {
  scrapeInterval: "value",
  evaluationInterval: "value",
  externalLabels: "text by name",
  nodeExporter: { section: nodeExporter },
  config: "anything",
};
const retention: FieldsOf<PrometheusRetentionArgs> = { time: "value", sizeMegabytes: "value" };
const prometheus: FieldsOf<PrometheusRuntimeArgs> = {
  software: { section: software },
  port: "value",
  retention: { section: retention },
  logLevel: "value",
  readyWithinSeconds: "value",
};
const firewall: FieldsOf<StackFirewallArgs> = {
  enabled: "value",
  mode: "value",
  confirmWithinSeconds: "value",
};
const certificates: FieldsOf<CertificateArgs> = {
  curve: "value",
  rootLifetimeHours: "value",
  lifetimeHours: "value",
  earlyRenewalHours: "value",
};
const allSoftware: FieldsOf<StackSoftwareArgs> = {
  alertmanager: { section: software },
  prometheus: { section: software },
  nodeExporter: { section: software },
};

/** Every key of the program's configuration. */
export const configurationFields: FieldsOf<MonitoringStackArgs> & Fields = {
  monitors: { list: monitor },
  targets: { list: host },
  droplets: { section: droplets },
  sshPrivateKey: "value",
  alerting: { section: alerting },
  alertingSecretFiles: "text by name",
  alertmanager: { section: alertmanager },
  gossip: { section: gossip },
  network: { section: network },
  scraping: { section: scraping },
  prometheus: { section: prometheus },
  rules: "text by name",
  ruleGroups: "anything",
  firewall: { section: firewall },
  certificates: { section: certificates },
  software: { section: allSoftware },
};
