import { randomUUID } from "node:crypto";
import * as ipaddr from "ipaddr.js";
import { optionalFlag, optionalText, requiredText } from "./body";
import { checkRegion } from "./catalogue";
import type { Cloud } from "./cloud";
import { forbidden, notFound, unprocessable } from "./errors";
import { paginate } from "./pagination";
import { timestamp, type Account, type Store, type StoredVpc } from "./store";

/** Adds VPCs. They only say which droplets belong together: machines of the lab have no private network beside the lab's own. */
export function addVpcRoutes({ router, store }: Cloud): void {
  const { account } = store;

  router.add("POST", "/v2/vpcs", ({ body }) => {
    const region = requiredText(body, "region");
    checkRegion(region, "VPC creation");
    // As in an account that has used the region before: else the first VPC would be the default one and could not be deleted.
    defaultVpc(store, region);
    const name = checkName(account, requiredText(body, "name"));
    const range = checkRange(account, optionalText(body, "ip_range"));
    const vpc = addVpc(account, { name, region, ip_range: range, description: description(body) });
    return { status: 201, body: { vpc: describe(vpc) } };
  });

  router.add("GET", "/v2/vpcs", ({ address }) => ({
    status: 200,
    body: paginate("vpcs", account.vpcs.map(describe), address),
  }));

  router.add("GET", "/v2/vpcs/:id", ({ parameters }) => ({
    status: 200,
    body: { vpc: describe(find(account, parameters["id"])) },
  }));

  for (const method of ["PUT", "PATCH"] as const) {
    router.add(method, "/v2/vpcs/:id", ({ parameters, body }) => {
      const vpc = find(account, parameters["id"]);
      const name = method === "PUT" ? requiredText(body, "name") : (optionalText(body, "name") ?? vpc.name);
      if (name !== vpc.name) vpc.name = checkName(account, name);
      if (method === "PUT" || body["description"] !== undefined) vpc.description = description(body);
      if (optionalFlag(body, "default")) makeDefault(account, vpc);
      return { status: 200, body: { vpc: describe(vpc) } };
    });
  }

  router.add("GET", "/v2/vpcs/:id/members", ({ parameters, address }) => {
    const members = membersOf(account, find(account, parameters["id"]));
    const type = address.searchParams.get("resource_type");
    return { status: 200, body: paginate("members", type && type !== "droplet" ? [] : members, address) };
  });

  router.add("DELETE", "/v2/vpcs/:id", ({ parameters }) => {
    const vpc = find(account, parameters["id"]);
    if (vpc.default) throw forbidden("Can not delete default VPCs");
    if (membersOf(account, vpc).length > 0) throw forbidden("Can not delete VPC with members");
    account.vpcs = account.vpcs.filter(({ id }) => id !== vpc.id);
    return { status: 204 };
  });
}

/** The VPC of droplets in a region that name none; it is made when it is needed first. */
export function defaultVpc({ account }: Store, region: string): StoredVpc {
  const existing = account.vpcs.find((vpc) => vpc.region === region && vpc.default);
  if (existing) return existing;
  const name = `default-${region}`;
  const vpc = addVpc(account, { name, region, ip_range: freeRange(account), description: "" });
  vpc.default = true;
  return vpc;
}

function addVpc(
  account: Account,
  given: Pick<StoredVpc, "name" | "region" | "ip_range" | "description">,
): StoredVpc {
  const vpc = { id: randomUUID(), ...given, default: false, created_at: timestamp() };
  account.vpcs.push(vpc);
  return vpc;
}

function makeDefault(account: Account, vpc: StoredVpc): void {
  for (const other of account.vpcs.filter(({ region }) => region === vpc.region)) other.default = false;
  vpc.default = true;
}

function find({ vpcs }: Account, id: string | undefined): StoredVpc {
  const found = vpcs.find((vpc) => vpc.id === id);
  if (!found) throw notFound();
  return found;
}

function membersOf({ droplets }: Account, vpc: StoredVpc): Record<string, unknown>[] {
  return droplets
    .filter(({ vpc_uuid }) => vpc_uuid === vpc.id)
    .map(({ id, name, created_at }) => ({ urn: `do:droplet:${id}`, name, created_at }));
}

function checkName({ vpcs }: Account, name: string): string {
  if (!/^[a-zA-Z0-9.-]+$/.test(name))
    throw unprocessable("name may only contain alphanumeric characters, dashes, and periods");
  if (vpcs.some((vpc) => vpc.name === name))
    throw unprocessable(`A VPC with the name ${name} already exists`);
  return name;
}

function description(body: Record<string, unknown>): string {
  const text = optionalText(body, "description") ?? "";
  if (text.length > 255) throw unprocessable("description is too long; up to 255 characters are allowed");
  return text;
}

const privateRanges = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];

function checkRange(account: Account, range: string | undefined): string {
  if (!range) return freeRange(account);
  if (!ipaddr.IPv4.isValidCIDR(range)) throw unprocessable(`ip_range ${range} is no IPv4 range`);
  const [, bits] = ipaddr.IPv4.parseCIDR(range);
  if (bits < 16 || bits > 28) throw unprocessable("ip_range must be between /16 and /28 in size");
  if (!privateRanges.some((one) => overlap(one, range))) throw unprocessable("ip_range must be private");
  const taken = account.vpcs.find((vpc) => overlap(vpc.ip_range, range));
  if (taken) {
    throw unprocessable(
      `This range/size overlaps with another VPC network in your account: ${taken.ip_range}. Please specify a different range/size.`,
    );
  }
  return range;
}

function freeRange({ vpcs }: Account): string {
  const candidates = Array.from(
    { length: 2480 },
    (_, index) => `10.${100 + (index >> 4)}.${(index & 15) * 16}.0/20`,
  );
  const free = candidates.find((range) => vpcs.every((vpc) => !overlap(vpc.ip_range, range)));
  if (free === undefined) throw unprocessable("No range is left");
  return free;
}

function overlap(one: string, other: string): boolean {
  const [first, second] = [ipaddr.IPv4.parseCIDR(one), ipaddr.IPv4.parseCIDR(other)];
  const bits = Math.min(first[1], second[1]);
  return first[0].match(second[0], bits);
}

function describe({ region, ...vpc }: StoredVpc): Record<string, unknown> {
  return { ...vpc, region, urn: `do:vpc:${vpc.id}` };
}
