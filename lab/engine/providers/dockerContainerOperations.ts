import { setTimeout as sleep } from "node:timers/promises";
import { Readable } from "node:stream";
import { DockerConnection, DockerError, dockerTarget } from "../dockerRemote";
import { tarOfFiles, type TarFile } from "../tar";
import { toText, type PropertyMap, type PropertyValue } from "../values";
import { compact, containerRequest, networkConnections, objects, resourceLimits } from "./dockerContainer";
import { requireText, type Created, type Instance, type ProviderContext } from "./provider";

/**
 * Creates and starts a container. A container that cannot be completed is removed again, so that the next attempt finds its name free;
 * what an earlier, killed attempt left behind is removed first.
 */
export async function createContainer(inputs: PropertyMap, context: ProviderContext): Promise<Created> {
  return withDocker(context, async (docker) => {
    const name = requireText(inputs, "name");
    if (context.interrupted) await remove(docker, name, true);
    const created = (await docker.request(
      "POST",
      `/containers/create?name=${encodeURIComponent(name)}`,
      containerRequest(inputs),
    )) as { Id: string };
    try {
      await complete(docker, created.Id, inputs);
    } catch (error) {
      const logs = await lastLogs(docker, created.Id);
      await remove(docker, created.Id, true);
      throw new Error(
        `container ${name}: ${(error as Error).message}${logs && `; its last output was:\n${logs}`}`,
        { cause: error },
      );
    }
    return { id: created.Id, outputs: await readContainer(docker, created.Id) };
  });
}

/** Changes limits and the restart policy of a container that runs on; other inputs that update are only noted. */
export async function updateContainer(
  old: Instance,
  inputs: PropertyMap,
  context: ProviderContext,
): Promise<PropertyMap> {
  return withDocker(context, async (docker) => {
    await docker.request("POST", `/containers/${old.id}/update`, {
      ...resourceLimits(inputs),
      RestartPolicy: { Name: inputs["restart"] ?? "no", MaximumRetryCount: inputs["maxRetryCount"] ?? 0 },
    });
    if (inputs["mustRun"] !== false && inputs["start"] !== false)
      await docker.request("POST", `/containers/${old.id}/start`);
    return readContainer(docker, old.id);
  });
}

/** Stops a container, with `destroyGraceSeconds` of time (default 0), and removes it with its nameless volumes. */
export async function deleteContainer(old: Instance, context: ProviderContext): Promise<void> {
  await withDocker(context, async (docker) => {
    const seconds = Number(old.inputs["destroyGraceSeconds"] ?? 0);
    await unlessGone(() => docker.request("POST", `/containers/${old.id}/stop?t=${seconds}`));
    await remove(docker, old.id, old.inputs["removeVolumes"] !== false);
  });
}

/** Opens a connection to the daemon of a resource for the length of a task. */
export async function withDocker<T>(
  context: ProviderContext,
  task: (docker: DockerConnection) => Promise<T>,
): Promise<T> {
  const docker = new DockerConnection(dockerTarget(context.configuration));
  try {
    return await task(docker);
  } finally {
    docker.close();
  }
}

/** Runs a request for something that may not exist any more. */
export async function unlessGone(task: () => Promise<unknown>): Promise<void> {
  try {
    await task();
  } catch (error) {
    if (!(error instanceof DockerError && error.status === 404)) throw error;
  }
}

async function complete(docker: DockerConnection, id: string, inputs: PropertyMap): Promise<void> {
  const connections = networkConnections(inputs);
  if (connections.length > 0 && (inputs["networkMode"] ?? "bridge") === "bridge") {
    await docker.request("POST", "/networks/bridge/disconnect", { Container: id, Force: false });
  }
  for (const { network, endpoint } of connections) {
    const path = `/networks/${encodeURIComponent(network)}/connect`;
    await docker.request("POST", path, { Container: id, EndpointConfig: endpoint });
  }
  const uploads = objects(inputs["uploads"], [
    "file",
    "content",
    "contentBase64",
    "executable",
    "permissions",
  ]);
  if (uploads.length > 0) {
    const archive = Readable.from([tarOfFiles(uploads.map(uploadedFile))]);
    await docker.request("PUT", `/containers/${id}/archive?path=/`, archive, "application/x-tar");
  }
  if (inputs["start"] === false) return;
  await docker.request("POST", `/containers/${id}/start`);
  if (inputs["wait"] === true) await waitUntilHealthy(docker, id, Number(inputs["waitTimeout"] ?? 60));
}

function uploadedFile(upload: PropertyMap): TarFile {
  const content = upload["contentBase64"]
    ? Buffer.from(toText(upload["contentBase64"]), "base64")
    : Buffer.from(toText(upload["content"]));
  const mode = upload["permissions"]
    ? parseInt(toText(upload["permissions"]), 8)
    : upload["executable"]
      ? 0o744
      : 0o644;
  return { path: toText(upload["file"]).replace(/^\/+/, ""), content, mode };
}

async function waitUntilHealthy(docker: DockerConnection, id: string, seconds: number): Promise<void> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const { State } = (await docker.request("GET", `/containers/${id}/json`)) as {
      State: { Health?: { Status: string }; Running: boolean };
    };
    if (!State.Health) throw new Error("wait is set, but there is no healthcheck; add one or take wait away");
    if (State.Health.Status === "healthy") return;
    if (Date.now() >= end) throw new Error(`not healthy after ${seconds} s (waitTimeout)`);
    await sleep(1000);
  }
}

async function lastLogs(docker: DockerConnection, id: string): Promise<string> {
  try {
    const logs = await docker.request("GET", `/containers/${id}/logs?stdout=1&stderr=1&tail=20`);
    return typeof logs === "string" ? withoutStreamHeaders(logs) : "";
  } catch {
    return "";
  }
}

// Without a terminal every piece of output comes after 8 bytes: its stream (0 to 2), three zeros, its length.
function withoutStreamHeaders(logs: string): string {
  const header = new RegExp(String.raw`[\0-\x02]\0{3}[^]{4}`, "g");
  return logs.replace(header, "").trim();
}

async function remove(docker: DockerConnection, id: string, volumes: boolean): Promise<void> {
  await unlessGone(() =>
    docker.request("DELETE", `/containers/${encodeURIComponent(id)}?force=1&v=${volumes ? 1 : 0}`),
  );
}

interface ContainerAnswer {
  Config: { Hostname: string; Image: string };
  NetworkSettings: { Bridge: string; Networks: Record<string, Record<string, PropertyValue>> | null };
}

async function readContainer(docker: DockerConnection, id: string): Promise<PropertyMap> {
  const answer = (await docker.request("GET", `/containers/${id}/json`)) as unknown as ContainerAnswer;
  const networks = Object.entries(answer.NetworkSettings.Networks ?? {});
  return {
    bridge: answer.NetworkSettings.Bridge,
    hostname: answer.Config.Hostname,
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
