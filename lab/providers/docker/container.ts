import { toText, type PropertyMap, type PropertyValue } from "../../properties/values";
import { refuseUnsupported } from "../provider";

const mebibyte = 1024 * 1024;

/**
 * The body of Docker's "create a container" request for a container's inputs, as the provider that the real plugin bridges makes it.
 * Networks beyond the first mode are connected afterwards: see `networkConnections`.
 *
 * @throws for parts of inputs that are not supported.
 */
export function containerRequest(inputs: PropertyMap): PropertyMap {
  const [capabilities] = objects(inputs["capabilities"] && [inputs["capabilities"]], ["adds", "drops"]);
  return compact({
    Image: inputs["image"],
    Cmd: inputs["command"],
    Env: inputs["envs"],
    User: inputs["user"],
    Hostname: inputs["hostname"],
    Healthcheck: healthcheck(inputs["healthcheck"]),
    HostConfig: compact({
      RestartPolicy: { Name: restartPolicy(inputs), MaximumRetryCount: 0 },
      ...{ AutoRemove: false, Privileged: false, PublishAllPorts: false, Init: false, NetworkMode: "bridge" },
      ReadonlyRootfs: inputs["readOnly"] ?? false,
      Mounts: inputs["mounts"] === undefined ? undefined : mounts(inputs["mounts"]),
      CapAdd: capabilities?.["adds"],
      CapDrop: capabilities?.["drops"],
      SecurityOpt: inputs["securityOpts"],
      LogConfig: compact({ Type: inputs["logDriver"] }),
      ...memoryLimits(inputs),
    }),
  });
}

/** The limits that Docker can change while a container runs. */
export function memoryLimits(inputs: PropertyMap): PropertyMap {
  const swap = inputs["memorySwap"];
  return compact({
    Memory: inputs["memory"] === undefined ? undefined : Number(inputs["memory"]) * mebibyte,
    MemorySwap: typeof swap === "number" && swap > 0 ? swap * mebibyte : swap,
  });
}

/** Docker's name of a container's restart policy. */
export function restartPolicy(inputs: PropertyMap): string {
  return toText(inputs["restart"]) || "no";
}

/** The networks to connect a new container to: name and the body of Docker's "connect" request without the container. */
export function networkConnections(inputs: PropertyMap): { network: string; endpoint: PropertyMap }[] {
  return objects(inputs["networksAdvanced"], ["name", "aliases"]).map((network) => ({
    network: toText(network["name"]),
    endpoint: compact({ Aliases: network["aliases"] }),
  }));
}

/** Without what is undefined. */
export function compact(object: Record<string, PropertyValue | undefined>): PropertyMap {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as PropertyMap;
}

// Entries of a list of objects; an entry may have the named keys only.
function objects(value: PropertyValue | undefined, known: readonly string[]): PropertyMap[] {
  const list = (Array.isArray(value) ? value : []) as PropertyMap[];
  for (const entry of list) refuseUnsupported("container", entry, known);
  return list;
}

function mounts(value: PropertyValue): PropertyMap[] {
  return objects(value, ["type", "source", "target", "readOnly"]).map((mount) =>
    compact({
      Type: mount["type"],
      Source: mount["source"] ?? "",
      Target: mount["target"],
      ReadOnly: mount["readOnly"] ?? false,
    }),
  );
}

function healthcheck(value: PropertyValue | undefined): PropertyMap | undefined {
  const known = ["tests", "interval", "timeout", "startPeriod", "retries"];
  const [check] = objects(value === undefined ? [] : [value], known);
  return (
    check &&
    compact({
      Test: check["tests"],
      Interval: nanoseconds(check["interval"]),
      Timeout: nanoseconds(check["timeout"]),
      StartPeriod: nanoseconds(check["startPeriod"]),
      Retries: check["retries"],
    })
  );
}

const units: Record<string, number> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

// Durations in Go's form: "1m30s".
function nanoseconds(value: PropertyValue | undefined): number | undefined {
  if (value === undefined) return undefined;
  const parts = [...toText(value).matchAll(/(\d+(?:\.\d+)?)(ns|us|ms|s|m|h)/g)];
  if (parts.map(([part]) => part).join("") !== value) {
    throw new Error(
      `healthcheck: ${JSON.stringify(value)} is not a duration; write for example "10s" or "1m30s"`,
    );
  }
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (units[unit ?? ""] ?? 0), 0);
}
