import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import {
  CheckFailure,
  CheckResponse,
  ConfigureResponse,
  CreateResponse,
  DiffResponse,
  PropertyDiff,
  ReadResponse,
  UpdateResponse,
  type CheckRequest,
  type ConfigureRequest,
  type CreateRequest,
  type DeleteRequest,
  type DiffRequest,
  type ReadRequest,
  type UpdateRequest,
} from "@pulumi/pulumi/proto/provider_pb";
import { changedKeys, diffProperties, matchesPath } from "../properties/diff";
import { revealAll, type PropertyMap } from "../properties/values";
import { assembleOutputs, plannedOutputs, plannedUpdate } from "./outputs";
import type { Instance, ProviderContext, ProviderDiff, ResourceProvider } from "./provider";

/** Milliseconds by which the clock of the lab's plugins is ahead; for tests of what time brings. */
export const clockVariable = "HA_MONITORING_LAB_CLOCK_AHEAD";

/**
 * The calls of Pulumi's provider protocol, answered by one of the lab's providers. Secrets are not accepted: the engine takes their
 * markers off, and marks the outputs that stem from a secret input of the same name.
 */
export class ProviderCalls {
  private configuration: PropertyMap = {};

  constructor(private readonly provider: ResourceProvider) {}

  readonly checkConfig = (request: CheckRequest): CheckResponse =>
    new CheckResponse().setInputs(request.getNews());

  readonly diffConfig = (request: DiffRequest): DiffResponse => {
    const [old, next] = [
      properties(request.getOldInputs() ?? request.getOlds()),
      properties(request.getNews()),
    ];
    return diffResponse(old, next, {
      changed: changedKeys(old, next),
      replace: [],
      deleteBeforeReplace: false,
    });
  };

  readonly configure = (request: ConfigureRequest): ConfigureResponse => {
    this.configuration = properties(request.getArgs());
    return new ConfigureResponse().setAcceptsecrets(false).setSupportspreview(true);
  };

  readonly check = (request: CheckRequest): CheckResponse => {
    const olds = request.getOlds();
    try {
      const old = olds && properties(olds);
      const inputs = this.provider.check(properties(request.getNews()), old, this.contextOf(request));
      return new CheckResponse().setInputs(struct(inputs));
    } catch (error) {
      return new CheckResponse().setFailuresList([new CheckFailure().setReason((error as Error).message)]);
    }
  };

  readonly diff = (request: DiffRequest): DiffResponse => {
    const inputs = properties(request.getNews());
    const old = instance(request, request.getOlds());
    const ignored = request.getIgnorechangesList();
    const diff = this.provider.diff(old, inputs, this.contextOf(request));
    const counts = (key: string) => !matchesPath(key, ignored);
    return diffResponse(old.inputs, inputs, {
      ...diff,
      changed: diff.changed.filter(counts),
      replace: diff.replace.filter(counts),
    });
  };

  readonly create = async (request: CreateRequest): Promise<CreateResponse> => {
    const inputs = properties(request.getProperties());
    const context = this.contextOf(request);
    const secretNames = this.secretNames(context);
    if (request.getPreview())
      return new CreateResponse().setProperties(struct(plannedOutputs(inputs, secretNames)));
    const { id, outputs } = await this.provider.create(inputs, context);
    return new CreateResponse()
      .setId(id)
      .setProperties(struct(assembleOutputs(inputs, outputs, secretNames)));
  };

  readonly update = async (request: UpdateRequest): Promise<UpdateResponse> => {
    const inputs = properties(request.getNews());
    const old = instance(request, request.getOlds());
    const context = this.contextOf(request);
    const secretNames = this.secretNames(context);
    const outputs = request.getPreview()
      ? plannedUpdate(old, inputs, this.provider.outputsUnknownInUpdate(old, inputs, context), secretNames)
      : assembleOutputs(inputs, await this.provider.update(old, inputs, context), secretNames);
    return new UpdateResponse().setProperties(struct(outputs));
  };

  readonly delete = async (request: DeleteRequest): Promise<Empty> => {
    await this.provider.delete(instance(request, request.getProperties()), this.contextOf(request));
    return new Empty();
  };

  readonly read = async (request: ReadRequest): Promise<ReadResponse> => {
    const context = this.contextOf(request);
    const known: Instance = {
      id: request.getId(),
      inputs: properties(request.getInputs()),
      outputs: properties(request.getProperties()),
    };
    const found = this.provider.read ? await this.provider.read(known, context) : known;
    // No id means that there is no such instance any more.
    if (!found) return new ReadResponse();
    const outputs = assembleOutputs(found.inputs, found.outputs, this.secretNames(context));
    return new ReadResponse()
      .setId(request.getId())
      .setInputs(struct(found.inputs))
      .setProperties(struct(outputs));
  };

  private secretNames({ type }: ProviderContext): readonly string[] {
    return this.provider.secretOutputs?.[type] ?? [];
  }

  private contextOf(request: { getUrn(): string }): ProviderContext {
    const urn = request.getUrn();
    const [, , types = "", name = ""] = urn.split("::");
    const ahead = Number(process.env[clockVariable] ?? 0);
    return {
      ...{ urn, name, type: types.split("$").pop() ?? "" },
      configuration: this.configuration,
      now: new Date(Date.now() + ahead),
    };
  }
}

type Kind = 0 | 1 | 2 | 3 | 4 | 5;

function diffResponse(old: PropertyMap, next: PropertyMap, diff: ProviderDiff): DiffResponse {
  const { DIFF_NONE: none, DIFF_SOME: some } = DiffResponse.DiffChanges;
  const response = new DiffResponse()
    .setChanges(diff.changed.length + diff.replace.length > 0 ? some : none)
    .setDiffsList([...new Set([...diff.changed, ...diff.replace])])
    .setReplacesList(diff.replace)
    .setDeletebeforereplace(diff.deleteBeforeReplace)
    .setHasdetaileddiff(true);
  const details = response.getDetaileddiffMap();
  const kinds = { add: 0, delete: 2, update: 4 } as const;
  const add = (path: string, kind: Kind, isInput: boolean) =>
    details.set(path, new PropertyDiff().setKind(kind).setInputdiff(isInput));
  for (const { path, kind, replaces } of diffProperties(
    pick(old, diff.changed),
    pick(next, diff.changed),
    diff.replace,
  ))
    add(path, (kinds[kind] + (replaces ? 1 : 0)) as Kind, true);
  // A reason to replace that is no input: a certificate due for renewal.
  for (const reason of diff.replace.filter((key) => !diff.changed.includes(key))) add(reason, 5, false);
  return response;
}

function instance(
  request: { getId(): string; getOldInputs(): Struct | undefined },
  outputs: Struct | undefined,
): Instance {
  const known = properties(outputs);
  const inputs = request.getOldInputs();
  return { id: request.getId(), inputs: inputs ? properties(inputs) : known, outputs: known };
}

function properties(message: Struct | undefined): PropertyMap {
  return message ? revealAll(message.toJavaScript()) : {};
}

function struct(values: PropertyMap): Struct {
  return Struct.fromJavaScript(values);
}

function pick(values: PropertyMap, keys: readonly string[]): PropertyMap {
  return Object.fromEntries(Object.entries(values).filter(([key]) => keys.includes(key)));
}
