export type { AlertmanagerImageArgs } from "./alertmanagerImage";
export {
  AlertmanagerPeer,
  type AlertmanagerPeerArgs,
  type AlertmanagerRuntimeArgs,
} from "./alertmanagerPeer";
export type {
  AlertmanagerConfig,
  AlertmanagerConfigArgs,
  AlertmanagerInhibitRule,
  AlertmanagerRoute,
} from "./alertmanagerConfig";
export {
  AddressFamily,
  DropletHost,
  DropletImage,
  type DropletHostArgs,
  type DropletSettings,
} from "./dropletHost";
export { DropletFirewall, type DropletFirewallArgs } from "./dropletFirewall";
export { FirewallMode, HostFirewall, type HostFirewallArgs } from "./hostFirewall";
export { HaproxyMtlsGateway, type HaproxyMtlsGatewayArgs } from "./haproxyMtlsGateway";
export { MonitoringStack } from "./monitoringStack";
export type {
  CertificateArgs,
  GossipArgs,
  MonitorArgs,
  MonitoringStackArgs,
  MonitorSummary,
  OverlayNetworkArgs,
  ScrapingArgs,
  StackDropletArgs,
  StackFirewallArgs,
  StackHostArgs,
  StackSoftwareArgs,
  TargetSummary,
} from "./stack/args";
export { PrivateCA, RootCurve, type CertificateHolderArgs, type PrivateCAArgs } from "./privateCA";
export {
  PrometheusServer,
  type PrometheusRetentionArgs,
  type PrometheusRuntimeArgs,
  type PrometheusServerArgs,
} from "./prometheusServer";
export type {
  PrometheusConfig,
  PrometheusRelabelConfig,
  PrometheusRemoteWrite,
  PrometheusRule,
  PrometheusRuleGroup,
  PrometheusScrapeConfig,
  PrometheusStaticConfig,
} from "./prometheusConfig";
export {
  ScrapeTarget,
  type ExporterArgs,
  type NodeExporterArgs,
  type ScrapeTargetArgs,
} from "./scrapeTarget";
export type {
  CertificateBundle,
  Endpoint,
  GatewayPeer,
  GatewaySockets,
  Host,
  InboundRule,
  OverlayAddress,
  SshBastion,
  SshConnection,
} from "./shapes";
export type { SoftwareArgs } from "./software";
export { SshHost, type SshHostArgs } from "./sshHost";
export { WireGuardLink, type OverlayHostArgs, type WireGuardLinkArgs } from "./wireGuardLink";
