import { refuseUnsupported } from "./provider";
import { toText, type PropertyMap, type PropertyValue } from "../values";

const mebibyte = 1024 * 1024;

/**
 * The body of Docker's "create a container" request for a container's inputs, as the provider that the real plugin bridges makes it.
 * Networks beyond the first mode are connected afterwards: see `networkConnections`.
 *
 * @throws for parts of inputs that are not supported.
 */
export function containerRequest(inputs: PropertyMap): PropertyMap {
  const ports = objects(inputs["ports"], ["internal", "external", "ip", "protocol"]);
  const portName = (port: PropertyMap) => `${number(port["internal"])}/${text(port["protocol"]) ?? "tcp"}`;
  const volumes = volumeEntries(inputs);
  const nameless = volumes.filter(
    (volume) => !volume["hostPath"] && !volume["volumeName"] && volume["containerPath"],
  );
  return compact({
    Image: inputs["image"],
    Cmd: inputs["command"],
    Entrypoint: inputs["entrypoints"],
    Env: inputs["envs"],
    User: inputs["user"],
    WorkingDir: inputs["workingDir"],
    Hostname: inputs["hostname"],
    Domainname: inputs["domainname"],
    Labels: labels(inputs["labels"]),
    Tty: inputs["tty"],
    OpenStdin: inputs["stdinOpen"],
    StopSignal: inputs["stopSignal"],
    StopTimeout: inputs["stopTimeout"],
    Healthcheck: healthcheck(inputs["healthcheck"]),
    ExposedPorts:
      ports.length > 0 ? Object.fromEntries(ports.map((port) => [portName(port), {}])) : undefined,
    Volumes:
      nameless.length > 0
        ? Object.fromEntries(nameless.map((volume) => [toText(volume["containerPath"]), {}]))
        : undefined,
    HostConfig: hostConfig(inputs, ports, portName),
  });
}

function hostConfig(
  inputs: PropertyMap,
  ports: PropertyMap[],
  portName: (port: PropertyMap) => string,
): PropertyMap {
  const [capabilities] = objects(inputs["capabilities"] && [inputs["capabilities"]], ["adds", "drops"]);
  const volumes = volumeEntries(inputs);
  const bound = volumes.filter((volume) => volume["hostPath"] ?? volume["volumeName"]);
  const bindings = ports.map((port) => [
    portName(port),
    [
      {
        HostIp: port["ip"] ?? "0.0.0.0",
        HostPort: port["external"] === undefined ? "" : String(number(port["external"])),
      },
    ],
  ]);
  return compact({
    RestartPolicy: { Name: text(inputs["restart"]) ?? "no", MaximumRetryCount: inputs["maxRetryCount"] ?? 0 },
    AutoRemove: inputs["rm"] ?? false,
    ReadonlyRootfs: inputs["readOnly"] ?? false,
    Privileged: inputs["privileged"] ?? false,
    PublishAllPorts: inputs["publishAllPorts"] ?? false,
    Init: inputs["init"] ?? false,
    Mounts: inputs["mounts"] === undefined ? undefined : mounts(inputs["mounts"]),
    Binds: bound.length > 0 ? bound.map(bind) : undefined,
    VolumesFrom: nonEmpty(
      volumes.flatMap((volume) => (volume["fromContainer"] ? [volume["fromContainer"]] : [])),
    ),
    Tmpfs: inputs["tmpfs"],
    PortBindings: bindings.length > 0 ? (Object.fromEntries(bindings) as PropertyMap) : undefined,
    ExtraHosts: nonEmpty(
      objects(inputs["hosts"], ["host", "ip"]).map((entry) => `${text(entry["host"])}:${text(entry["ip"])}`),
    ),
    Dns: inputs["dns"],
    DnsOptions: inputs["dnsOpts"],
    DnsSearch: inputs["dnsSearches"],
    NetworkMode: inputs["networkMode"] ?? "bridge",
    CapAdd: capabilities?.["adds"],
    CapDrop: capabilities?.["drops"],
    SecurityOpt: inputs["securityOpts"],
    GroupAdd: inputs["groupAdds"],
    Sysctls: inputs["sysctls"],
    Ulimits: nonEmpty(
      objects(inputs["ulimits"], ["name", "soft", "hard"]).map(({ name, soft, hard }) =>
        compact({ Name: name, Soft: soft, Hard: hard }),
      ),
    ),
    Devices: nonEmpty(objects(inputs["devices"], ["hostPath", "containerPath", "permissions"]).map(device)),
    PidMode: inputs["pidMode"],
    IpcMode: inputs["ipcMode"],
    UsernsMode: inputs["usernsMode"],
    CgroupnsMode: inputs["cgroupnsMode"],
    CgroupParent: inputs["cgroupParent"],
    Runtime: inputs["runtime"],
    LogConfig: compact({ Type: inputs["logDriver"], Config: inputs["logOpts"] }),
    StorageOpt: inputs["storageOpts"],
    ShmSize: scaled(inputs["shmSize"]),
    NanoCpus: inputs["cpus"] === undefined ? undefined : Math.round(number(inputs["cpus"]) * 1e9),
    ...resourceLimits(inputs),
  });
}

