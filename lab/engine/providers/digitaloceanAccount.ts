import { setTimeout as sleep } from "node:timers/promises";
import { toText, type PropertyMap, type PropertyValue } from "../values";
import { ApiProblem, type DigitalOceanApi } from "./digitaloceanApi";
import type { Created, Instance } from "./provider";

type Fields = Record<string, PropertyValue>;

export async function createKey(inputs: PropertyMap, api: DigitalOceanApi): Promise<Created> {
  const request = { name: inputs["name"], public_key: inputs["publicKey"] };
  const { ssh_key: key } = (await api.call("POST", "/account/keys", request)) as { ssh_key: Fields };
  const id = toText(key["id"]);
  return { id, outputs: await readKey(api, id) };
}

export async function updateKey(
  { id }: Instance,
  inputs: PropertyMap,
  api: DigitalOceanApi,
): Promise<PropertyMap> {
  await api.call("PUT", `/account/keys/${id}`, { name: inputs["name"] });
  return readKey(api, id);
}

async function readKey(api: DigitalOceanApi, id: string): Promise<PropertyMap> {
  const { ssh_key: key } = (await api.call("GET", `/account/keys/${id}`)) as { ssh_key: Fields };
  const { name = "", fingerprint = "", public_key: publicKey = "" } = key;
  return { name, fingerprint, publicKey };
}

export async function createTag(inputs: PropertyMap, api: DigitalOceanApi): Promise<Created> {
  const { tag } = (await api.call("POST", "/tags", { name: inputs["name"] })) as { tag: { name: string } };
  const answer = (await api.call("GET", `/tags/${tag.name}`)) as {
    tag: { resources: Record<string, { count: number }> & { count: number } };
  };
  const { resources } = answer.tag;
  const count = (kind: string) => resources[kind]?.count ?? 0;
  return {
    id: tag.name,
    outputs: {
      ...{ name: tag.name, totalResourceCount: resources.count, dropletsCount: count("droplets") },
      ...{ imagesCount: count("images"), volumesCount: count("volumes") },
      ...{ volumeSnapshotsCount: count("volume_snapshots"), databasesCount: count("databases") },
    },
  };
}

export async function createVpc(inputs: PropertyMap, api: DigitalOceanApi): Promise<Created> {
  const { name, region, description, ipRange } = inputs;
  const request = {
    ...{ name, region },
    ...(description === undefined ? {} : { description }),
    ...(ipRange === undefined ? {} : { ip_range: ipRange }),
  };
  const { vpc } = (await api.call("POST", "/vpcs", request)) as { vpc: { id: string } };
  return { id: vpc.id, outputs: await readVpc(api, vpc.id) };
}

export async function updateVpc(
  { id, outputs }: Instance,
  { name, description }: PropertyMap,
  api: DigitalOceanApi,
): Promise<PropertyMap> {
  const described = description === undefined ? {} : { description };
  await api.call("PUT", `/vpcs/${id}`, { name, ...described, default: outputs["default"] });
  return readVpc(api, id);
}

/** Deletes a VPC; one that still has members is tried again, since those may be on their way out. */
export async function deleteVpc({ id }: Instance, api: DigitalOceanApi): Promise<void> {
  const deadline = performance.now() + 120_000;
  while (true) {
    try {
      return void (await api.call("DELETE", `/vpcs/${id}`));
    } catch (error) {
      const hasMembers = error instanceof ApiProblem && [403, 409].includes(error.status);
      if (!hasMembers || performance.now() > deadline) throw error;
    }
    await sleep(1000);
  }
}

async function readVpc(api: DigitalOceanApi, id: string): Promise<PropertyMap> {
  const { vpc } = (await api.call("GET", `/vpcs/${id}`)) as { vpc: Fields };
  const { name = "", region = "", description = "", ip_range: ipRange = "", urn = "" } = vpc;
  // In the words of Go, which the plugin is written in.
  const createdAt = toText(vpc["created_at"]).replace(/^(.+)T(.+)Z$/, "$1 $2 +0000 UTC");
  return { name, region, description, ipRange, vpcUrn: urn, default: vpc["default"] ?? false, createdAt };
}
