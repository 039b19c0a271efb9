import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { changedKeys } from "../../properties/diff";
import { toText, type PropertyMap, type PropertyValue } from "../../properties/values";
import { orGone, type DigitalOceanApi, type Json } from "./api";
import type { Created, Instance } from "../provider";

// The real plugin waits ten seconds before it looks, which a simulated cloud need not be spared.
const secondsBetweenLooks = 0.3;
const secondsAtMost = 600;

/** A droplet as far as the plugin looks at it. */
interface Droplet {
  id: number;
  name: string;
  status: string;
  locked: boolean;
  memory: number;
  vcpus: number;
  disk: number;
  created_at: string;
  vpc_uuid: string;
  region: { slug: string };
  size: { slug: string; price_hourly: number; price_monthly: number };
  networks: Record<"v4" | "v6", { ip_address: string; type: string }[]>;
  features: string[];
  volume_ids: string[];
  tags: string[];
}

/** Creates a droplet and waits until it is active, which does not mean that it has run its user data. */
export async function createDroplet(inputs: PropertyMap, api: DigitalOceanApi): Promise<Created> {
  const { droplet } = (await api.call("POST", "/droplets", requestOf(inputs))) as { droplet: Droplet };
  const active = await waitFor(api, droplet.id, "become active", ({ status }) => status === "active");
  return { id: String(droplet.id), outputs: outputsOf(active, inputs) };
}

/**
 * Changes a droplet in place, in the plugin's order: size, name, backups, IPv6, tags. All at once, while the plugin (4.80) leaves backups and
 * IPv6 to the next run when size or name change as well.
 */
export async function updateDroplet(
  old: Instance,
  inputs: PropertyMap,
  api: DigitalOceanApi,
): Promise<PropertyMap> {
  const id = Number(old.id);
  const changed = changedKeys(old.inputs, inputs);
  const act = async (body: Json) => {
    const { action } = await api.call("POST", `/droplets/${id}/actions`, body);
    return (action as { id: number }).id;
  };
  if (changed.includes("size")) {
    await act({ type: "power_off" }).catch((error: unknown) => {
      if (!String(error).includes("Droplet is already powered off")) throw error;
    });
    await waitFor(api, id, "be off", ({ status }) => status === "off");
    try {
      const disk = inputs["resizeDisk"] !== false;
      await finish(api, await act({ type: "resize", size: inputs["size"], disk }));
    } finally {
      await act({ type: "power_on" });
      await waitFor(api, id, "become active", ({ status }) => status === "active");
    }
  }
  if (changed.includes("name")) {
    const name = inputs["name"];
    await act({ type: "rename", name });
    await waitFor(api, id, `have the name ${toText(name)}`, (droplet) => droplet.name === name);
  }
  await updateBackups(inputs, changed, async (body) => finish(api, await act(body)));
  if (changed.includes("ipv6") && inputs["ipv6"] === true) {
    await act({ type: "enable_ipv6" });
    await waitFor(api, id, "have IPv6", ({ features }) => features.includes("ipv6"));
  }
  if (changed.includes("tags")) await updateTags(api, old, inputs);
  return outputsOf(await look(api, id), inputs);
}

/** @throws {ApiProblem} with status 404 if it is gone. */
export async function readDroplet(
  id: string,
  api: DigitalOceanApi,
  inputs: PropertyMap,
): Promise<PropertyMap> {
  const { droplet } = (await api.call("GET", `/droplets/${id}`)) as { droplet: Droplet };
  return outputsOf(droplet, inputs);
}

/** Deletes a droplet and waits until it is gone. */
export async function deleteDroplet(old: Instance, api: DigitalOceanApi): Promise<void> {
  const id = Number(old.id);
  await waitFor(api, id, "be unlocked", () => true);
  if (old.inputs["gracefulShutdown"] === true) {
    await api.call("POST", `/droplets/${id}/actions`, { type: "shutdown" });
    await waitFor(api, id, "be off", ({ status }) => status === "off");
  }
  await orGone(api.call("DELETE", `/droplets/${id}`));
  await until(`Droplet ${id} to be gone`, async () => (await find(api, id)) === undefined || undefined);
}

function requestOf(inputs: PropertyMap): Json {
  const { dropletAgent, vpcUuid, userData, backupPolicy } = inputs;
  return {
    ...{ name: inputs["name"], region: inputs["region"] ?? "", size: inputs["size"] },
    ...{ image: numberOrText(inputs["image"]), ssh_keys: list(inputs["sshKeys"])?.map(numberOrText) ?? null },
    ...{ backups: inputs["backups"], ipv6: inputs["ipv6"], private_networking: false },
    monitoring: inputs["monitoring"],
    ...(userData === undefined ? {} : { user_data: userData }),
    tags: list(inputs["tags"]) ?? [],
    ...(vpcUuid === undefined ? {} : { vpc_uuid: vpcUuid }),
    ...(dropletAgent === undefined ? {} : { with_droplet_agent: dropletAgent }),
    ...(backupPolicy === undefined ? {} : { backup_policy: backupPolicy }),
  };
}

