import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { gateBundle } from "../../templates/alertmanager/alertmanagerBundles";
import { applyBundle, type AppliedBundle } from "../host/bundle";
import { DropletFirewall } from "../firewall/dropletFirewall";
import { DropletHost } from "../hosts/dropletHost";
import { FirewallMode, HostFirewall } from "../firewall/hostFirewall";
import type { StackAlerting } from "./alerting";
import type { StackHostArgs } from "./args";
import type { StackContext } from "./context";
import { firewallModeOf, stackHosts } from "./plan";
import type { StackScraping } from "./scraping";

/** A firewall on every machine, from the rules of everything that runs on it; by the machine's name. */
export function deployFirewalls(
  context: StackContext,
  { gateways }: StackAlerting,
  { targets, servers }: StackScraping,
): Map<string, HostFirewall> {
  const { parent, name, args, link, hostOf } = context;
  const { enabled = true, confirmWithinSeconds } = args.firewall ?? {};
  const firewalls = new Map<string, HostFirewall>();
  if (!enabled) return firewalls;
  stackHosts(args).forEach((host: StackHostArgs, index) => {
    const isMonitor = index < args.monitors.length;
    const before = isMonitor ? firewalls.get(args.monitors[index - 1]?.name ?? "") : undefined;
    const mode = firewallModeOf(args, host);
    const machine = hostOf(host);
    const rules = pulumi
      .all([
        link.inboundRules[host.name] ?? [],
        targets.get(host.name)?.inboundRules ?? [],
        gateways[index]?.inboundRules ?? [],
        servers[index]?.inboundRules ?? [],
        host.inboundRules ?? [],
      ])
      .apply((lists) => lists.flat());
    const firewall = new HostFirewall(
      `${name}-${host.name}-firewall`,
      {
        host: machine,
        rules,
        mode,
        sshPort: host.sshPort,
        overlayInterface: context.interfaceName,
        confirmWithinSeconds,
      },
      // A mistake in the rules of one monitor must not reach the next one.
      { parent, dependsOn: before ? [before] : [] },
    );
    firewalls.set(host.name, firewall);
    // The cloud's firewall closes everything else, which is not what `guard` means.
    if (machine instanceof DropletHost && mode === FirewallMode.Deny) {
      new DropletFirewall(
        `${name}-${host.name}-cloud-firewall`,
        {
          dropletIds: [machine.dropletId],
          rules,
          sshPort: host.sshPort,
          overlayInterface: context.interfaceName,
        },
        { parent },
      );
    }
  });
  return firewalls;
}

/** The end of a run: every monitor proves that it sees all others, also after a change of their firewalls. */
export function proveCluster(
  { parent, name, args, ports, hostOf }: StackContext,
  { alertmanagers, peers }: StackAlerting,
  firewalls: Map<string, HostFirewall>,
): AppliedBundle[] {
  const rulesets = pulumi
    .all(args.monitors.flatMap((monitor) => firewalls.get(monitor.name)?.ruleset ?? []))
    .apply((texts) => createHash("sha256").update(texts.join("")).digest("hex").slice(0, 12));
  return args.monitors.map((monitor, index) =>
    applyBundle(
      `${name}-${monitor.name}-cluster`,
      hostOf(monitor),
      "cluster",
      pulumi.all([alertmanagers[index]?.apiUrl ?? "", peers, rulesets]).apply(([apiUrl, all, firewall]) =>
        gateBundle(
          apiUrl,
          all
            .filter((_, other) => other !== index)
            .map((peer) => ({ ...peer, streamPort: peer.streamPort ?? ports.stream })),
          {
            all: true,
            notes: [
              `cluster of ${all.map((peer) => peer.name).join(", ")}`,
              ...(firewalls.size > 0 ? [`firewalls ${firewall}`] : []),
            ],
          },
        ),
      ),
      { parent, dependsOn: alertmanagers },
    ),
  );
}
