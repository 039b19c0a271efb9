import type { PropertyMap } from "../values";
import { compact, labels, objects } from "./dockerContainer";
import { unlessGone, withDocker } from "./dockerContainerOperations";
import { requireText, type Created, type Instance, type ProviderContext } from "./provider";

/** Creates a network; what a killed attempt left behind is removed first. */
export async function createNetwork(inputs: PropertyMap, context: ProviderContext): Promise<Created> {
  return withDocker(context, async (docker) => {
    const name = requireText(inputs, "name");
    if (context.interrupted)
      await unlessGone(() => docker.request("DELETE", `/networks/${encodeURIComponent(name)}`));
    const known = ["subnet", "ipRange", "gateway", "auxAddress"];
    const pools = objects(inputs["ipamConfigs"], known).map((pool) =>
      compact({
        Subnet: pool["subnet"],
        IPRange: pool["ipRange"],
        Gateway: pool["gateway"],
        AuxiliaryAddresses: pool["auxAddress"],
      }),
    );
    const created = (await docker.request(
      "POST",
      "/networks/create",
      compact({
        Name: name,
        CheckDuplicate: true,
        Driver: inputs["driver"],
        Internal: inputs["internal"],
        Attachable: inputs["attachable"],
        EnableIPv6: inputs["ipv6"],
        Labels: labels(inputs["labels"]),
        Options: inputs["options"],
        IPAM: compact({
          Driver: inputs["ipamDriver"] ?? "default",
          Options: inputs["ipamOptions"],
          Config: pools,
        }),
      }),
    )) as { Id: string };
    const network = (await docker.request("GET", `/networks/${created.Id}`)) as PropertyMap;
    return {
      id: created.Id,
      outputs: compact({ driver: network["Driver"], internal: network["Internal"], scope: network["Scope"] }),
    };
  });
}

export async function deleteNetwork(old: Instance, context: ProviderContext): Promise<void> {
  await withDocker(context, (docker) => unlessGone(() => docker.request("DELETE", `/networks/${old.id}`)));
}

/** Creates a volume, or takes one of the same name as it is: Docker knows no difference. */
export async function createVolume(inputs: PropertyMap, context: ProviderContext): Promise<Created> {
  return withDocker(context, async (docker) => {
    const volume = (await docker.request(
      "POST",
      "/volumes/create",
      compact({
        Name: inputs["name"],
        Driver: inputs["driver"],
        DriverOpts: inputs["driverOpts"],
        Labels: labels(inputs["labels"]),
      }),
    )) as { Name: string; Driver: string; Mountpoint: string };
    return { id: volume.Name, outputs: { driver: volume.Driver, mountpoint: volume.Mountpoint } };
  });
}

export async function deleteVolume(old: Instance, context: ProviderContext): Promise<void> {
  await withDocker(context, (docker) =>
    unlessGone(() => docker.request("DELETE", `/volumes/${encodeURIComponent(old.id)}`)),
  );
}
