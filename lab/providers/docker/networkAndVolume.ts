import type { PropertyMap } from "../../properties/values";
import { requireText, type Created, type Instance, type ProviderContext } from "../provider";
import { compact } from "./container";
import { orGone, withDocker, type DockerConnection } from "./remote";

export async function createNetwork(inputs: PropertyMap, context: ProviderContext): Promise<Created> {
  return withDocker(context.configuration, async (docker) => {
    const created = (await docker.request(
      "POST",
      "/networks/create",
      compact({
        Name: requireText(inputs, "name"),
        CheckDuplicate: true,
        Driver: inputs["driver"],
        Internal: inputs["internal"],
        Options: inputs["options"],
        IPAM: { Driver: "default", Config: [] },
      }),
    )) as { Id: string };
    return { id: created.Id, outputs: await inspectNetwork(docker, created.Id) };
  });
}

export async function deleteNetwork(old: Instance, { configuration }: ProviderContext): Promise<void> {
  await withDocker(configuration, (docker) => orGone(docker.request("DELETE", `/networks/${old.id}`)));
}

/** Undefined if it is gone. */
export function readNetwork(
  { id }: Instance,
  { configuration }: ProviderContext,
): Promise<PropertyMap | undefined> {
  return withDocker(configuration, (docker) => orGone(inspectNetwork(docker, id)));
}

/** Creates a volume, or takes one of the same name as it is: Docker knows no difference. */
export async function createVolume(inputs: PropertyMap, context: ProviderContext): Promise<Created> {
  return withDocker(context.configuration, async (docker) => {
    const body = compact({ Name: inputs["name"], Driver: inputs["driver"] });
    const volume = (await docker.request("POST", "/volumes/create", body)) as unknown as InspectedVolume;
    return { id: volume.Name, outputs: volumeOutputs(volume) };
  });
}

export async function deleteVolume(old: Instance, { configuration }: ProviderContext): Promise<void> {
  await withDocker(configuration, (docker) =>
    orGone(docker.request("DELETE", `/volumes/${encodeURIComponent(old.id)}`)),
  );
}

/** Undefined if it is gone. */
export function readVolume(
  { id }: Instance,
  { configuration }: ProviderContext,
): Promise<PropertyMap | undefined> {
  return withDocker(configuration, async (docker) => {
    const volume = await orGone(docker.request("GET", `/volumes/${encodeURIComponent(id)}`));
    return volume === undefined ? undefined : volumeOutputs(volume as unknown as InspectedVolume);
  });
}

async function inspectNetwork(docker: DockerConnection, id: string): Promise<PropertyMap> {
  const network = (await docker.request("GET", `/networks/${id}`)) as PropertyMap;
  return compact({ driver: network["Driver"], internal: network["Internal"], scope: network["Scope"] });
}

interface InspectedVolume {
  Name: string;
  Driver: string;
  Mountpoint: string;
}

function volumeOutputs({ Driver: driver, Mountpoint: mountpoint }: InspectedVolume): PropertyMap {
  return { driver, mountpoint };
}
