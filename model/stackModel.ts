import type { Input, Unwrap } from "@pulumi/pulumi";
import type { AlertmanagerPeerArgs } from "../components/alertmanager/alertmanagerPeer";
import type { ScrapeTargetArgs } from "../components/exporters/scrapeTarget";
import type { DropletFirewallArgs } from "../components/firewall/dropletFirewall";
import type { HostFirewallArgs } from "../components/firewall/hostFirewall";
import type { HaproxyMtlsGatewayArgs } from "../components/gateway/haproxyMtlsGateway";
import type { DropletHostArgs } from "../components/hosts/dropletHost";
import type { SshHostArgs } from "../components/hosts/sshHost";
import type { PrivateCAArgs } from "../components/identity/privateCA";
import type { OverlayHostArgs, WireGuardLinkArgs } from "../components/overlay/wireGuardLink";
import type { PrometheusServerArgs } from "../components/prometheus/prometheusServer";
import type { Endpoint, InboundRule } from "../components/shapes";
import type { MonitoringStackArgs, StackHostArgs } from "../components/stack/args";
import type { KnownAlertmanagerConfig } from "./alertmanager";
import type { FirewallMode } from "./choices";
import type { gatewayDefaults, overlayDefaults } from "./defaults";
import type { ExporterAt } from "./exporters";
import type { Path, Problem } from "./problem";
import type { settledPrometheus } from "./prometheus";

/** Jobs of the stack's own services on monitors. */
export const stackJobs = { prometheus: "prometheus", alertmanager: "alertmanager", gateway: "haproxy" };

/** A host of the stack: what each component on it is given, but for what only other components know. */
export interface HostModel {
  name: string;
  /** Where the host stands in the arguments. */
  path: Path;
  /** A host that exists, or a droplet that is made. */
  origin:
    | { kind: "existing"; host: SshHostArgs & { name: string } }
    | { kind: "droplet"; droplet: DropletHostArgs & { name: string } };
  /** Paths of the fields of its connection that come from the stack, by their names in the host. */
  sharedPaths: Record<string, Path>;
  overlay: Omit<OverlayHostArgs, "host">;
  /** Address on the overlay. Services bind it before the interface exists (FreeBind of systemd, transparent of HAProxy), so nothing has to wait for WireGuard. */
  overlayAddress: string;
  /** Networks and single addresses that it reaches by the overlay only. */
  overlayNetworks: string[];
  /** Whether anything on it is scraped; a host may be there as a client only. */
  isScraped: boolean;
  target: Omit<ScrapeTargetArgs, "host"> & { overlayAddress: string; labels: Record<string, string> };
  exporters: ExporterAt[];
  /** Whether a firewall of somebody else on it is not read before a deployment. */
  trustForeignFirewall: boolean;
  /** Who may reach what on this host: the firewalls and every picture of the stack read this list. */
  rules: RuleAt[];
  /** Undefined where the stack has no firewalls. */
  firewall: (Omit<HostFirewallArgs, "host"> & { mode: FirewallMode }) | undefined;
  /** The cloud's firewall, of droplets that drop everything that no rule matches. */
  cloudFirewall: Omit<DropletFirewallArgs, "dropletIds"> | undefined;
}

/** A rule, and the path of the arguments that ask for it. */
export interface RuleAt {
  rule: InboundRule;
  at: Path;
}

/** A host that monitors. */
export interface MonitorModel extends HostModel {
  /** This monitor as the other Alertmanagers see it. A droplet's address is known only once there is the droplet. */
  peer: { name: string; loopbackAddress: string; streamPort: number; datagramPort: number };
  gateway: Omit<HaproxyMtlsGatewayArgs, "host" | "certificate" | "peers"> & typeof gatewayDefaults;
  alertmanager: Omit<AlertmanagerPeerArgs, "host" | "gateway" | "self" | "peers">;
  prometheus: Omit<PrometheusServerArgs, "host" | "endpoints" | "alertmanagers"> & {
    runtime: ReturnType<typeof settledPrometheus>;
  };
  /** `host:port` of every Alertmanager. */
  alertmanagers: string[];
  /** Services of the stack itself, as this monitor's Prometheus scrapes them. */
  ownEndpoints: Unwrap<Endpoint>[];
}

/** Everything about a stack that follows from its arguments. */
export interface StackModel {
  /** All hosts, monitors first. */
  hosts: HostModel[];
  monitors: MonitorModel[];
  targets: HostModel[];
  authority: Omit<PrivateCAArgs, "holders">;
  /** The overlay, but for its hosts. */
  overlay: Omit<WireGuardLinkArgs, "hubs" | "spokes"> & typeof overlayDefaults & { label: string };
  ports: { api: number; prometheus: number };
  /** A public key that is added to the account at DigitalOcean, for all droplets. */
  publicKey: Input<string> | undefined;
  /** Checks what is known of the routes of Alertmanager only later. */
  groupIntervals: (known: Pick<KnownAlertmanagerConfig, "config" | "configYaml">) => Problem[];
}

/** A host as the user wrote it, by its place among all hosts, monitors first. */
export function givenHost({ monitors, targets = [] }: MonitoringStackArgs, index: number): StackHostArgs {
  return (monitors[index] ?? targets[index - monitors.length]) as StackHostArgs;
}
