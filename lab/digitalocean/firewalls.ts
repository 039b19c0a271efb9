import { randomUUID } from "node:crypto";
import * as ipaddr from "ipaddr.js";
import { list, numbers, object, optionalText, requiredText, texts } from "./body";
import type { Cloud } from "./cloud";
import { conflict, notFound, unprocessable } from "./errors";
import { paginate } from "./pagination";
import { timestamp, type Account, type StoredFirewall } from "./store";
import { requireTags } from "./tags";

type Body = Record<string, unknown>;

/** Adds firewalls. They are remembered, not enforced: nothing filters the traffic of a lab host but what is on it. */
export function addFirewallRoutes({ router, store }: Cloud): void {
  const { account } = store;

  router.add("POST", "/v2/firewalls", ({ body }) => {
    const firewall = { id: randomUUID(), ...readFirewall(account, body), created_at: timestamp() };
    account.firewalls.push(firewall);
    return { status: 202, body: { firewall: describe(firewall) } };
  });

  router.add("GET", "/v2/firewalls", ({ address }) => ({
    status: 200,
    body: paginate("firewalls", account.firewalls.map(describe), address),
  }));

  router.add("GET", "/v2/firewalls/:id", ({ parameters }) => ({
    status: 200,
    body: { firewall: describe(find(account, parameters["id"])) },
  }));

  router.add("PUT", "/v2/firewalls/:id", ({ parameters, body }) => {
    const firewall = find(account, parameters["id"]);
    Object.assign(firewall, readFirewall(account, body, firewall));
    return { status: 200, body: { firewall: describe(firewall) } };
  });

  router.add("DELETE", "/v2/firewalls/:id", ({ parameters }) => {
    const firewall = find(account, parameters["id"]);
    account.firewalls = account.firewalls.filter(({ id }) => id !== firewall.id);
    return { status: 204 };
  });
}

function find({ firewalls }: Account, id: string | undefined): StoredFirewall {
  const found = firewalls.find((firewall) => firewall.id === id);
  if (!found) throw notFound();
  return found;
}

function readFirewall(
  account: Account,
  body: Body,
  own?: StoredFirewall,
): Omit<StoredFirewall, "id" | "created_at"> {
  const name = requiredText(body, "name");
  if (!/^[a-zA-Z0-9][a-zA-Z0-9.-]{0,254}$/.test(name))
    throw unprocessable(
      "name must begin with a letter or digit and have only letters, digits, dots and dashes",
    );
  if (account.firewalls.some((other) => other.name === name && other !== own))
    throw conflict("duplicate name");
  const firewall = {
    name,
    inbound_rules: list(body, "inbound_rules").map((rule) => readRule(account, rule, "sources")),
    outbound_rules: list(body, "outbound_rules").map((rule) => readRule(account, rule, "destinations")),
    droplet_ids: requireDroplets(account, numbers(body, "droplet_ids")),
    tags: requireTags(account, texts(body, "tags")),
  };
  if (firewall.inbound_rules.length + firewall.outbound_rules.length === 0)
    throw unprocessable("must have at least one rule");
  return firewall;
}

function readRule(account: Account, value: unknown, peers: "sources" | "destinations"): Body {
  const rule = object(value, peers === "sources" ? "inbound_rules" : "outbound_rules");
  const protocol = requiredText(rule, "protocol");
  if (!["tcp", "udp", "icmp"].includes(protocol)) throw unprocessable(`invalid protocol ${protocol}`);
  return { protocol, ports: readPorts(rule, protocol), [peers]: readPeers(account, rule[peers], peers) };
}

// All ports are "0" in what the API shows.
function readPorts(rule: Body, protocol: string): string {
  const ports = optionalText(rule, "ports") ?? "";
  if (protocol === "icmp" && (ports === "" || ports === "0")) return "0";
  if (ports === "all" || ports === "0") return "0";
  const [first, last, ...more] = ports
    .split("-")
    .map((text) => (/^\d{1,5}$/.test(text) ? Number(text) : NaN));
  const isRange = first !== undefined && first >= 1 && (last ?? first) >= first && (last ?? first) <= 65_535;
  if (!isRange || more.length > 0) throw unprocessable(`invalid ports ${ports}`);
  return ports;
}

function readPeers(account: Account, value: unknown, name: string): Body {
  const peers = object(value, name);
  const known = ["addresses", "droplet_ids", "tags", "load_balancer_uids", "kubernetes_ids"];
  const given = known.filter((key) => list(peers, key).length > 0);
  if (given.length === 0) throw unprocessable(`${name} must have at least one of ${known.join(", ")}`);
  const foreign = given.filter((key) => /load_balancer|kubernetes/.test(key));
  if (foreign.length > 0) throw unprocessable(`The lab has no ${foreign.join(", no ")}`);
  for (const address of texts(peers, "addresses")) {
    if (!ipaddr.isValidCIDR(address) && !ipaddr.isValid(address))
      throw unprocessable(`invalid address ${address}`);
  }
  requireDroplets(account, numbers(peers, "droplet_ids"));
  requireTags(account, texts(peers, "tags"));
  return Object.fromEntries(given.map((key) => [key, peers[key]]));
}

function requireDroplets({ droplets }: Account, ids: number[]): number[] {
  const unknown = ids.filter((id) => !droplets.some((droplet) => droplet.id === id));
  if (unknown.length > 0) throw unprocessable(`droplets ${unknown.join(", ")} do not exist`);
  return ids;
}

function describe(firewall: StoredFirewall): Body {
  return { ...firewall, status: "succeeded", pending_changes: [] };
}
