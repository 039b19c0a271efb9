import * as pulumi from "@pulumi/pulumi";
import {
  PrometheusServer,
  ScrapeTarget,
  SshHost,
  type Endpoint,
  type PrometheusServerArgs,
  type ScrapeTargetArgs,
} from "../../../components";

/** A machine of the lab; its address there stands for the one on an overlay, unless that is given. */
export interface ProgramHost {
  name: string;
  address: string;
  overlayAddress?: string;
  hostKey: string;
}

/** What the test deploys: a Prometheus on each monitor, and targets. */
export interface PrometheusProgram {
  monitors: ProgramHost[];
  targets: ProgramHost[];
  server: Omit<PrometheusServerArgs, "host" | "overlayAddress" | "endpoints">;
  target: Omit<ScrapeTargetArgs, "host" | "overlayAddress" | "monitors">;
  /** What every server scrapes beside the targets. */
  others?: Endpoint[];
}

const config = new pulumi.Config();
const { monitors, targets, server, target, others = [] } = config.requireObject<PrometheusProgram>("program");
const privateKey = config.requireSecret("sshPrivateKey");

// A monitor can be a target, too.
const machines = new Map([...monitors, ...targets].map((machine) => [machine.name, machine]));
const hosts = new Map(
  [...machines.values()].map(({ name, address, hostKey }) => [
    name,
    new SshHost(name, { address, connection: { privateKey, hostKey } }),
  ]),
);
const hostOf = ({ name }: ProgramHost) => {
  const host = hosts.get(name);
  if (host === undefined) throw new Error(`there is no host ${name}`);
  return host;
};

const endpoints = targets.map((each) => {
  const scraped = new ScrapeTarget(`${each.name}-target`, {
    ...target,
    host: hostOf(each),
    overlayAddress: each.overlayAddress ?? each.address,
    monitors: monitors.map(({ address }) => address),
  });
  return scraped.endpoints;
});

for (const monitor of monitors) {
  new PrometheusServer(`${monitor.name}-prometheus`, {
    ...server,
    host: hostOf(monitor),
    overlayAddress: monitor.overlayAddress ?? monitor.address,
    endpoints: pulumi.all(endpoints).apply((lists): Endpoint[] => [...lists.flat(), ...others]),
  });
}
