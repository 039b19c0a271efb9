import { toText, type PropertyMap, type PropertyValue } from "../../properties/values";
import type { Created, Instance } from "../provider";
import type { DigitalOceanApi } from "./api";

export async function createKey(inputs: PropertyMap, api: DigitalOceanApi): Promise<Created> {
  const request = { name: inputs["name"], public_key: inputs["publicKey"] };
  const { ssh_key: key } = (await api.call("POST", "/account/keys", request)) as { ssh_key: Fields };
  const id = toText(key["id"]);
  return { id, outputs: await readKey(id, api) };
}

export async function updateKey(
  { id }: Instance,
  inputs: PropertyMap,
  api: DigitalOceanApi,
): Promise<PropertyMap> {
  await api.call("PUT", `/account/keys/${id}`, { name: inputs["name"] });
  return readKey(id, api);
}

/** @throws {ApiProblem} with status 404 if it is gone. */
export async function readKey(id: string, api: DigitalOceanApi): Promise<PropertyMap> {
  const { ssh_key: key } = (await api.call("GET", `/account/keys/${id}`)) as { ssh_key: Fields };
  const { name = "", fingerprint = "", public_key: publicKey = "" } = key;
  return { name, fingerprint, publicKey };
}

type Fields = Record<string, PropertyValue>;
