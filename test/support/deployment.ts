import * as pulumi from "@pulumi/pulumi";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { untouchedMocks } from "../../components/host/mocks";
import { secretOutputs, standInId, standInOutputs } from "../../components/host/standIns";

export { publicKeyOf, wireGuardKeyOf } from "../../components/host/standIns";

/** Stands for a value that is not known in a preview. */
export const unknown = "[unknown]";

/** One resource as a program registered it. */
export interface Registered {
  type: string;
  name: string;
  urn: string;
  custom: boolean;
  /** Inputs with secrets taken out of their envelopes. */
  inputs: Record<string, unknown>;
  /** Paths of the inputs that are secret, e.g. `connection`. */
  secrets: string[];
  /** Names of the resources that it depends on, be it by option or by value. */
  dependencies: string[];
  /** The same for each input by itself. */
  propertyDependencies: Record<string, string[]>;
  /** Name of the resource whose deletion takes this one along. */
  deletedWith: string;
  /** Name of its provider, when it was given one. */
  provider: string;
  hideDiffs: string[];
  protect: boolean;
  ignoreChanges: string[];
  deleteBeforeReplace: boolean;
  replacementTrigger: unknown;
  /** When its registration began and ended, as steps of one clock. */
  started: number;
  finished: number;
}

/** What a program did. */
export interface Deployment {
  resources: Registered[];
  /** Messages of all errors: those that were thrown and those of promises that nobody waited for. */
  errors: string[];
  /** What the program threw. */
  thrown: unknown;
  /** The resource of a name; type tells apart those that share one. */
  resource: (this: void, name: string, type?: string) => Registered;
  /** What the program returned, with everything in it known or `unknown`. */
  value: unknown;
  /** Whether what the program returned is secret. */
  secret: boolean;
}

/** How a resource is answered; what it leaves out is unknown in a preview. */
export type Answer = (resource: Registered) => Record<string, unknown> | Promise<Record<string, unknown>>;

const secretSignature = "4dabf18193072939515e22adb298388d";
const unknownSignature = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

interface MockMonitor {
  newUrn(parent: string, type: string, name: string): string;
  registerResource(
    request: RegisterResourceRequest,
    callback: (error: unknown, response: unknown) => void,
  ): Promise<void>;
}

/** Runs a program against mocks that keep everything it registers, options included. */
export async function deploy(
  program: () => unknown,
  options: { preview?: boolean; answer?: Answer } = {},
): Promise<Deployment> {
  const resources: Registered[] = [];
  const errors: string[] = [];
  let clock = 0;
  let current: Registered | undefined;
  const answer: Answer = options.answer ?? (options.preview ? () => ({}) : answerAsAMachine);

  await pulumi.runtime.setMocks(
    // Answers leave out on purpose what a test is about.
    untouchedMocks({
      // Called synchronously by registerResource, so that `current` is its request.
      newResource: async ({ inputs }) => {
        const resource = current as Registered;
        const state = resource.custom ? await answer(resource) : {};
        resource.finished = clock++;
        const id = options.preview || !resource.custom ? undefined : standInId(resource);
        return { id, state: { ...(inputs as object), ...state } };
      },
      call: ({ token }) => {
        throw new Error(`unexpected function ${token}`);
      },
    }),
    "project",
    "stack",
    options.preview ?? false,
    "organization",
  );
  const monitor = pulumi.runtime.getMonitor() as unknown as MockMonitor;
  const registerResource = monitor.registerResource.bind(monitor);
  monitor.newUrn = (parent, type, name) => {
    const parentType = parent.split("::")[2];
    return `urn:pulumi:stack::project::${parentType ? `${parentType}$` : ""}${type}::${name}`;
  };
  monitor.registerResource = (request, callback) => {
    current = read(request, monitor);
    current.started = clock++;
    resources.push(current);
    return registerResource(request, callback);
  };

  const report = (error: unknown) => errors.push(ownMessage(error));
  const result = await withRejectionsTo(report, async () => {
    let returned: unknown;
    let thrown: unknown;
    try {
      returned = program();
    } catch (error) {
      thrown = error;
      report(error);
    }
    const output = pulumi.output(returned) as pulumi.Output<unknown> & {
      promise(withUnknowns: boolean): Promise<unknown>;
    };
    await quiet();
    const value = await output.promise(true).catch(() => undefined);
    const secret = await pulumi.isSecret(output).catch(() => false);
    await quiet();
    return { thrown, value: reveal(value).value, secret };
  });
  return {
    resources,
    errors: [...new Set(errors)],
    resource: (name, type) => {
      const found = resources.filter(
        (each) => each.name === name && each.custom && (type === undefined || each.type === type),
      );
      if (found.length !== 1) throw new Error(`${found.length} resources have the name ${name}`);
      return found[0] as Registered;
    },
    ...result,
  };
}

