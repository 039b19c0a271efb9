export {
  AlertmanagerPeer,
  type AlertmanagerImageArgs,
  type AlertmanagerPeerArgs,
  type AlertmanagerRuntimeArgs,
} from "./alertmanagerPeer";
export type {
  AlertmanagerConfig,
  AlertmanagerConfigArgs,
  AlertmanagerInhibitRule,
  AlertmanagerRoute,
} from "./alertmanagerConfig";
export { HaproxyMtlsGateway, type HaproxyMtlsGatewayArgs } from "./haproxyMtlsGateway";
export {
  MonitoringStack,
  type CertificateArgs,
  type GossipArgs,
  type MonitorArgs,
  type MonitoringStackArgs,
  type MonitorSummary,
} from "./monitoringStack";
export { PrivateCA, RootCurve, type CertificateHolderArgs, type PrivateCAArgs } from "./privateCA";
export type {
  CertificateBundle,
  GatewayPeer,
  GatewaySockets,
  Host,
  InboundRule,
  SshBastion,
  SshConnection,
} from "./shapes";
export { SshHost, type SshHostArgs } from "./sshHost";
