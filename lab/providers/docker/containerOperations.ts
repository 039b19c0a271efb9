import { toText, type PropertyMap, type PropertyValue } from "../../properties/values";
import { requireText, type Created, type Instance, type ProviderContext } from "../provider";
import { compact, containerRequest, memoryLimits, networkConnections, restartPolicy } from "./container";
import { orGone, withDocker, type DockerConnection } from "./remote";

/** Creates and starts a container. One that cannot be completed is removed again, so that the next attempt finds its name free. */
export async function createContainer(inputs: PropertyMap, context: ProviderContext): Promise<Created> {
  return withDocker(context.configuration, async (docker) => {
    const name = requireText(inputs, "name");
    const created = (await docker.request(
      "POST",
      `/containers/create?name=${encodeURIComponent(name)}`,
      containerRequest(inputs),
    )) as { Id: string };
    try {
      await complete(docker, created.Id, inputs);
    } catch (error) {
      await remove(docker, created.Id);
      throw new Error(`container ${name}: ${(error as Error).message}`, { cause: error });
    }
    return { id: created.Id, outputs: outputsOf(await inspect(docker, created.Id)) };
  });
}

/** Changes limits and the restart policy of a container that runs on; other inputs that update are only noted. */
export async function updateContainer(
  old: Instance,
  inputs: PropertyMap,
  context: ProviderContext,
): Promise<PropertyMap> {
  return withDocker(context.configuration, async (docker) => {
    await docker.request("POST", `/containers/${old.id}/update`, {
      ...memoryLimits(inputs),
      RestartPolicy: { Name: restartPolicy(inputs), MaximumRetryCount: 0 },
    });
    if (inputs["mustRun"] !== false) await docker.request("POST", `/containers/${old.id}/start`);
    return outputsOf(await inspect(docker, old.id));
  });
}

/** Stops a container, with `destroyGraceSeconds` of time (default 0), and removes it with its nameless volumes. */
export async function deleteContainer(old: Instance, context: ProviderContext): Promise<void> {
  await withDocker(context.configuration, async (docker) => {
    const seconds = Number(old.inputs["destroyGraceSeconds"] ?? 0);
    await orGone(docker.request("POST", `/containers/${old.id}/stop?t=${seconds}`));
    await remove(docker, old.id);
  });
}

/** A container as it is; undefined if it is gone. As with the real plugin, one that does not run but must is removed, so that the next run makes it anew. */
export async function readContainer(
  { id, inputs }: Instance,
  context: ProviderContext,
): Promise<PropertyMap | undefined> {
  return withDocker(context.configuration, async (docker) => {
    const container = await orGone(inspect(docker, id));
    if (!container) return undefined;
    if (container.State.Running || inputs["mustRun"] === false) return outputsOf(container);
    await remove(docker, id);
    return undefined;
  });
}

async function complete(docker: DockerConnection, id: string, inputs: PropertyMap): Promise<void> {
  const connections = networkConnections(inputs);
  if (connections.length > 0)
    await docker.request("POST", "/networks/bridge/disconnect", { Container: id, Force: false });
  for (const { network, endpoint } of connections) {
    const path = `/networks/${encodeURIComponent(network)}/connect`;
    await docker.request("POST", path, { Container: id, EndpointConfig: endpoint });
  }
  await docker.request("POST", `/containers/${id}/start`);
}

async function remove(docker: DockerConnection, id: string): Promise<void> {
  await orGone(docker.request("DELETE", `/containers/${encodeURIComponent(id)}?force=1&v=1`));
}

interface InspectedContainer {
  Config: { Hostname: string };
  State: { Running: boolean };
  NetworkSettings: { Bridge: string; Networks: Record<string, Record<string, PropertyValue>> | null };
}

async function inspect(docker: DockerConnection, id: string): Promise<InspectedContainer> {
  return (await docker.request("GET", `/containers/${id}/json`)) as unknown as InspectedContainer;
}

function outputsOf({ Config: config, NetworkSettings: settings }: InspectedContainer): PropertyMap {
  const networks = Object.entries(settings.Networks ?? {});
  return {
    bridge: settings.Bridge,
    hostname: toText(config.Hostname),
    networkDatas: networks.map(([networkName, network]) =>
      compact({
        networkName,
        ipAddress: network["IPAddress"],
        ipPrefixLength: network["IPPrefixLen"],
        gateway: network["Gateway"],
        globalIpv6Address: network["GlobalIPv6Address"],
        globalIpv6PrefixLength: network["GlobalIPv6PrefixLen"],
        ipv6Gateway: network["IPv6Gateway"],
        macAddress: network["MacAddress"],
      }),
    ),
  };
}
