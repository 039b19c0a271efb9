import { toText, unknownMarker, type PropertyMap } from "../../properties/values";
import { createKey, readKey, updateKey } from "./key";
import { DigitalOceanApi, orGone } from "./api";
import { createDroplet, deleteDroplet, readDroplet, updateDroplet } from "./droplet";
import { checkFirewall, createFirewall, readFirewall, updateFirewall } from "./firewall";
import { diffBySchema, madeUpName, supportedInputs, type InputSchema } from "../inputSchema";
import {
  refuseUnsupported,
  requireText,
  type Created,
  type Instance,
  type ResourceProvider,
} from "../provider";

interface DigitalOceanType {
  schema: InputSchema;
  /** Inputs that must be there, all of them texts. */
  required: readonly string[];
  /** What inputs are that the program leaves out. */
  defaults?: PropertyMap;
  check?: (inputs: PropertyMap) => void;
  create(inputs: PropertyMap, api: DigitalOceanApi): Promise<Created>;
  update(old: Instance, inputs: PropertyMap, api: DigitalOceanApi): Promise<PropertyMap>;
  delete(old: Instance, api: DigitalOceanApi): Promise<void>;
  /** Outputs as they are now. */
  read(id: string, api: DigitalOceanApi, inputs: PropertyMap): Promise<PropertyMap>;
}

const named = { sets: [], computed: [], deleteBeforeReplace: false, autonamed: true };
const deleteAt = (path: string) => async (old: Instance, api: DigitalOceanApi) =>
  void (await api.call("DELETE", `${path}/${old.id}`));

const keyType: DigitalOceanType = {
  schema: { ...named, replacing: ["publicKey"], updating: ["name"] },
  ...{ required: ["publicKey"], create: createKey, update: updateKey, delete: deleteAt("/account/keys") },
  read: readKey,
};

const dropletType: DigitalOceanType = {
  schema: {
    ...named,
    replacing: ["image", "region", "sshKeys", "userData", "monitoring", "dropletAgent", "vpcUuid"],
    updating: [
      ...["name", "size", "backups", "backupPolicy", "ipv6", "tags", "resizeDisk", "gracefulShutdown"],
    ],
    ...{ sets: ["sshKeys", "tags"], computed: ["region", "vpcUuid"] },
  },
  required: ["image", "size"],
  defaults: { backups: false, gracefulShutdown: false, ipv6: false, monitoring: false, resizeDisk: true },
  check({ backups, backupPolicy }) {
    if (backupPolicy !== undefined && backups !== true && backups !== unknownMarker)
      throw new Error("backupPolicy can only be set when backups are enabled");
  },
  ...{ create: createDroplet, update: updateDroplet, delete: deleteDroplet, read: readDroplet },
};

const firewallType: DigitalOceanType = {
  schema: {
    ...{ ...named, replacing: [] },
    updating: ["name", "dropletIds", "inboundRules", "outboundRules", "tags"],
    sets: ["dropletIds", "inboundRules", "outboundRules", "tags"],
  },
  ...{ required: [], check: checkFirewall },
  ...{ create: createFirewall, update: updateFirewall, delete: deleteAt("/firewalls") },
  read: readFirewall,
};

const types: Record<string, DigitalOceanType> = {
  "digitalocean:index/sshKey:SshKey": keyType,
  "digitalocean:index/droplet:Droplet": dropletType,
  "digitalocean:index/firewall:Firewall": firewallType,
};

/** Droplets and what belongs to them, by the HTTP API of the simulated cloud, as the real plugin works with the real one. */
export const digitaloceanProvider: ResourceProvider = {
  types: Object.keys(types),

  check(inputs, old, context) {
    const { schema, required, defaults, check } = typeOf(context.type);
    refuseUnsupported(context.type, inputs, supportedInputs(schema));
    for (const key of required) requireText(inputs, key);
    for (const tag of Array.isArray(inputs["tags"]) ? inputs["tags"] : []) checkTag(toText(tag));
    check?.(inputs);
    if (!Object.values(context.configuration).includes(unknownMarker)) apiOf(context.configuration);
    return { ...defaults, ...inputs, ...(inputs["name"] === undefined ? madeUpName(old, context) : {}) };
  },

  diff(old, inputs, context) {
    const { schema } = typeOf(context.type);
    const diff = diffBySchema(schema, withoutMargins(old), withoutMargins({ ...old, inputs }).inputs);
    // IPv6 can be taken from no droplet.
    const losesIpv6 = diff.changed.includes("ipv6") && old.inputs["ipv6"] === true;
    return losesIpv6 ? { ...diff, replace: [...diff.replace, "ipv6"] } : diff;
  },

  create: (inputs, context) => typeOf(context.type).create(inputs, apiOf(context.configuration)),
  update: (old, inputs, context) => typeOf(context.type).update(old, inputs, apiOf(context.configuration)),
  delete: (old, context) => typeOf(context.type).delete(old, apiOf(context.configuration)),

  async read({ id, inputs, outputs }, context) {
    const found = await orGone(typeOf(context.type).read(id, apiOf(context.configuration), inputs));
    return found && { inputs: refreshed(inputs, found), outputs: { ...outputs, ...found } };
  },

  outputsUnknownInUpdate: (old, inputs) =>
    inputs["ipv6"] === true && old.inputs["ipv6"] === false ? ["ipv6Address"] : [],
};

function typeOf(type: string): DigitalOceanType {
  const found = types[type];
  if (!found) throw new Error(`${type} is not a type of the digitalocean provider`);
  return found;
}

function apiOf(configuration: PropertyMap): DigitalOceanApi {
  return new DigitalOceanApi(configuration);
}

function checkTag(tag: string): void {
  if (tag === unknownMarker || /^[a-zA-Z0-9:\-_]{1,255}$/.test(tag)) return;
  throw new Error(
    `tag "${tag}" is not allowed; up to 255 letters, digits, colons, dashes and underscores are`,
  );
}

// A public key is the same with and without its end of line.
function withoutMargins(instance: Instance): Instance {
  const { publicKey } = instance.inputs;
  if (typeof publicKey !== "string") return instance;
  return { ...instance, inputs: { ...instance.inputs, publicKey: publicKey.trim() } };
}

// Inputs that the API tells the present value of take it, so that a refresh shows what somebody else has changed.
function refreshed(inputs: PropertyMap, outputs: PropertyMap): PropertyMap {
  const told = ["name", "size", "tags", "backups", "ipv6", "monitoring"];
  const entries = Object.entries(inputs).map(([key, value]) => [
    key,
    told.includes(key) ? (outputs[key] ?? value) : value,
  ]);
  return Object.fromEntries(entries) as PropertyMap;
}
