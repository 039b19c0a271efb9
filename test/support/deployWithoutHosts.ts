/**
 * Makes the state of a stack as an `up` would leave it, without any host: `tsx deployWithoutHosts.ts REQUEST`, a file of JSON. Providers check
 * what they are given as always, but nothing is created: what machines would say is answered.
 */
import { readFileSync } from "node:fs";
import { Deployment } from "../../lab/engine/deployment";
import { Limiter } from "../../lab/engine/limiter";
import { connectRuntime } from "../../lab/engine/monitor";
import { loadRuntime, runProgram } from "../../lab/engine/program";
import { commandProvider } from "../../lab/engine/providers/command";
import { configurationProvider } from "../../lab/engine/providers/configuration";
import { dockerProvider } from "../../lab/engine/providers/docker";
import { ProviderRegistry, type ResourceProvider } from "../../lab/engine/providers/provider";
import { tlsProvider } from "../../lab/engine/providers/tls";
import { Recorder } from "../../lab/engine/recorder";
import { resolveConfiguration } from "../../lab/engine/configuration";
import type { RunnerRequest } from "../../lab/engine/runner";
import { StateStore } from "../../lab/engine/state";
import type { PropertyMap } from "../../lab/engine/values";
import { answerAsPrinted } from "./printedFacts";

/** What is deployed, and where its state goes. */
export type Request = Pick<
  RunnerRequest,
  "program" | "project" | "stack" | "config" | "secretConfig" | "stateFile"
>;

const answering = (provider: ResourceProvider): ResourceProvider => ({
  ...provider,
  create: (inputs, { type, name }) => {
    const outputs = answerAsPrinted({ type, name, inputs, secrets: [] }) as PropertyMap;
    // A certificate that has just been made is not due for renewal.
    return Promise.resolve({
      id: `id of ${name}`,
      outputs: { validityEndTime: "2999-01-01T00:00:00Z", ...outputs },
    });
  },
});

async function main(): Promise<void> {
  const request = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as Request;
  const { program, project, stack, config, secretConfig, stateFile } = request;
  const configuration = resolveConfiguration(program, project, config, secretConfig);
  const state = new StateStore(stateFile, project, stack, false);
  const recorder = new Recorder(() => undefined, false, []);
  const deployment = new Deployment({
    ...{ state, recorder, preview: false, workDirectory: process.cwd(), defaultConfiguration: {} },
    registry: new ProviderRegistry(
      [commandProvider, dockerProvider, tlsProvider, configurationProvider].map(answering),
    ),
    limiter: new Limiter(16),
    now: () => new Date(),
  });
  const runtime = loadRuntime(program);
  runtime.setAllConfig(configuration.values, configuration.secretKeys);
  await connectRuntime(runtime, { project, stack }, false, deployment);
  const errors = await runProgram(runtime, program);
  state.save();
  for (const message of [...errors, ...recorder.errors.map((error) => error.message)]) console.error(message);
  process.exit(errors.length + recorder.errors.length === 0 ? 0 : 1);
}

void main();
