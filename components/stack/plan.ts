import type * as pulumi from "@pulumi/pulumi";
import type { AlertmanagerRuntimeArgs } from "../alertmanager/alertmanagerPeer";
import { gatewayPortsOf } from "../gateway/haproxyMtlsGateway";
import { timingDefaults } from "../prometheus/prometheusConfig";
import { prometheusPort } from "../prometheus/prometheusServer";
import { exportersOf, type ExporterArgs, type NodeExporterArgs } from "../exporters/scrapeTarget";
import type { DropletSettings } from "../hosts/dropletHost";
import { FirewallMode } from "../firewall/hostFirewall";
import type { Host } from "../shapes";
import type { WireGuardLinkArgs } from "../overlay/wireGuardLink";
import type { MonitorArgs, MonitoringStackArgs, StackHostArgs } from "./args";

/** Fewest and most monitors of a stack. Gossip connections grow with the square; seven is the most that is tested. */
export const monitorCount = { fewest: 2, most: 7 };

/** Jobs of what the stack itself runs on monitors. */
export const stackJobs = { prometheus: "prometheus", alertmanager: "alertmanager", gateway: "haproxy" };

/** The loopback address by which every Alertmanager knows each monitor, in the monitors' order. */
export function loopbackAddresses(monitors: Pick<MonitorArgs, "number">[]): string[] {
  return monitors.map((monitor, index) => `127.0.1.${monitor.number ?? index + 1}`);
}

/** All machines of a stack, monitors first. */
export function stackHosts({ monitors, targets = [] }: MonitoringStackArgs): StackHostArgs[] {
  return [...monitors, ...targets];
}

/** Settings of a machine's droplet: its own, and those of all for the rest. */
export function dropletOf({ droplets = {} }: MonitoringStackArgs, host: StackHostArgs): DropletSettings {
  const { publicKey: _, ...common } = droplets;
  return { ...common, ...host.droplet };
}

/** What becomes of everything on a machine that no rule is about. What was there before the stack is nothing for it to close. */
export function firewallModeOf(args: MonitoringStackArgs, host: StackHostArgs): FirewallMode {
  const otherwise = host.region === undefined ? FirewallMode.Guard : FirewallMode.Deny;
  return host.firewallMode ?? args.firewall?.mode ?? otherwise;
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

/** Names of the jobs of all exporters. */
export function exporterJobs(args: MonitoringStackArgs): string[] {
  return stackHosts(args).flatMap((host) => exportersOfHost(args, host).map(({ job }) => job));
}

/** All exporters of a machine, its node_exporter first. */
export function exportersOfHost(args: MonitoringStackArgs, host: StackHostArgs): ExporterArgs[] {
  return exportersOf(nodeExporterOf(args, host), host.exporters ?? []);
}

/** How long the Alertmanagers wait for each other, and how often rules are evaluated. */
export function stackTiming({ alertmanager, scraping }: MonitoringStackArgs) {
  return {
    peerTimeout: alertmanager?.peerTimeout ?? timingDefaults.peerTimeout,
    evaluationInterval: scraping?.evaluationInterval ?? timingDefaults.evaluationInterval,
  };
}
