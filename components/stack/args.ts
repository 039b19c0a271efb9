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
import type { InboundRule, SshBastion } from "../shapes";
import type { SoftwareArgs } from "../software";

/** How the machines of a stack are reached over SSH, where a machine says nothing else. */
export interface StackConnectionArgs {
  /** SSH port. Default 22. */
  port?: pulumi.Input<number>;
  /** User: root, or one with passwordless sudo who is in the group docker. Default root. */
  user?: pulumi.Input<string>;
  /** Private key in PEM, without a passphrase; needed here or of each machine. Droplets have it from here, too, and nothing else. */
  privateKey?: pulumi.Input<string>;
  /** Connect without a check of host keys, where a machine has none: any host that answers at its address gets root's commands. Default false. */
  acceptAnyHostKey?: boolean;
  /** Bastion to go through. A machine's own bastion replaces it as a whole. */
  bastion?: pulumi.Input<SshBastion>;
}

/** How one machine of a stack is reached over SSH. Each field that is not given comes from the stack's `connection`. */
export interface StackHostConnectionArgs extends StackConnectionArgs {
  /** Address for SSH. Default: the host's address. */
  host?: pulumi.Input<string>;
  /** Public host key, as `ssh-keyscan` prints it without the address, e.g. `ssh-ed25519 AAAA...`. Required unless acceptAnyHostKey. */
  hostKey?: pulumi.Input<string>;
}

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
  /** How to reach it over SSH; of a droplet only the private key is said. Default: the stack's `connection`. */
  connection?: StackHostConnectionArgs;
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
  /** Its other exporters: those that are installed, and those that run on it already. */
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

/** A machine that is scraped, or that reads what the monitors know, or both. */
export interface StackTargetArgs extends StackHostArgs {
  /**
   * Whether it may use the APIs of every Prometheus and every Alertmanager over the overlay, e.g. for a Grafana on it. Neither has a login: it may read all metrics, and silence and send alerts. It
   * gets no gossip, reaches no other target, and is scraped by monitors only. With `nodeExporter: { install: false }` and without exporters it is a client only, and is not scraped. Default false. A
   * change reloads each gateway, opens the socket of each Prometheus on the overlay anew, and changes the firewalls of monitors.
   */
  client?: boolean;
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

/** How the Alertmanagers of a stack run. */
export interface StackAlertmanagerArgs extends AlertmanagerRuntimeArgs {
  /**
   * URL of Alertmanager in links of notifications; `{monitor}` stands for the name of the monitor that notifies. A DNS name in it becomes a `Host` that the API answers. A path in it is
   * for links only: a proxy in front must take it away, because the API stays at `/`. Default: `http://127.0.0.1:9093`, with `gossip.apiPort`, where every output `tunnel` brings it; all
   * Alertmanagers show the same alerts and silences, so a tunnel to any monitor opens the links of all. Upstream's own default would be the host name of the container, which leads nowhere.
   * A change makes each container anew, one monitor at a time.
   */
  externalUrl?: string;
}

/** How the Prometheus servers of a stack run. */
export interface StackPrometheusArgs extends PrometheusRuntimeArgs {
  /**
   * URL of Prometheus in links of alerts to their expressions; `{monitor}` stands for the name of the monitor whose Prometheus sends the alert. A path in it is for links only: a proxy in front
   * must take it away, because Prometheus stays at `/`. Default: `http://127.0.0.1:9090`, with `prometheus.port`, where every output `tunnel` brings it. Upstream's own default would be the
   * host's name, at which Prometheus does not listen. A change restarts each Prometheus, one monitor at a time.
   */
  externalUrl?: string;
}

/** What every Prometheus scrapes, and how; all of them the same. */
export interface ScrapingArgs extends PrometheusScrapingArgs {
  /** The node_exporter of every machine that has none of its own. */
  nodeExporter?: NodeExporterArgs;
}

/** What is probed from monitors by their blackbox_exporter: over HTTP, TCP, TLS, ICMP or DNS. */
export interface ProbeArgs {
  /** Name of the job. Default `probe-` and the module. A change begins new series. */
  job?: string;
  /** Module of the blackbox_exporter: http_2xx, tcp_connect, icmp, dns or tls, or one of `blackboxExporter.config`. */
  module: string;
  /** What is probed: URLs for http_2xx, `host:port` for tcp_connect and tls, hosts for icmp, servers for dns. Each is the label `instance` of its series. */
  addresses: string[];
  /** Names of the monitors whose blackbox_exporter probes; every Prometheus asks these, and the label `prober` is the monitor's name. Default: each Prometheus asks its own monitor's. */
  from?: string[];
  /** How often. Default: scraping.scrapeInterval. */
  interval?: string;
  /** Labels of all series of the job. */
  labels?: Record<string, string>;
}

/** The blackbox_exporter of every monitor that probes and has none in its own `exporters`. */
export interface BlackboxExporterArgs {
  /** Job of its own metrics. Default blackbox. */
  job?: string;
  /** Port on the overlay. Default 9115. A change restarts it. */
  port?: number;
  /** Version and origin; a release. Default: the version that this library knows. A change restarts it. */
  software?: SoftwareArgs;
  /** Further flags, as upstream documents them. A change restarts it. */
  flags?: string[];
  /** Text of its configuration, with all modules; it replaces http_2xx, tcp_connect, icmp, dns and tls. It is checked by the program itself, and a change is a reload. */
  config?: pulumi.Input<string>;
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
  /** 1 to 7 hosts; changes reach them one after the other, in this order. A preview warns of a single one: nothing is highly available before there is a second. */
  monitors: MonitorArgs[];
  /** Machines that are scraped, or that use the APIs of the monitors. The monitors are scraped, too. */
  targets?: StackTargetArgs[];
  /** How all machines are reached over SSH; each field that a machine has of its own wins. Another connection changes nothing on a host, but runs its commands again. */
  connection?: StackConnectionArgs;
  /** What the droplets are like that are made for machines with a region. */
  droplets?: StackDropletArgs;
  /** Whom the Alertmanagers tell what. */
  alerting: AlertmanagerConfigArgs;
  /** How the Alertmanagers run. */
  alertmanager?: StackAlertmanagerArgs;
  /** How gossip travels. */
  gossip?: GossipArgs;
  /** The overlay over which everything is scraped. */
  network?: OverlayNetworkArgs;
  /** What every Prometheus scrapes, and how. */
  scraping?: ScrapingArgs;
  /** What is probed from monitors. Their blackbox_exporter is installed where it is missing. */
  probes?: ProbeArgs[];
  /** The blackbox_exporter of monitors that probe. */
  blackboxExporter?: BlackboxExporterArgs;
  /** How the Prometheus servers run. */
  prometheus?: StackPrometheusArgs;
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
