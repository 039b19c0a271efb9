import { AsyncLocalStorage } from "node:async_hooks";
import type * as resproto from "@pulumi/pulumi/proto/resource_pb";
import type { Runtime } from "./program";
import { makeUrn, parseRegistration, type Registration } from "./registration";
import type { PropertyMap } from "./values";

/** What the engine does with what a program says. */
export interface ProgramListener {
  /**
   * A resource with all its inputs. The program goes on when the promise is settled.
   *
   * @returns the resource's id ("" if it has none yet) and outputs.
   */
  register(registration: Registration): Promise<{ id: string; outputs: PropertyMap }>;
  /** Told once for each registration that failed, be it in `register` or before it. */
  registrationFailed(urn: string, error: Error): void;
  /** The outputs of a component or of the stack. */
  registerOutputs(urn: string, outputs: PropertyMap): void;
}

type Callback<Response> = (error: Error | null, response: Response | undefined) => void;

// What the mock monitor of the SDK has and its type declarations leave out.
interface MockMonitor {
  newUrn(parent: string, type: string, name: string): string;
  registerResource(
    request: resproto.RegisterResourceRequest,
    callback: Callback<resproto.RegisterResourceResponse>,
  ): Promise<void>;
  registerResourceOutputs(request: resproto.RegisterResourceOutputsRequest, callback: Callback<object>): void;
}

/**
 * Connects a Pulumi runtime with the engine through Pulumi's own `Mocks`. Mocks are not shown a resource's options, so the mock monitor is
 * wrapped to see the whole request; what it does else, it still does.
 */
export async function connectRuntime(
  runtime: Runtime,
  names: { project: string; stack: string },
  preview: boolean,
  listener: ProgramListener,
): Promise<void> {
  const current = new AsyncLocalStorage<Registration>();
  await runtime.setMocks(
    {
      newResource: async ({ type, name }) => {
        const registration = current.getStore();
        if (!registration) {
          throw new Error(
            `${type} ${name}: reading an existing resource is not supported by the embedded engine`,
          );
        }
        const { id, outputs } = await listener.register(registration);
        return { id, state: outputs };
      },
      call: ({ token }) => {
        throw new Error(
          `function ${token} is not supported by the embedded engine, which is for the lab and tests only`,
        );
      },
    },
    names.project,
    names.stack,
    preview,
    "organization",
  );
  const monitor = runtime.getMonitor() as unknown as MockMonitor;
  const urnOf = (parent: string, type: string, name: string) =>
    makeUrn(names.project, names.stack, parent, type, name);
  monitor.newUrn = urnOf;

  const registerResource = monitor.registerResource.bind(monitor);
  monitor.registerResource = async (request, callback) => {
    const urn = urnOf(request.getParent(), request.getType(), request.getName());
    const answer: Callback<resproto.RegisterResourceResponse> = (error, response) => {
      if (!error) return callback(null, response);
      listener.registrationFailed(urn, error);
      // A failed result, unlike an error, lets the rest of the program run on (as with the CLI's --continue-on-error).
      callback(null, failedResponse(runtime, request, urn));
    };
    try {
      const registration = parseRegistration(request, names.project, names.stack);
      await current.run(registration, () => registerResource(request, answer));
    } catch (error) {
      answer(error as Error, undefined);
    }
  };

  const registerResourceOutputs = monitor.registerResourceOutputs.bind(monitor);
  monitor.registerResourceOutputs = (request, callback) => {
    listener.registerOutputs(request.getUrn(), request.getOutputs()?.toJavaScript() ?? {});
    registerResourceOutputs(request, callback);
  };
}

function failedResponse(
  runtime: Runtime,
  request: resproto.RegisterResourceRequest,
  urn: string,
): resproto.RegisterResourceResponse {
  const response = new runtime.resproto.RegisterResourceResponse();
  response.setUrn(urn);
  response.setObject(request.getObject());
  response.setResult(runtime.resproto.Result.FAIL);
  return response;
}
