import { toText, unknownMarker, type PropertyMap, type PropertyValue } from "../../properties/values";
import type { DigitalOceanApi, Json } from "./api";
import { refuseUnsupported, type Created, type Instance } from "../provider";

type Peers = "source" | "destination";

/** @throws for rules that the plugin refuses before it asks the API. */
export function checkFirewall(inputs: PropertyMap): void {
  const [inbound, outbound] = [rulesOf(inputs["inboundRules"]), rulesOf(inputs["outboundRules"])];
  if (inbound?.length === 0 && outbound?.length === 0)
    throw new Error("firewall: at least one rule must be specified");
  for (const rule of inbound ?? []) checkRule(rule, "source");
  for (const rule of outbound ?? []) checkRule(rule, "destination");
}

export async function createFirewall(inputs: PropertyMap, api: DigitalOceanApi): Promise<Created> {
  const { firewall } = await api.call("POST", "/firewalls", requestOf(inputs));
  const { id } = firewall as { id: string };
  return { id, outputs: await readFirewall(id, api) };
}

export async function updateFirewall(
  { id }: Instance,
  inputs: PropertyMap,
  api: DigitalOceanApi,
): Promise<PropertyMap> {
  await api.call("PUT", `/firewalls/${id}`, requestOf(inputs));
  return readFirewall(id, api);
}

/** @throws {ApiProblem} with status 404 if it is gone. */
export async function readFirewall(id: string, api: DigitalOceanApi): Promise<PropertyMap> {
  const answer = await api.call("GET", `/firewalls/${id}`);
  const firewall = answer["firewall"] as Record<string, PropertyValue>;
  const pending = firewall["pending_changes"] as Record<string, PropertyValue>[];
  return {
    ...{ name: firewall["name"] ?? "", status: firewall["status"] ?? "" },
    createdAt: firewall["created_at"] ?? "",
    pendingChanges: pending.map(({ droplet_id: dropletId = 0, ...change }) => ({ dropletId, ...change })),
  };
}

function requestOf(inputs: PropertyMap): Json {
  return {
    name: inputs["name"],
    inbound_rules: requestedRules(inputs["inboundRules"], "source"),
    outbound_rules: requestedRules(inputs["outboundRules"], "destination"),
    droplet_ids: inputs["dropletIds"] ?? null,
    tags: inputs["tags"] ?? [],
  };
}

function requestedRules(value: PropertyValue | undefined, peers: Peers): Json[] | null {
  const rules = rulesOf(value) ?? [];
  if (rules.length === 0) return null;
  return rules.map((rule) => {
    const ports = rule["portRange"] === undefined ? {} : { ports: rule["portRange"] };
    const lists = Object.entries(peerInputs(peers)).map(([input, field]) => [field, rule[input]] as const);
    const given = lists.filter(([, list]) => Array.isArray(list) && list.length > 0);
    return { protocol: rule["protocol"], ...ports, [`${peers}s`]: Object.fromEntries(given) };
  });
}

function checkRule(rule: PropertyMap, peers: Peers): void {
  refuseUnsupported("firewall rule", rule, ["protocol", "portRange", ...Object.keys(peerInputs(peers))]);
  const { protocol, portRange } = rule;
  if (protocol !== unknownMarker && !["tcp", "udp", "icmp"].includes(toText(protocol)))
    throw new Error(`firewall rule: protocol ${toText(protocol)} is not allowed; tcp, udp and icmp are`);
  if (["tcp", "udp"].includes(toText(protocol)) && toText(portRange) === "")
    throw new Error("firewall rule: portRange is required if protocol is tcp or udp");
}

// Names of a rule's inputs, and what they are called in requests.
function peerInputs(peers: Peers): Record<string, string> {
  return {
    [`${peers}Addresses`]: "addresses",
    [`${peers}Tags`]: "tags",
    [`${peers}DropletIds`]: "droplet_ids",
    [`${peers}LoadBalancerUids`]: "load_balancer_uids",
    [`${peers}KubernetesIds`]: "kubernetes_ids",
  };
}

// Undefined where the whole list is not known yet.
function rulesOf(value: PropertyValue | undefined): PropertyMap[] | undefined {
  if (value === unknownMarker) return undefined;
  return Array.isArray(value)
    ? value.filter((rule) => rule !== unknownMarker).map((rule) => rule as PropertyMap)
    : [];
}
