import ipaddr from "ipaddr.js";
import type * as pulumi from "@pulumi/pulumi";
import { parseDuration } from "../../model/durations";
import {
  groupIntervalProblems,
  plainAlertingProblems,
  plainConfig,
  type KnownAlertmanagerConfig,
} from "../alertmanager/alertmanagerConfig";
import { alertmanagerRuntimeProblems } from "../alertmanager/alertmanagerPeer";
import { gatewayProblems, gossipSourceProblems } from "../gateway/haproxyMtlsGateway";
import { connectionTo, isPublicKey } from "../host/connection";
import { dropletProblems } from "../hosts/dropletProblems";
import { hostFirewallProblems } from "../firewall/hostFirewall";
import { privateCAProblems } from "../identity/privateCA";
import { timingDefaults } from "../prometheus/prometheusConfig";
import {
  evaluationIntervals,
  peerTimeoutProblems,
  rulesProblems,
  scrapingProblems,
} from "../prometheus/prometheusProblems";
import { prometheusRuntimeProblems } from "../prometheus/prometheusServer";
import { nodeExporterProblems } from "../exporters/scrapeTarget";
import type { SshBastion } from "../shapes";
import { softwareProblems } from "../software";
import { isPlain, labelProblems, longestPeerName, prefixed } from "../validation";
import { interfaceProblems, overlayHostProblems } from "../overlay/wireGuardPlan";
import type { MonitoringStackArgs } from "./args";
import {
  gatewayUses,
  hostProblems,
  monitorPortProblems,
  numberProblems,
  prometheusUse,
} from "./hostProblems";
import {
  exporterJobs,
  loopbackAddresses,
  monitorCount,
  overlayOf,
  stackHosts,
  stackJobs,
  stackTiming,
} from "./plan";

/** Everything that is wrong with the arguments of a stack as far as it can be known before anything is touched, one sentence each. */
export function monitoringStackProblems(args: MonitoringStackArgs, label: string): string[] {
  const { monitors } = args;
  const overlay = overlayOf(args, label, ({ name, address, connection }) => ({
    ...{ name, connection },
    // Of a droplet it is known only once there is one.
    address: address as pulumi.Input<string>,
  }));
  const problems: string[] = [];
  if (monitors.length < monitorCount.fewest || monitors.length > monitorCount.most) {
    problems.push(
      `monitors: ${monitors.length} given; ${monitorCount.fewest} to ${monitorCount.most} make a highly available cluster`,
    );
  }
  monitors.forEach((monitor, index) => {
    const path = `monitors[${index}]`;
    problems.push(
      ...labelProblems(`${path}.name`, monitor.name, longestPeerName),
      ...numberProblems(path, monitor),
    );
    problems.push(...hostProblems(path, args, monitor), ...monitorPortProblems(path, args, monitor));
  });
  args.targets?.forEach((target, index) => {
    const path = `targets[${index}]`;
    problems.push(...labelProblems(`${path}.name`, target.name), ...hostProblems(path, args, target));
  });
  problems.push(
    ...repetitionProblems(args),
    ...sharedPortProblems(args),
    ...prefixed("network", interfaceProblems(args.network ?? {})),
    ...overlayHostProblems(overlay, overlay.label, {
      ...{ hubs: "monitors", spokes: "targets", network: "network.network" },
    }),
    ...prefixed("droplets", [
      ...dropletProblems(args.droplets ?? {}),
      ...vpcProblems(args),
      ...publicKeyProblems(args.droplets?.publicKey),
    ]),
    ...prefixed("gossip", [
      ...gatewayProblems(args.gossip ?? {}),
      ...gossipSourceProblems(args.gossip?.gossipSources ?? []),
    ]),
    ...prefixed("alertmanager", alertmanagerRuntimeProblems(args.alertmanager ?? {})),
    ...prefixed("certificates", privateCAProblems({ ...args.certificates, holders: [] })),
    ...prometheusProblemsOf(args),
    ...prefixed("firewall", hostFirewallProblems(args.firewall ?? {})),
    ...softwareProblems("software.alertmanager", args.software?.alertmanager ?? {}),
    ...softwareProblems("software.prometheus", args.software?.prometheus ?? {}),
    ...softwareProblems("software.nodeExporter", args.software?.nodeExporter ?? {}),
    ...prefixed("alerting", [
      ...plainAlertingProblems(args.alerting),
      ...groupIntervalProblemsOf(args, plainConfig(args.alerting) ?? {}),
    ]),
  );
  return [...new Set(problems)];
}

/** Why routes would not leave the Alertmanagers of a stack the time to wait for each other. */
export function groupIntervalProblemsOf(
  args: MonitoringStackArgs,
  alerting: Pick<KnownAlertmanagerConfig, "config" | "configYaml">,
): string[] {
  const { peerTimeout, evaluationInterval } = stackTiming(args);
  return groupIntervalProblems(alerting, args.monitors.length - 1, peerTimeout, evaluationInterval);
}

