/**
 * The embedded engine's own process: runs one operation on one stack and ends. It is started by `EmbeddedEngine`, talks with it over the
 * channel that `fork` makes, and has a process of its own because a Pulumi runtime is global to its process.
 */
import { defaultProviderInputs, resolveConfiguration } from "./configuration";
import { Deployment } from "./deployment";
import { countChanges, type EngineEvent, type Result } from "./events";
import { Limiter } from "./limiter";
import { connectRuntime } from "./monitor";
import { loadRuntime, runProgram } from "./program";
import { allProviders } from "./providers";
import { Recorder } from "./recorder";
import { StateStore } from "./state";
import { lockState } from "./stateLock";
import { displayValue, mapValues, namesOfSecrets, revealAll, type PropertyMap } from "./values";

/** What the parent asks for. */
export interface RunnerRequest {
  operation: "up" | "preview" | "destroy";
  program: string;
  project: string;
  stack: string;
  config: Record<string, string>;
  secretConfig: string[];
  stateFile: string;
  parallel: number;
  workDirectory: string;
  /** Milliseconds by which the engine's clock is ahead of the machine's. */
  clockAhead: number;
}

/** What the parent is told. */
export type RunnerMessage = { kind: "event"; event: EngineEvent } | { kind: "result"; result: Result };

process.once("message", (request: RunnerRequest) => {
  // The channel alone must not keep a program alive that waits for something that never comes.
  process.channel?.unref();
  void run(request).then(finish, (error: unknown) => finish(failure((error as Error).message)));
});

async function run(request: RunnerRequest): Promise<Result> {
  const begun = performance.now();
  const preview = request.operation === "preview";
  const unlock = preview ? () => undefined : lockState(request.stateFile);
  process.on("exit", unlock);
  const state = new StateStore(request.stateFile, request.project, request.stack, preview);
  const configuration = resolveConfiguration(
    request.program,
    request.project,
    request.config,
    request.secretConfig,
  );
  const secrets = configuration.secretKeys.map((key) => configuration.values[key] ?? "");
  const recorder = new Recorder((event) => send({ kind: "event", event }), preview, secrets);
  const deployment = new Deployment({
    ...{ state, recorder, preview, workDirectory: request.workDirectory },
    registry: allProviders(),
    limiter: new Limiter(request.parallel),
    defaultConfiguration: defaultProviderInputs(configuration.values),
    now: () => new Date(Date.now() + request.clockAhead),
  });
  cancelOnSignal(deployment, recorder);
  let outputs: PropertyMap = {};
  if (request.operation === "destroy") {
    await deployment.destroy();
  } else {
    const runtime = loadRuntime(request.program);
    runtime.setAllConfig(configuration.values, configuration.secretKeys);
    await connectRuntime(runtime, request, preview, {
      register: (registration) => deployment.register(registration),
      registrationFailed: (urn, error) => deployment.registrationFailed(urn, error),
      registerOutputs: (urn, registered) => {
        if (urn.endsWith(`::pulumi:pulumi:Stack::${request.project}-${request.stack}`)) outputs = registered;
        deployment.registerOutputs(urn, registered);
      },
    });
    const stalled = () =>
      finish(failure("the program never ended: it waits for a promise that nothing will settle"));
    process.once("beforeExit", stalled);
    for (const message of await runProgram(runtime, request.program)) recorder.error(message);
    process.off("beforeExit", stalled);
    await deployment.deleteSuperfluous();
  }
  // After a failure the outputs are incomplete: those of the last good run stay.
  if (recorder.errors.length === 0) state.outputs = outputs;
  state.save();
  return {
    changes: countChanges(recorder.steps),
    outputs: mapValues(preview ? state.outputs : revealAll(state.outputs), displayValue),
    secretOutputs: namesOfSecrets(state.outputs),
    steps: recorder.steps,
    errors: recorder.errors,
    seconds: (performance.now() - begun) / 1000,
  };
}

// Once: begin nothing new, finish what runs. That the parent is gone counts as a signal.
function cancelOnSignal(deployment: Deployment, recorder: Recorder): void {
  const cancel = (cause: string) => {
    recorder.error(`cancelled: ${cause}; what had begun was finished, nothing else was touched`);
    deployment.cancel();
  };
  process.once("SIGINT", () => cancel("interrupted"));
  process.once("SIGTERM", () => cancel("terminated"));
  process.once("disconnect", () => cancel("the process that asked is gone"));
}

function failure(message: string): Result {
  return {
    changes: countChanges([]),
    outputs: {},
    secretOutputs: [],
    steps: [],
    errors: [{ message }],
    seconds: 0,
  };
}

function send(message: RunnerMessage): void {
  if (process.connected) process.send?.(message);
}

function finish(result: Result): void {
  if (!process.connected || !process.send) process.exit(1);
  const message: RunnerMessage = { kind: "result", result };
  process.send(message, () => process.exit(0));
}
