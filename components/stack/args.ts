import type * as pulumi from "@pulumi/pulumi";
import type { AlertmanagerConfigArgs } from "../alertmanager/alertmanagerConfig";
import type { AlertmanagerRuntimeArgs } from "../alertmanager/alertmanagerPeer";
import type { FirewallMode } from "../../model/choices";
import type { GatewayListenArgs } from "../gateway/haproxyMtlsGateway";
import type { DropletSettings } from "../hosts/dropletHost";
import type { CertificateArgs } from "../identity/privateCA";
import type { OverlayNetworkArgs } from "../overlay/wireGuardLink";
import type { PrometheusRuleGroup } from "../prometheus/prometheusConfig";
import type { PrometheusRuntimeArgs, PrometheusScrapingArgs } from "../prometheus/prometheusServer";
import type { ExporterArgs, NodeExporterArgs } from "../exporters/scrapeTarget";
import type { InboundRule, SshConnection } from "../shapes";
import type { SoftwareArgs } from "../software";

/** A machine of the stack: every one is scraped. */
export interface StackHostArgs {
  /** DNS label, unique among all machines of the stack. Its address on the overlay and its label `instance` are made from it. */
  name: string;
  /** Where the other machines reach it, if it exists: an IP address of either family, or a DNS name. */
  address?: pulumi.Input<string>;
  /** Slug of the region of DigitalOcean, e.g. `fra1`, in which a droplet is made for it. */
  region?: string;
  /** What is different about its droplet. Default: the stack's `droplets`. */
  droplet?: DropletSettings;
  /** How to reach it over SSH; of a droplet only the private key is said. */
  connection: SshConnection;
  /** Its address on the overlay, of either family, without a prefix length. Default: made from the network's label and the name. */
  overlayAddress?: string;
  /** Where the others reach its WireGuard: an IP address of either family, or a DNS name. Default: its address. */
  endpoint?: pulumi.Input<string>;
  /** UDP port on which its WireGuard listens. Default: the network's. */
  listenPort?: number;
  /** Labels of all its series, beside `instance`. */
  labels?: Record<string, string>;
  /** Its node_exporter. Default: the one of `scraping`. */
  nodeExporter?: NodeExporterArgs;
  /** Exporters that run on it already. */
  exporters?: ExporterArgs[];
  /** What else may come in, for services that are not of this stack. */
  inboundRules?: InboundRule[];
  /** What becomes of everything that no rule is about. Default: the one of `firewall`, or else deny on a droplet and guard on a machine that exists. */
  firewallMode?: FirewallMode;
  /** Whether a firewall of somebody else on it, such as ufw, is taken to let in what the stack needs. By default its rules are read before the first change, and `up` fails where they drop that. Default false. */
  trustForeignFirewall?: boolean;
  /** Port on which sshd itself listens. Default: the port of the connection, which differs where something in between translates ports. */
  sshPort?: number;
}

/** A machine that monitors. */
export interface MonitorArgs extends StackHostArgs {
  /** Number of this monitor among all, 1 to 7; give it to keep the others' when one is taken out of the middle. Default: its position. */
  number?: number;
}

/** How gossip travels between monitors. */
export interface GossipArgs extends GatewayListenArgs {
  /** Addresses and networks from which gossip may come at all, for the firewalls. Default: everywhere, because certificates decide who may speak, and peers may be behind address translation. */
  gossipSources?: string[];
  /** Label of the cluster: clusters with different labels never merge. Default: project, stack and component name. */
  clusterLabel?: string;
}

/** What every Prometheus scrapes, and how; all of them the same. */
export interface ScrapingArgs extends PrometheusScrapingArgs {
  /** The node_exporter of every machine that has none of its own. */
  nodeExporter?: NodeExporterArgs;
}

/** The firewall of every machine. */
export interface StackFirewallArgs {
  /** Whether there is one. Default true. */
  enabled?: boolean;
  /** What becomes of everything that no rule is about: `guard` leaves it as it is, `deny` closes it. Default: deny on droplets, guard on machines that exist. */
  mode?: FirewallMode;
  /** Seconds within which a new SSH connection must confirm new rules, or the old ones come back. Default 30. */
  confirmWithinSeconds?: number;
}

/** Where programs come from, for all machines; what a program's own settings say of it wins. */
export interface StackSoftwareArgs {
  /** Alertmanager. */
  alertmanager?: SoftwareArgs;
  /** Prometheus. */
  prometheus?: SoftwareArgs;
  /** The node_exporter. */
  nodeExporter?: SoftwareArgs;
}

/** What all droplets of a stack are like; what a machine says of its own wins. */
export interface StackDropletArgs extends DropletSettings {
  /** Public key of OpenSSH, whose private half opens the connections, for an account that does not know it yet: it is made known, and given to every droplet. */
  publicKey?: pulumi.Input<string>;
}

/** Arguments of MonitoringStack. */
export interface MonitoringStackArgs {
  /** 2 to 7 machines; changes reach them one after the other, in this order. */
  monitors: MonitorArgs[];
  /** Machines that are scraped. The monitors are, too. */
  targets?: StackHostArgs[];
  /** What the droplets are like that are made for machines with a region. */
  droplets?: StackDropletArgs;
  /** Whom the Alertmanagers tell what. */
  alerting: AlertmanagerConfigArgs;
  /** How the Alertmanagers run. */
  alertmanager?: AlertmanagerRuntimeArgs;
  /** How gossip travels. */
  gossip?: GossipArgs;
  /** The overlay over which everything is scraped. */
  network?: OverlayNetworkArgs;
  /** What every Prometheus scrapes, and how. */
  scraping?: ScrapingArgs;
  /** How the Prometheus servers run. */
  prometheus?: PrometheusRuntimeArgs;
  /** Rule files: text by file name, which ends in `.yml`. */
  rules?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Rules as data. */
  ruleGroups?: pulumi.Input<PrometheusRuleGroup[]>;
  /** The firewall of every machine. */
  firewall?: StackFirewallArgs;
  /** Lifetimes of certificates. */
  certificates?: CertificateArgs;
  /** Where programs come from. */
  software?: StackSoftwareArgs;
}

/** A droplet that a stack made. */
export interface DropletSummary {
  /** Its id at DigitalOcean, for what is to be attached to it. */
  id: number;
  /** Its public address of IPv4. */
  ipv4Address: string;
  /** Its address of IPv6; empty if it has none. */
  ipv6Address: string;
}

/** What can be said about one monitor afterwards. */
export interface MonitorSummary {
  /** Name of the monitor. */
  name: string;
  /** Where other machines reach it. */
  address: string;
  /** Its address on the overlay. */
  overlayAddress: string;
  /** The droplet that the stack made for it; left out for a host that exists. */
  droplet?: DropletSummary;
  /** What its firewall lets in: the stack's own services and the inboundRules that it was given. Also listed where the stack has no firewall. */
  inboundRules: InboundRule[];
  /** The Alertmanager API on the monitor itself. */
  alertmanagerUrl: string;
  /** Prometheus on the monitor itself. */
  prometheusUrl: string;
  /** Command that makes both reachable, at the same ports, on the machine where it is typed. */
  tunnel: string;
}

/** What can be said about one target afterwards. */
export interface TargetSummary {
  /** Name of the target. */
  name: string;
  /** Where other machines reach it. */
  address: string;
  /** Its address on the overlay. */
  overlayAddress: string;
  /** The droplet that the stack made for it; left out for a host that exists. */
  droplet?: DropletSummary;
  /** What its firewall lets in: the stack's own services and the inboundRules that it was given. Also listed where the stack has no firewall. */
  inboundRules: InboundRule[];
}
