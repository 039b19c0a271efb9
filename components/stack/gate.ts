import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { gateBundle } from "../../templates/alertmanager/alertmanagerBundles";
import type { HostFirewall } from "../firewall/hostFirewall";
import { applyBundle, type AppliedBundle } from "../host/bundle";
import type { StackAlerting } from "./alerting";
import type { Foundation } from "./foundation";

/** The end of a run: every monitor proves that it sees all others, also after a change of their firewalls. */
export function proveCluster(
  { parent, name, model, hostOf }: Foundation,
  { alertmanagers, peers }: StackAlerting,
  firewalls: Map<string, HostFirewall>,
): AppliedBundle[] {
  const rulesets = pulumi
    .all(model.monitors.flatMap((monitor) => firewalls.get(monitor.name)?.ruleset ?? []))
    .apply((texts) => createHash("sha256").update(texts.join("")).digest("hex").slice(0, 12));
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