/** The limits that Docker can change while a container runs. */
export function resourceLimits(inputs: PropertyMap): PropertyMap {
  const swap = inputs["memorySwap"];
  return compact({
    Memory: scaled(inputs["memory"]),
    MemoryReservation: scaled(inputs["memoryReservation"]),
    MemorySwap: typeof swap === "number" && swap > 0 ? swap * mebibyte : swap,
    CpuShares: inputs["cpuShares"],
    CpusetCpus: inputs["cpuSet"],
  });
}

/** The networks to connect a new container to: name and the body of Docker's "connect" request without the container. */
export function networkConnections(inputs: PropertyMap): { network: string; endpoint: PropertyMap }[] {
  const known = ["name", "aliases", "ipv4Address", "ipv6Address"];
  return objects(inputs["networksAdvanced"], known).map((network) => ({
    network: text(network["name"]) ?? "",
    endpoint: compact({
      Aliases: network["aliases"],
      IPAMConfig: compact({ IPv4Address: network["ipv4Address"], IPv6Address: network["ipv6Address"] }),
    }),
  }));
}

/** `[{label, value}]` as an object. */
export function labels(value: PropertyValue | undefined): PropertyMap | undefined {
  if (value === undefined) return undefined;
  return Object.fromEntries(
    objects(value, ["label", "value"]).map((entry) => [text(entry["label"]) ?? "", entry["value"] ?? ""]),
  );
}

/** Entries of a list of objects; an entry may have the named keys only. */
export function objects(value: PropertyValue | undefined, known: readonly string[]): PropertyMap[] {
  const list = (Array.isArray(value) ? value : []) as PropertyMap[];
  for (const entry of list) refuseUnsupported("container", entry, known);
  return list;
}

/** Without what is undefined. */
export function compact(object: Record<string, PropertyValue | undefined>): PropertyMap {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as PropertyMap;
}

function mounts(value: PropertyValue): PropertyMap[] {
  const known = ["type", "source", "target", "readOnly", "bindOptions", "volumeOptions", "tmpfsOptions"];
  return objects(value, known).map((mount) => {
    const [bindOptions] = objects(mount["bindOptions"] && [mount["bindOptions"]], ["propagation"]);
    const [volumeOptions] = objects(mount["volumeOptions"] && [mount["volumeOptions"]], ["noCopy", "labels"]);
    const [tmpfsOptions] = objects(mount["tmpfsOptions"] && [mount["tmpfsOptions"]], ["mode", "sizeBytes"]);
    return compact({
      Type: mount["type"],
      Source: mount["source"] ?? "",
      Target: mount["target"],
      ReadOnly: mount["readOnly"] ?? false,
      BindOptions: bindOptions && compact({ Propagation: bindOptions["propagation"] }),
      VolumeOptions:
        volumeOptions &&
        compact({ NoCopy: volumeOptions["noCopy"], Labels: labels(volumeOptions["labels"]) }),
      TmpfsOptions:
        tmpfsOptions && compact({ SizeBytes: tmpfsOptions["sizeBytes"], Mode: tmpfsOptions["mode"] }),
    });
  });
}

function volumeEntries(inputs: PropertyMap): PropertyMap[] {
  const known = ["containerPath", "hostPath", "volumeName", "fromContainer", "readOnly", "selinuxRelabel"];
  return objects(inputs["volumes"], known);
}

function bind(volume: PropertyMap): string {
  const source = text(volume["volumeName"]) ?? text(volume["hostPath"]) ?? "";
  const flags = [volume["readOnly"] === true ? "ro" : "rw", text(volume["selinuxRelabel"])]
    .filter(Boolean)
    .join(",");
  return `${source}:${text(volume["containerPath"]) ?? ""}:${flags}`;
}

function device(entry: PropertyMap): PropertyMap {
  return compact({
    PathOnHost: entry["hostPath"],
    PathInContainer: entry["containerPath"] ?? entry["hostPath"],
    CgroupPermissions: entry["permissions"] ?? "rwm",
  });
}

function healthcheck(value: PropertyValue | undefined): PropertyMap | undefined {
  const known = ["tests", "interval", "timeout", "startPeriod", "startInterval", "retries"];
  const [check] = objects(value === undefined ? [] : [value], known);
  return (
    check &&
    compact({
      Test: check["tests"],
      Interval: nanoseconds(check["interval"]),
      Timeout: nanoseconds(check["timeout"]),
      StartPeriod: nanoseconds(check["startPeriod"]),
      StartInterval: nanoseconds(check["startInterval"]),
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

function scaled(mebibytes: PropertyValue | undefined): number | undefined {
  return mebibytes === undefined ? undefined : number(mebibytes) * mebibyte;
}

function nonEmpty(list: PropertyValue[]): PropertyValue[] | undefined {
  return list.length > 0 ? list : undefined;
}

function text(value: PropertyValue | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function number(value: PropertyValue | undefined): number {
  return Number(value);
}
