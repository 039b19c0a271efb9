import { dockerTarget } from "../dockerRemote";
import { unknownMarker, type PropertyMap } from "../values";
import { createContainer, deleteContainer, updateContainer } from "./dockerContainerOperations";
import { createImage, deleteImage, updateImage } from "./dockerImage";
import { createNetwork, createVolume, deleteNetwork, deleteVolume } from "./dockerNetworkAndVolume";
import { containerSchema, imageSchema, networkSchema, volumeSchema } from "./dockerSchema";
import { diffBySchema, madeUpName, supportedInputs, type InputSchema } from "./inputSchema";
import { containerRequest, networkConnections } from "./dockerContainer";
import {
  refuseUnsupported,
  requireText,
  type Created,
  type Instance,
  type ProviderContext,
  type ResourceProvider,
} from "./provider";

interface DockerType {
  schema: InputSchema;
  create(inputs: PropertyMap, context: ProviderContext): Promise<Created>;
  update(old: Instance, inputs: PropertyMap, context: ProviderContext): Promise<PropertyMap>;
  delete(old: Instance, context: ProviderContext): Promise<void>;
}

const unchanged = (old: Instance) => Promise.resolve(old.outputs);

const types: Record<string, DockerType> = {
  "docker:index/container:Container": {
    ...{ schema: containerSchema, create: createContainer, update: updateContainer, delete: deleteContainer },
  },
  "docker:index/network:Network": {
    ...{ schema: networkSchema, create: createNetwork, update: unchanged, delete: deleteNetwork },
  },
  "docker:index/volume:Volume": {
    ...{ schema: volumeSchema, create: createVolume, update: unchanged, delete: deleteVolume },
  },
  "docker:index/remoteImage:RemoteImage": {
    ...{ schema: imageSchema, create: createImage, update: updateImage, delete: deleteImage },
  },
};

/** Containers, networks, volumes and images on a machine that is reached as the real plugin reaches it: `ssh` and `docker system dial-stdio`. */
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
    if (!schema.autonamed) requireText(inputs, "name");
    return inputs["name"] === undefined ? { ...inputs, ...madeUpName(old, context) } : inputs;
  },

  diff: (old, inputs, context) => diffBySchema(dockerType(context.type).schema, old, inputs),
  create: (inputs, context) => dockerType(context.type).create(inputs, context),
  update: (old, inputs, context) => dockerType(context.type).update(old, inputs, context),
  delete: (old, context) => dockerType(context.type).delete(old, context),
  outputsUnknownInUpdate: () => [],
};

function dockerType(type: string): DockerType {
  const found = types[type];
  if (!found) throw new Error(`${type} is not a type of the docker provider`);
  return found;
}