function outputsOf(droplet: Droplet, inputs: PropertyMap): PropertyMap {
  const { features, networks, size } = droplet;
  const publicAddress = (family: "v4" | "v6", type = "public") =>
    networks[family].find((network) => network.type === type)?.ip_address ?? "";
  const userData = inputs["userData"];
  return {
    ...{ name: droplet.name, dropletUrn: `do:droplet:${droplet.id}`, region: droplet.region.slug },
    ...{ size: size.slug, priceHourly: size.price_hourly, priceMonthly: size.price_monthly },
    ...{ disk: droplet.disk, vcpus: droplet.vcpus, memory: droplet.memory, status: droplet.status },
    ...{ locked: droplet.locked, createdAt: droplet.created_at, vpcUuid: droplet.vpc_uuid },
    ...{ ipv4Address: publicAddress("v4"), ipv4AddressPrivate: publicAddress("v4", "private") },
    ...{ ipv6Address: publicAddress("v6"), publicNetworking: publicAddress("v4") !== "" },
    ...{ backups: features.includes("backups"), ipv6: features.includes("ipv6") },
    privateNetworking: features.includes("private_networking"),
    ...{ monitoring: features.includes("monitoring"), volumeIds: droplet.volume_ids, tags: droplet.tags },
    // The plugin keeps no more of it than this.
    ...(userData === undefined
      ? {}
      : { userData: createHash("sha1").update(toText(userData)).digest("hex") }),
  };
}

async function updateBackups(
  inputs: PropertyMap,
  changed: string[],
  act: (body: Json) => Promise<void>,
): Promise<void> {
  const { backups, backupPolicy } = inputs;
  const policy = backupPolicy === undefined ? {} : { backup_policy: backupPolicy };
  if (changed.includes("backups")) {
    await act(backups === true ? { type: "enable_backups", ...policy } : { type: "disable_backups" });
  }
  if (changed.includes("backupPolicy") && backupPolicy !== undefined)
    await act({ type: "change_backup_policy", ...policy });
}

async function updateTags(api: DigitalOceanApi, old: Instance, inputs: PropertyMap): Promise<void> {
  const [before, after] = [list(old.inputs["tags"]) ?? [], list(inputs["tags"]) ?? []].map((tags) =>
    tags.map(toText),
  ) as [string[], string[]];
  const body = { resources: [{ resource_id: old.id, resource_type: "droplet" }] };
  for (const tag of before.filter((name) => !after.includes(name)))
    await api.call("DELETE", `/tags/${tag}/resources`, body);
  for (const tag of after.filter((name) => !before.includes(name))) {
    await api.call("POST", "/tags", { name: tag });
    await api.call("POST", `/tags/${tag}/resources`, body);
  }
}

// Waits for an unlocked droplet with something about it.
function waitFor(
  api: DigitalOceanApi,
  id: number,
  what: string,
  isThere: (droplet: Droplet) => boolean,
): Promise<Droplet> {
  return until(`Droplet ${id} to ${what}`, async () => {
    const droplet = await look(api, id);
    return !droplet.locked && isThere(droplet) ? droplet : undefined;
  });
}

async function finish(api: DigitalOceanApi, action: number): Promise<void> {
  await until(`action ${action}`, async () => {
    const answer = await api.call("GET", `/actions/${action}`);
    const { status, type, completed_at: end } = answer["action"] as Record<string, string | null>;
    if (status === "errored") throw new Error(`action ${action} (${type}) ended with an error`);
    return end === null ? undefined : true;
  });
}

async function look(api: DigitalOceanApi, id: number): Promise<Droplet> {
  const droplet = await find(api, id);
  if (!droplet) throw new Error(`Droplet ${id} is gone; somebody deleted it, or its creation failed`);
  return droplet;
}

async function find(api: DigitalOceanApi, id: number): Promise<Droplet | undefined> {
  const answer = await orGone(api.call("GET", `/droplets/${id}`));
  return answer?.["droplet"] as Droplet | undefined;
}

async function until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + secondsAtMost * 1000;
  while (performance.now() < deadline) {
    const value = await ask();
    if (value !== undefined) return value;
    await sleep(secondsBetweenLooks * 1000);
  }
  throw new Error(`waited ${secondsAtMost} s in vain for ${what}`);
}

function numberOrText(value: PropertyValue | undefined): number | string {
  const text = toText(value);
  return /^\d+$/.test(text) ? Number(text) : text;
}

function list(value: PropertyValue | undefined): PropertyValue[] | undefined {
  return Array.isArray(value) ? value : undefined;
}
