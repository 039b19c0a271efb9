import type * as pulumi from "@pulumi/pulumi";
import { plainAlertingProblems } from "./alertmanagerConfig";
import { alertmanagerRuntimeProblems } from "./alertmanagerPeer";
import { gatewayProblems } from "./haproxyMtlsGateway";
import { connectionTo, plainConnectionProblems } from "./host/connection";
import type { MonitorArgs, MonitoringStackArgs } from "./monitoringStack";
import { privateCAProblems } from "./privateCA";
import { addressProblems, isPlain, labelProblems, longestPeerName } from "./validation";

/** Fewest and most monitors of a stack. Gossip connections grow with the square; seven is the most that is tested. */
export const monitorCount = { fewest: 2, most: 7 };

/** The loopback address by which every Alertmanager knows each monitor, in the monitors' order. */
export function loopbackAddresses(monitors: Pick<MonitorArgs, "number">[]): string[] {
  return monitors.map((monitor, index) => `127.0.1.${monitor.number ?? index + 1}`);
}

/** Everything that is wrong with the arguments of a stack as far as it can be known before anything is touched, one sentence each. */
export function monitoringStackProblems(args: MonitoringStackArgs): string[] {
  const { monitors } = args;
  const problems: string[] = [];
  if (monitors.length < monitorCount.fewest || monitors.length > monitorCount.most) {
    problems.push(
      `monitors: ${monitors.length} given; ${monitorCount.fewest} to ${monitorCount.most} make a highly available cluster`,
    );
  }
  monitors.forEach((monitor, index) => {
    const path = `monitors[${index}]`;
    problems.push(...labelProblems(`${path}.name`, monitor.name, longestPeerName));
    if (
      monitor.number !== undefined &&
      !(Number.isInteger(monitor.number) && monitor.number >= 1 && monitor.number <= monitorCount.most)
    ) {
      problems.push(`${path}.number: ${monitor.number} is not a number from 1 to ${monitorCount.most}`);
    }
    if (isPlain(monitor.address)) problems.push(...addressProblems(`${path}.address`, monitor.address));
    const connection = connectionTo(monitor.address, monitor.connection);
    problems.push(...plainConnectionProblems(connection).map((problem) => `${path}.${problem}`));
  });
  problems.push(
    ...repeated(monitors.map(({ name }) => name)).map(
      (name) => `monitors: "${name}" is the name of two monitors; names must be unique`,
    ),
    ...repeated(monitors.map(({ address }) => address).filter((address) => typeof address === "string")).map(
      (address) => `monitors: "${address}" is the address of two monitors; each needs a machine of its own`,
    ),
    ...repeated(loopbackAddresses(monitors)).map(
      (address) =>
        `monitors: number ${address.split(".")[3]} is taken twice; numbers must be unique, also those that come from positions`,
    ),
    ...gatewayProblems(args.gossip ?? {}).map((problem) => `gossip.${problem}`),
    ...alertmanagerRuntimeProblems(args.alertmanager ?? {}).map((problem) => `alertmanager.${problem}`),
    ...privateCAProblems({ ...args.certificates, holders: [] }).map((problem) => `certificates.${problem}`),
    ...plainAlertingProblems(args.alerting).map((problem) => `alerting.${problem}`),
  );
  return problems;
}

function repeated(values: pulumi.Input<string>[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))] as string[];
}
