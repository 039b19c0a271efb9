export type { AlertmanagerImageArgs } from "./alertmanager/alertmanagerImage";
export {
  AlertmanagerPeer,
  type AlertmanagerPeerArgs,
  type AlertmanagerRuntimeArgs,
} from "./alertmanager/alertmanagerPeer";
export type {
  AlertmanagerConfig,
  AlertmanagerConfigArgs,
  AlertmanagerInhibitRule,
  AlertmanagerRoute,
} from "./alertmanager/alertmanagerConfig";
export type * from "../model/upstream/alertmanagerTypes";
export { AddressFamily, DropletImage, FirewallMode, RootCurve } from "../model/choices";
export { DropletHost, type DropletHostArgs, type DropletSettings } from "./hosts/dropletHost";
export { DropletFirewall, type DropletFirewallArgs } from "./firewall/dropletFirewall";
export { HostFirewall, type HostFirewallArgs } from "./firewall/hostFirewall";
export {
  HaproxyMtlsGateway,
  type GatewayListenArgs,
  type HaproxyMtlsGatewayArgs,
} from "./gateway/haproxyMtlsGateway";
export { MonitoringStack } from "./stack/monitoringStack";
export type {
  BlackboxExporterArgs,
  DropletSummary,
  GossipArgs,
  MonitorArgs,
  MonitoringStackArgs,
  MonitorSummary,
  ScrapingArgs,
  ProbeArgs,
  StackAlertmanagerArgs,
  StackConnectionArgs,
  StackDropletArgs,
  StackFirewallArgs,
  StackHostArgs,
  StackHostConnectionArgs,
  StackPrometheusArgs,
  StackSoftwareArgs,
  StackTargetArgs,
  TargetSummary,
} from "./stack/args";
export {
  PrivateCA,
  type CertificateArgs,
  type CertificateHolderArgs,
  type PrivateCAArgs,
} from "./identity/privateCA";
export {
  PrometheusServer,
  type PrometheusRetentionArgs,
  type PrometheusRuntimeArgs,
  type PrometheusScrapingArgs,
  type PrometheusServerArgs,
} from "./prometheus/prometheusServer";
export type { JobLimitsArgs, ScrapeLimitsArgs } from "./prometheus/scrapeLimits";
export type {
  PrometheusConfig,
  PrometheusRelabelConfig,
  PrometheusRemoteWrite,
  PrometheusRule,
  PrometheusRuleGroup,
  PrometheusScrapeConfig,
  PrometheusStaticConfig,
} from "./prometheus/prometheusConfig";
export {
  ScrapeTarget,
  type ExporterArgs,
  type NodeExporterArgs,
  type ScrapeTargetArgs,
} from "./exporters/scrapeTarget";
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
export type { ProbeJobArgs, ProberArgs } from "./prometheus/probes";
export type { SoftwareArgs } from "./software";
export { SshHost, type SshHostArgs } from "./hosts/sshHost";
export {
  WireGuardLink,
  type OverlayHostArgs,
  type OverlayNetworkArgs,
  type WireGuardLinkArgs,
} from "./overlay/wireGuardLink";
export {
  alertingRules,
  inhibitionRules,
  type AlertJobs,
  type AlertName,
  type AlertOverride,
  type AlertRulesArgs,
} from "../mixins";
