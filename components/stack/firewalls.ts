import * as pulumi from "@pulumi/pulumi";
import { DropletFirewall } from "../firewall/dropletFirewall";
import { HostFirewall } from "../firewall/hostFirewall";
import type { StackAlerting } from "./alerting";
import type { PrometheusServer } from "../prometheus/prometheusServer";
import type { Foundation, StackHost } from "./foundation";
import type { StackScraping } from "./scraping";

/** A firewall on every host, from the model's rules; by the host's name. It comes last there: what fails before leaves all ports as they were. */
export function deployFirewalls(
  { parent, name, model, hostOf }: Foundation,
  { alertmanagers }: StackAlerting,
  { targets, servers }: StackScraping,
): Map<string, HostFirewall> {
  const firewalls = new Map<string, HostFirewall>();
  model.hosts.forEach(({ name: hostName, firewall, cloudFirewall }, index) => {
    if (firewall === undefined) return;
    const host = withServer(hostOf({ name: hostName }), servers[index]);
    // A mistake in the rules of one monitor must not reach the next one.
    const isMonitor = index < model.monitors.length;
    const before = isMonitor ? firewalls.get(model.monitors[index - 1]?.name ?? "") : undefined;
    const services = [targets[index], alertmanagers[index], before];
    firewalls.set(
      hostName,
      new HostFirewall(
        `${name}-${hostName}-firewall`,
        { ...firewall, host },
        { parent, dependsOn: services.filter((each) => each !== undefined) },
      ),
    );
    if (cloudFirewall !== undefined && host.dropletId !== undefined) {
      new DropletFirewall(
        `${name}-${hostName}-cloud-firewall`,
        { ...cloudFirewall, dropletIds: [host.dropletId] },
        { parent },
      );
    }
  });
  return firewalls;
}

/** A host whose connection waits for the server there, and, unlike `dependsOn`, not for its list of targets, which waits for hosts that may be down. */
function withServer(host: StackHost, server: PrometheusServer | undefined): StackHost {
  if (server === undefined) return host;
  const connection = pulumi.all([host.connection, server.url]).apply(([known]) => known);
  return { ...host, connection: pulumi.secret(connection) };
}
