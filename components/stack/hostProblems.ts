import { dropletProblems, regionProblems } from "../hosts/dropletProblems";
import { connectionTo, plainConnectionProblems, privateKeyProblems } from "../host/connection";
import { gatewayPortsOf } from "../gateway/haproxyMtlsGateway";
import { modeProblems, ruleProblems, sshPortProblems, sshProblems } from "../firewall/hostFirewall";
import { labelNameProblems } from "../prometheus/prometheusProblems";
import { identityProblems } from "../prometheus/endpointProblems";
import { endpointOf, exporterProblems, nodeExporterProblems } from "../exporters/scrapeTarget";
import { addressProblems, isPlain, prefixed } from "../validation";
import { wireGuardSettings } from "../overlay/wireGuardPlan";
import type { MonitorArgs, MonitoringStackArgs, StackHostArgs } from "./args";
import { dropletOf, exportersOfHost, monitorCount, stackJobs, stackPorts } from "./plan";

/** What is wrong with a monitor's number, as sentences. */
export function numberProblems(path: string, { number }: MonitorArgs): string[] {
  if (number === undefined || (Number.isInteger(number) && number >= 1 && number <= monitorCount.most))
    return [];
  return [`${path}.number: ${number} is not a number from 1 to ${monitorCount.most}`];
}

/** What is wrong with one machine of a stack, one sentence each. */
export function hostProblems(path: string, args: MonitoringStackArgs, host: StackHostArgs): string[] {
  const { firewallMode, sshPort, inboundRules = [], labels = {} } = host;
  const ownJobs: string[] = Object.values(stackJobs);
  const exporters = exportersOfHost(args, host);
  const ownSshPort = knownSshPort(host);
  return [
    ...(host.region === undefined ? existingProblems(path, host) : dropletHostProblems(path, args, host)),
    ...labelNameProblems(`${path}.labels`, labels),
    ...prefixed(path, nodeExporterProblems(host.nodeExporter ?? {})),
    ...prefixed(path, exporterProblems(exporters)),
    ...identityProblems(
      exporters.map((exporter) => endpointOf(exporter, host.name, "", labels)),
      (index) => `${path}: exporter of job "${exporters[index]?.job}" on port ${exporters[index]?.port}`,
    ),
    ...exporters
      .filter(({ job }) => ownJobs.includes(job))
      .map(({ job }) => `${path}.exporters: "${job}" is a job of the stack itself; use another name`),
    ...inboundRules.flatMap((rule, index) => ruleProblems(`${path}.inboundRules[${index}]`, rule)),
    ...sshPortProblems(`${path}.sshPort`, sshPort),
    ...(ownSshPort === undefined
      ? []
      : sshProblems(
          `${path}.inboundRules`,
          inboundRules,
          ownSshPort,
          wireGuardSettings(args.network ?? {}).interfaceName,
        )),
    ...modeProblems(`${path}.firewallMode`, firewallMode),
  ];
}

/** What is wrong with how a machine that exists is reached. */
function existingProblems(path: string, { address, connection, droplet }: StackHostArgs): string[] {
  if (address === undefined) {
    return [`${path}: an address is needed, or a region, in which a droplet is made for it`];
  }
  return [
    ...(isPlain(address) ? addressProblems(`${path}.address`, address) : []),
    ...prefixed(path, plainConnectionProblems(connectionTo(address, connection))),
    ...(droplet === undefined ? [] : [`${path}.droplet: only a machine with a region is a droplet`]),
  ];
}

/** What is wrong with the droplet of a machine. */
function dropletHostProblems(path: string, args: MonitoringStackArgs, host: StackHostArgs): string[] {
  const { privateKey, ...known } = host.connection;
  const said = Object.entries({ address: host.address, ...prefixKeys("connection", known) })
    .filter(([, value]) => value !== undefined)
    .map(([key]) => key);
  const hasKeys = (dropletOf(args, host).sshKeys ?? args.droplets?.publicKey) !== undefined;
  return [
    ...regionProblems(`${path}.region`, host.region),
    ...prefixed(`${path}.droplet`, dropletProblems(host.droplet ?? {})),
    ...(isPlain(privateKey) ? privateKeyProblems(`${path}.connection.privateKey`, privateKey as string) : []),
    ...said.map(
      (key) =>
        `${path}.${key}: what is made in a region gets this from there; leave it out, or leave out region`,
    ),
    ...(hasKeys
      ? []
      : [
          `${path}.region: nobody could log in to its droplet; give droplets.publicKey, or droplets.sshKeys with ids or fingerprints of keys that the account knows`,
        ]),
  ];
}

function prefixKeys(path: string, values: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [`${path}.${key}`, value]));
}

/** A TCP port on which something on a monitor listens. */
export interface PortUse {
  port: number;
  use: string;
}

/** Ports of the stack's own services on which a monitor has something else. */
export function monitorPortProblems(path: string, args: MonitoringStackArgs, monitor: MonitorArgs): string[] {
  const sshPort = knownSshPort(monitor);
  const others: PortUse[] = [
    ...(sshPort === undefined ? [] : [{ port: sshPort, use: "SSH" }]),
    ...exportersOfHost(args, monitor).map(({ port, job }) => ({
      port,
      use: `the exporter of job "${job}"`,
    })),
  ];
  return [prometheusUse(args), ...gatewayUses(args)].flatMap(({ port, use }) =>
    others
      .filter((other) => other.port === port)
      .map(
        (other) => `${path}: port ${port} of ${other.use} is ${use} already; each needs a port of its own`,
      ),
  );
}

/** The port of Prometheus. */
export function prometheusUse(args: MonitoringStackArgs): PortUse {
  return { port: stackPorts(args).prometheus, use: "prometheus.port" };
}

/** The ports of the gateway. */
export function gatewayUses(args: MonitoringStackArgs): PortUse[] {
  return Object.entries(gatewayPortsOf(args.gossip ?? {})).map(([name, port]) => ({
    port,
    use: `gossip.${name}Port`,
  }));
}

/** Where sshd listens, as far as it is known already. */
function knownSshPort({ sshPort, connection }: StackHostArgs): number | undefined {
  const { port = 22 } = connection;
  return sshPort ?? (typeof port === "number" ? port : undefined);
}