/** Answers as real providers do: what a machine prints, keys and certificates, names. */
export async function answerAsAMachine(resource: Registered): Promise<Record<string, unknown>> {
  const outputs = Object.entries(await standInOutputs(resource)).map(([key, value]) => [
    key,
    secretOutputs.includes(key) ? pulumi.secret(value) : value,
  ]);
  return Object.fromEntries(outputs) as Record<string, unknown>;
}

// Rejections that nobody handles are announced a turn after everything has settled.
async function quiet(): Promise<void> {
  await pulumi.runtime.disconnect();
  await new Promise((resolve) => setTimeout(resolve, 1));
  await pulumi.runtime.disconnect();
}

// The SDK puts each property that an error passes on its way in front of the error's message.
function ownMessage(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^(error serializing property "[^"]*": )+/, "");
}

async function withRejectionsTo<T>(report: (error: unknown) => void, run: () => Promise<T>): Promise<T> {
  const event = "unhandledRejection";
  const others = process.listeners(event);
  process.removeAllListeners(event);
  process.on(event, report);
  try {
    return await run();
  } finally {
    process.off(event, report);
    for (const listener of others) process.on(event, listener);
  }
}

function read(request: RegisterResourceRequest, monitor: MockMonitor): Registered {
  const { value, secrets } = reveal(request.getObject()?.toJavaScript() ?? {});
  const nameOf = (urn: string) => urn.split("::").at(3) ?? "";
  return {
    type: request.getType(),
    name: request.getName(),
    urn: monitor.newUrn(request.getParent(), request.getType(), request.getName()),
    custom: request.getCustom(),
    inputs: value as Record<string, unknown>,
    secrets,
    dependencies: [...new Set(request.getDependenciesList().map(nameOf))].sort(),
    propertyDependencies: Object.fromEntries(
      [...request.getPropertydependenciesMap().entries()].map(([key, value]) => [
        key,
        value.getUrnsList().map(nameOf),
      ]),
    ),
    deletedWith: nameOf(request.getDeletedwith()),
    provider: nameOf(request.getProvider()),
    hideDiffs: request.getHidediffsList(),
    protect: request.getProtect() ?? false,
    ignoreChanges: request.getIgnorechangesList(),
    deleteBeforeReplace: request.getDeletebeforereplace(),
    replacementTrigger: reveal(request.getReplacementTrigger()?.toJavaScript() ?? null).value,
    started: 0,
    finished: 0,
  };
}

/** Takes secrets out of their envelopes, remembering where they were, and names what is unknown. */
function reveal(value: unknown, path = ""): { value: unknown; secrets: string[] } {
  if (value === unknownSignature || pulumi.isUnknown(value)) return { value: unknown, secrets: [] };
  if (typeof value !== "object" || value === null) return { value, secrets: [] };
  if (secretSignature in value) {
    const inner = reveal((value as unknown as { value: unknown }).value, path);
    return { value: inner.value, secrets: [path, ...inner.secrets] };
  }
  const entries = Object.entries(value).map(
    ([key, each]) => [key, reveal(each, path === "" ? key : `${path}.${key}`)] as const,
  );
  const secrets = entries.flatMap(([, each]) => each.secrets);
  if (Array.isArray(value)) return { value: entries.map(([, each]) => each.value), secrets };
  return { value: Object.fromEntries(entries.map(([key, each]) => [key, each.value])), secrets };
}
