import { changedKeys } from "../plan";
import { canonicalJson, equalValues, type PropertyMap, type PropertyValue } from "../values";
import type { Instance, ProviderDiff } from "./provider";

/** How the inputs of one type behave, after the schema of the provider that the real plugin bridges. */
export interface InputSchema {
  /** Inputs whose change needs a new instance. */
  replacing: readonly string[];
  /** Inputs that change in place. */
  updating: readonly string[];
  /** Lists whose order means nothing. */
  sets: readonly string[];
  /** Inputs that keep their old value when they are taken away, since Docker fills them in. */
  computed: readonly string[];
  /** Whether the old instance always goes first. */
  deleteBeforeReplace: boolean;
  /** Whether a name that the program leaves open is made up. If the program gives one, the old instance goes first. */
  autonamed: boolean;
}

/** All inputs of a type. */
export function supportedInputs(schema: InputSchema): string[] {
  return [...schema.replacing, ...schema.updating];
}

/** What changed inputs mean. */
export function diffBySchema(schema: InputSchema, old: Instance, inputs: PropertyMap): ProviderDiff {
  const normalize = (properties: PropertyMap) => sortSets(properties, schema.sets);
  const changed = changedKeys(normalize(old.inputs), normalize(inputs)).filter(
    (key) => !(inputs[key] === undefined && schema.computed.includes(key)),
  );
  const replace = changed.filter((key) => schema.replacing.includes(key));
  return {
    changed,
    replace,
    deleteBeforeReplace: schema.deleteBeforeReplace || (schema.autonamed && !isNameMadeUp(inputs)),
  };
}

/** Whether a resource's name was made up, not given by the program. */
export function isNameMadeUp(inputs: PropertyMap): boolean {
  return equalValues(inputs["__defaults"], ["name"]);
}

function sortSets(properties: PropertyMap, sets: readonly string[]): PropertyMap {
  return Object.fromEntries(
    Object.entries(properties).map(([key, value]) => [key, sets.includes(key) ? sortDeep(value) : value]),
  );
}

function sortDeep(value: PropertyValue): PropertyValue {
  if (Array.isArray(value))
    return value.map(sortDeep).sort((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, sortDeep(part)]));
}

/** Of a container; `uploads` and the like are content of the container, so they replace it. */
export const containerSchema: InputSchema = {
  replacing: [
    ...[
      "name",
      "image",
      "command",
      "entrypoints",
      "envs",
      "user",
      "workingDir",
      "hostname",
      "domainname",
      "labels",
    ],
    ...["mounts", "volumes", "uploads", "ports", "hosts", "dns", "dnsOpts", "dnsSearches", "networkMode"],
    ...[
      "networksAdvanced",
      "readOnly",
      "capabilities",
      "securityOpts",
      "privileged",
      "groupAdds",
      "sysctls",
      "ulimits",
    ],
    ...[
      "pidMode",
      "ipcMode",
      "usernsMode",
      "cgroupnsMode",
      "runtime",
      "logDriver",
      "logOpts",
      "shmSize",
      "cpus",
    ],
    ...[
      "stopSignal",
      "stopTimeout",
      "tty",
      "stdinOpen",
      "devices",
      "publishAllPorts",
      "storageOpts",
      "cgroupParent",
    ],
  ],
  updating: [
    ...[
      "restart",
      "maxRetryCount",
      "memory",
      "memoryReservation",
      "memorySwap",
      "cpuShares",
      "cpuSet",
      "mustRun",
    ],
    ...[
      "start",
      "wait",
      "waitTimeout",
      "rm",
      "removeVolumes",
      "destroyGraceSeconds",
      "init",
      "healthcheck",
      "tmpfs",
    ],
    ...["containerReadRefreshTimeoutMilliseconds"],
  ],
  sets: [
    ...[
      "envs",
      "labels",
      "mounts",
      "volumes",
      "uploads",
      "hosts",
      "dns",
      "dnsOpts",
      "dnsSearches",
      "networksAdvanced",
    ],
    ...["capabilities", "securityOpts", "groupAdds", "ulimits", "devices"],
  ],
  computed: [
    ...[
      "command",
      "entrypoints",
      "envs",
      "hostname",
      "labels",
      "securityOpts",
      "runtime",
      "stopSignal",
      "stopTimeout",
    ],
    ...["logDriver", "shmSize", "ipcMode", "init", "healthcheck"],
  ],
  deleteBeforeReplace: true,
  autonamed: true,
};

export const networkSchema: InputSchema = {
  replacing: [
    ...[
      "name",
      "driver",
      "internal",
      "attachable",
      "ipv6",
      "labels",
      "options",
      "ipamDriver",
      "ipamOptions",
      "ipamConfigs",
    ],
  ],
  updating: [],
  sets: ["labels", "ipamConfigs"],
  computed: ["driver", "internal", "options", "ipamConfigs"],
  deleteBeforeReplace: false,
  autonamed: true,
};

export const volumeSchema: InputSchema = {
  replacing: ["name", "driver", "driverOpts", "labels"],
  updating: [],
  sets: ["labels"],
  computed: ["driver"],
  deleteBeforeReplace: false,
  autonamed: true,
};

export const imageSchema: InputSchema = {
  replacing: ["name", "build", "triggers", "pullTriggers", "platform"],
  updating: ["keepLocally", "forceRemove"],
  sets: ["pullTriggers"],
  computed: [],
  deleteBeforeReplace: false,
  autonamed: false,
};
