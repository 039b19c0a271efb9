import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { ownScrapes, secondsForScrapes } from "../../model/ownScrapes";
import { gateBundle } from "../../templates/alertmanager/alertmanagerBundles";
import { scrapeGateBundle } from "../../templates/prometheus/prometheusBundles";
import type { HostFirewall } from "../firewall/hostFirewall";
import { applyBundle, type AppliedBundle } from "../host/bundle";
import type { StackAlerting } from "./alerting";
import type { Foundation } from "./foundation";
import type { StackScraping } from "./scraping";

/** The end of a run: every monitor proves that it sees all others, also after a change of their firewalls. */
export function proveCluster(
  { parent, name, model, hostOf }: Foundation,
  { alertmanagers, peers }: StackAlerting,
  firewalls: Map<string, HostFirewall>,
): AppliedBundle[] {
  const rulesets = digestOf(model.monitors.flatMap((monitor) => firewalls.get(monitor.name) ?? []));
  return model.monitors.map((monitor, index) =>
    applyBundle(
      `${name}-${monitor.name}-cluster`,
      hostOf(monitor),
      "cluster",
      pulumi.all([alertmanagers[index]?.apiUrl ?? "", peers, rulesets]).apply(([apiUrl, all, firewall]) =>
        gateBundle(
          apiUrl,
          all.filter((_, other) => other !== index),
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

/**
 * The end of a run: every Prometheus proves that its scrapes of the stack's own services work. It runs again when the list of these or a
 * firewall changes, and fails while one of the hosts is down.
 */
export function proveScrapes(
  { parent, name, model, hostOf }: Foundation,
  { servers }: StackScraping,
  firewalls: Map<string, HostFirewall>,
  cluster: AppliedBundle[],
): AppliedBundle[] {
  const rulesets = digestOf([...firewalls.values()]);
  return model.monitors.map((monitor) =>
    applyBundle(
      `${name}-${monitor.name}-scrapes`,
      hostOf(monitor),
      "scrapes",
      rulesets.apply((firewall) =>
        scrapeGateBundle(ownScrapes(monitor, model), {
          port: model.ports.prometheus,
          within: secondsForScrapes(model),
          notes: firewalls.size > 0 ? [`firewalls ${firewall}`] : [],
        }),
      ),
      // One bundle at a time has a host: this one, which may wait long, lets all others go first.
      { parent, dependsOn: [...servers, ...cluster.map(({ command }) => command)] },
    ),
  );
}

/** Known once the rules of these firewalls are confirmed. */
function digestOf(firewalls: HostFirewall[]): pulumi.Output<string> {
  return pulumi
    .all(firewalls.map(({ ruleset }) => ruleset))
    .apply((texts) => createHash("sha256").update(texts.join("")).digest("hex").slice(0, 12));
}
