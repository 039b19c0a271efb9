import { DropletFirewall } from "../firewall/dropletFirewall";
import { HostFirewall } from "../firewall/hostFirewall";
import { DropletHost } from "../hosts/dropletHost";
import type { Foundation } from "./foundation";

/** A firewall on every host, from the model's rules; by the host's name. */
export function deployFirewalls({ parent, name, model, hostOf }: Foundation): Map<string, HostFirewall> {
  const firewalls = new Map<string, HostFirewall>();
  model.hosts.forEach(({ name: hostName, firewall, cloudFirewall }, index) => {
    if (firewall === undefined) return;
    const host = hostOf({ name: hostName });
    // A mistake in the rules of one monitor must not reach the next one.
    const isMonitor = index < model.monitors.length;
    const before = isMonitor ? firewalls.get(model.monitors[index - 1]?.name ?? "") : undefined;
    firewalls.set(
      hostName,
      new HostFirewall(
        `${name}-${hostName}-firewall`,
        { ...firewall, host },
        { parent, dependsOn: before ? [before] : [] },
      ),
    );
    if (cloudFirewall !== undefined && host instanceof DropletHost) {
      new DropletFirewall(
        `${name}-${hostName}-cloud-firewall`,
        { ...cloudFirewall, dropletIds: [host.dropletId] },
        { parent },
      );
    }
  });
  return firewalls;
}