/** Ports of the stack's own services that are the same; the gateway's among themselves are told of by the gateway. */
function sharedPortProblems(args: MonitoringStackArgs): string[] {
  const [own, gateway] = [prometheusUse(args), gatewayUses(args)];
  return gateway
    .filter(({ port }) => port === own.port)
    .map(({ port, use }) => `${own.use}: ${port} is ${use} already; each needs a port of its own`);
}

/** A VPC is of one region. */
function vpcProblems(args: MonitoringStackArgs): string[] {
  const regions = new Set(
    stackHosts(args).flatMap(({ region, droplet }) =>
      region === undefined || droplet?.vpcUuid !== undefined ? [] : region,
    ),
  );
  if (args.droplets?.vpcUuid === undefined || regions.size < 2) return [];
  return [
    `vpcUuid: a VPC is of one region, and these droplets are in ${[...regions].join(" and ")}; give each machine its own in droplet.vpcUuid`,
  ];
}

function publicKeyProblems(key: pulumi.Input<string> | undefined): string[] {
  if (typeof key !== "string" || isPublicKey(key)) return [];
  return [
    `publicKey: "${key}" is not a public key of OpenSSH; give the text of a file such as ~/.ssh/id_ed25519.pub`,
  ];
}

/** What is there twice and must not be, one sentence each. */
function repetitionProblems(args: MonitoringStackArgs): string[] {
  const hosts = stackHosts(args);
  const addresses = args.monitors.map(({ address }) =>
    typeof address === "string" ? sameText(address) : [],
  );
  const machines = hosts.map(({ address, connection }) => {
    if (address === undefined) return [];
    const { host, port = 22, bastion } = connectionTo(address, connection);
    const jump = bastion === undefined ? "" : (bastion as SshBastion).host;
    if (![host, port, jump].every((each) => typeof each === "string" || typeof each === "number")) return [];
    return `${sameText(host as string)}, port ${port as number}${jump === "" ? "" : `, through ${jump as string}`}`;
  });
  return [
    ...repeated(hosts.map(({ name }) => name)).map(
      (name) => `monitors, targets: "${name}" is the name of two machines; names must be unique`,
    ),
    ...repeated(addresses.flat()).map(
      (address) => `monitors: "${address}" is the address of two monitors; each needs a machine of its own`,
    ),
    ...repeated(
      machines
        .flat()
        .filter(
          (machine) =>
            !addresses
              .flat()
              .some(
                (address) =>
                  machine === `${address}, port 22` && repeated(addresses.flat()).includes(address),
              ),
        ),
    ).map(
      (machine) =>
        `monitors, targets: ${machine} is where SSH to two machines leads; each needs a machine of its own`,
    ),
    ...repeated(loopbackAddresses(args.monitors)).map(
      (address) =>
        `monitors: number ${address.split(".")[3]} is taken twice; numbers must be unique, also those that come from positions`,
    ),
  ];
}

// An address of IPv6 may be written in many ways.
function sameText(address: string): string {
  return ipaddr.IPv6.isValid(address) ? ipaddr.parse(address).toString() : address;
}

function prometheusProblemsOf(args: MonitoringStackArgs): string[] {
  const { scraping = {}, rules = {}, ruleGroups = [] } = args;
  const { peerTimeout, evaluationInterval } = stackTiming(args);
  // What is known only later is checked then.
  const plain = <T>(value: pulumi.Input<T>, otherwise: T): T => (isPlain(value) ? (value as T) : otherwise);
  const known = {
    rules: plain(rules, {}) as Record<string, string>,
    ruleGroups: plain(ruleGroups, []),
  };
  return [
    ...prefixed("prometheus", prometheusRuntimeProblems(args.prometheus ?? {})),
    ...prefixed("scraping", [
      ...nodeExporterProblems(scraping.nodeExporter ?? {}),
      ...scrapingProblems({
        scrapeInterval: scraping.scrapeInterval ?? timingDefaults.scrapeInterval,
        evaluationInterval,
        externalLabels: plain(scraping.externalLabels ?? {}, {}) as Record<string, string>,
        config: plain(scraping.config ?? {}, {}),
        jobs: [...Object.values(stackJobs), ...exporterJobs(args)],
      }),
    ]),
    ...rulesProblems(known),
    ...(parseDuration(peerTimeout) === undefined
      ? []
      : prefixed(
          "alertmanager",
          peerTimeoutProblems(peerTimeout, evaluationIntervals(evaluationInterval, known)),
        )),
  ];
}

function repeated(values: pulumi.Input<string>[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))] as string[];
}
