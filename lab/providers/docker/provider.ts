import { unknownMarker, type PropertyMap } from "../../properties/values";
import { diffBySchema, madeUpName, supportedInputs, type InputSchema } from "../inputSchema";
import {
  refuseUnsupported,
  type Created,
  type Instance,
  type ProviderContext,
  type ResourceProvider,
} from "../provider";
import { containerRequest, networkConnections } from "./container";
import { createContainer, deleteContainer, readContainer, updateContainer } from "./containerOperations";
import {
  createNetwork,
  createVolume,
  deleteNetwork,
  deleteVolume,
  readNetwork,
  readVolume,
} from "./networkAndVolume";
import { dockerTarget } from "./remote";
import { containerSchema, networkSchema, volumeSchema } from "./schema";

interface DockerType {
  schema: InputSchema;
  create(inputs: PropertyMap, context: ProviderContext): Promise<Created>;
  update(old: Instance, inputs: PropertyMap, context: ProviderContext): Promise<PropertyMap>;
  delete(old: Instance, context: ProviderContext): Promise<void>;
  /** Outputs as they are now; undefined if the instance is gone. */
  read(instance: Instance, context: ProviderContext): Promise<PropertyMap | undefined>;
}

const unchanged = (old: Instance) => Promise.resolve(old.outputs);

const types: Record<string, DockerType> = {
  "docker:index/container:Container": {
    ...{ schema: containerSchema, create: createContainer, update: updateContainer, delete: deleteContainer },
    read: readContainer,
  },
  "docker:index/network:Network": {
    ...{ schema: networkSchema, create: createNetwork, update: unchanged, delete: deleteNetwork },
    read: readNetwork,
  },
  "docker:index/volume:Volume": {
    ...{ schema: volumeSchema, create: createVolume, update: unchanged, delete: deleteVolume },
    read: readVolume,
  },
};

/** Containers, networks and volumes on a host that is reached as the real plugin reaches it: `ssh` and `docker system dial-stdio`. */
export const dockerProvider: ResourceProvider = {
  types: Object.keys(types),

  check(inputs, old, context) {
    const { schema } = dockerType(context.type);
    refuseUnsupported(context.type, inputs, supportedInputs(schema));
    if (context.configuration["host"] !== unknownMarker) dockerTarget(context.configuration);
    if (schema === containerSchema) {
      containerRequest(inputs);
      networkConnections(inputs);
    }
    return inputs["name"] === undefined ? { ...inputs, ...madeUpName(old, context) } : inputs;
  },

  diff: (old, inputs, context) => diffBySchema(dockerType(context.type).schema, old, inputs),
  create: (inputs, context) => dockerType(context.type).create(inputs, context),
  update: (old, inputs, context) => dockerType(context.type).update(old, inputs, context),
  delete: (old, context) => dockerType(context.type).delete(old, context),
  outputsUnknownInUpdate: () => [],

  async read(instance, context) {
    const outputs = await dockerType(context.type).read(instance, context);
    return outputs && { inputs: instance.inputs, outputs: { ...instance.outputs, ...outputs } };
  },
};

function dockerType(type: string): DockerType {
  const found = types[type];
  if (!found) throw new Error(`${type} is not a type of the docker provider`);
  return found;
}
