import { flag, list, optionalFlag, optionalText, requiredText, texts } from "./body";
import {
  capacityOf,
  checkRegion,
  checkSize,
  describeImage,
  describeRegion,
  describeSize,
  findImage,
} from "./catalogue";
import type { Cloud } from "./cloud";
import { checkName, findDroplet, policyOf } from "./dropletChecks";
import { unprocessable } from "./errors";
import { machineName } from "./machines";
import { paginate } from "./pagination";
import { timestamp, type Account, type Store, type StoredDroplet } from "./store";
import { addTag, checkTag } from "./tags";
import { defaultVpc } from "./vpcs";

const purpose = "Droplet creation";
const mostUserData = 64 * 1024;

/** Adds droplets: create, list, get, delete. */
export function addDropletRoutes(cloud: Cloud): void {
  const { router, store, work } = cloud;
  const { account } = store;

  router.add("POST", "/v2/droplets", ({ body, address }) => {
    const droplet = newDroplet(cloud, body);
    account.droplets.push(droplet);
    const action = work.create(droplet);
    const href = new URL(`/v2/actions/${action.id}`, address).toString();
    return {
      status: 202,
      body: {
        droplet: describeDroplet(droplet, false),
        links: { actions: [{ id: action.id, rel: "create", href }] },
      },
    };
  });

  router.add("GET", "/v2/droplets", ({ address }) => {
    const [tag, name] = ["tag_name", "name"].map((key) => address.searchParams.get(key)?.toLowerCase());
    const found = account.droplets.filter(
      (droplet) =>
        (tag === undefined || droplet.tags.some((one) => one.toLowerCase() === tag)) &&
        (name === undefined || droplet.name.toLowerCase() === name),
    );
    const droplets = found.map((droplet) => describeDroplet(droplet, work.isBusy(droplet)));
    return { status: 200, body: paginate("droplets", droplets, address) };
  });

  router.add("GET", "/v2/droplets/:id", ({ parameters }) => {
    const droplet = findDroplet(account, parameters["id"]);
    return { status: 200, body: { droplet: describeDroplet(droplet, work.isBusy(droplet)) } };
  });

  router.add("DELETE", "/v2/droplets/:id", ({ parameters }) => {
    const droplet = findDroplet(account, parameters["id"]);
    if (work.isBusy(droplet)) throw unprocessable("Droplet already has a pending event.");
    if (!droplet.deleting) work.delete(droplet);
    return { status: 204 };
  });
}

function newDroplet({ store, nextDisturbance }: Cloud, body: Record<string, unknown>): StoredDroplet {
  const name = checkName(requiredText(body, "name"));
  const region = optionalText(body, "region") || "nyc3";
  checkRegion(region, purpose);
  const size = requiredText(body, "size");
  checkSize(size, purpose);
  const image = findImage(body["image"]);
  const authorizedKeys = findKeys(store.account, list(body, "ssh_keys"));
  const tags = texts(body, "tags").map(checkTag);
  const userData = optionalText(body, "user_data") ?? "";
  if (Buffer.byteLength(userData) > mostUserData)
    throw unprocessable("User data is too long; up to 64 KiB are allowed.");
  if (list(body, "volumes").length > 0) throw unprocessable("The lab has no volumes");
  const backups = flag(body, "backups");
  const policy = policyOf(body);
  if (policy.backup_policy && !backups) throw unprocessable("backup_policy is only allowed with backups");
  const vpc = findVpc(store, region, optionalText(body, "vpc_uuid"));
  const id = store.nextId();
  const disturbance = nextDisturbance(name);
  return {
    ...{ id, name, region, size, disk: capacityOf(size).disk, image, status: "new" },
    ...{ vpc_uuid: vpc, tags: tags.map((tag) => addTag(store.account, tag)) },
    ...{ ipv6: flag(body, "ipv6"), backups, ...policy, monitoring: flag(body, "monitoring") },
    ...{ agent: optionalFlag(body, "with_droplet_agent") ?? true, created_at: timestamp() },
    machine: machineName({ id, name }),
    seed: { authorizedKeys, userData, ...(disturbance ? { disturbance } : {}) },
  };
}

function findKeys({ keys }: Account, references: unknown[]): string[] {
  const found = references.map((reference) =>
    keys.find(({ id, fingerprint }) => reference === id || reference === fingerprint),
  );
  const unknown = references.filter((_, index) => !found[index]);
  if (unknown.length > 0)
    throw unprocessable(
      `${unknown.map(String).join(", ")} are invalid key identifiers for Droplet creation.`,
    );
  return found.flatMap((key) => key?.public_key ?? []);
}

function findVpc(store: Store, region: string, id: string | undefined): string {
  if (!id) return defaultVpc(store, region).id;
  const vpc = store.account.vpcs.find((one) => one.id === id);
  if (!vpc) throw unprocessable(`VPC ${id} does not exist`);
  if (vpc.region !== region)
    throw unprocessable(`VPC ${id} is in region ${vpc.region}, the Droplet would be in ${region}`);
  return id;
}

/** A droplet as the API shows it. Its machine has public addresses only. */
export function describeDroplet(droplet: StoredDroplet, locked: boolean): Record<string, unknown> {
  const { id, name, size, disk, status, tags, vpc_uuid, created_at } = droplet;
  const { memory, vcpus } = capacityOf(size);
  return {
    ...{ id, name, memory, vcpus, disk, locked, status, kernel: null, created_at },
    features: features(droplet),
    ...{ backup_ids: [], next_backup_window: null, snapshot_ids: [], volume_ids: [], tags, vpc_uuid },
    ...{ image: describeImage(droplet.image), size: describeSize(size), size_slug: size },
    ...{ region: describeRegion(droplet.region), networks: networks(droplet) },
  };
}

function features({ backups, ipv6, monitoring, agent }: StoredDroplet): string[] {
  const named = { backups, ipv6, monitoring, droplet_agent: agent, private_networking: true };
  return Object.entries(named).flatMap(([name, present]) => (present ? [name] : []));
}

function networks({ address, address6, ipv6 }: StoredDroplet): Record<string, unknown> {
  const gateway = (own: string) => own.replace(/\d+$/, "1");
  const v4 = address && {
    ...{ ip_address: address, netmask: "255.255.255.0", gateway: gateway(address), type: "public" },
  };
  const v6 = ipv6 &&
    address6 && { ip_address: address6, netmask: 64, gateway: gateway(address6), type: "public" };
  return { v4: v4 ? [v4] : [], v6: v6 ? [v6] : [] };
}
