import * as pulumi from "@pulumi/pulumi";
import type { BundleFacts } from "../components/host/facts";
import { observeHosts } from "../components/host/observer";
import type { HostBundle } from "../templates/host/hostBundle";
import { answer, factsOf, hostKeyOf, missing } from "./answers";
import { loadProgram } from "./loadProgram";
import type { Recorder } from "./program";
import type { StackDescription } from "./runtime/pulumi";
import type { Registered } from "./runtime/resources";

const { isRpcSecret, unwrapRpcSecret } = pulumi.runtime;
type Mocked = pulumi.runtime.MockResourceArgs;

/** What to do about values that nothing here knows. */
const instead = "give the values in the configuration of the stack";

/**
 * Runs any program with Pulumi's own SDK and its mocks: every resource is answered with placeholders for what only a run or a host knows. A
 * resource takes milliseconds. Once in a process.
 *
 * @param program a file, or the directory of a package.
 * @returns the messages of all errors.
 */
export async function runUserProgram(
  program: string,
  { project, stack, config, secretKeys }: StackDescription,
  recorder: Recorder,
): Promise<string[]> {
  // The SDK puts words of its own around what mocks throw, or nothing at all in its place.
  const refused = new Set<string>();
  const refuse = (problem: string): never => {
    refused.add(`${problem}; ${instead}`);
    throw new Error(problem);
  };
  const resources = new Resources(refuse);
  const bundles = new Bundles();
  await pulumi.runtime.setMocks(
    {
      newResource: (resource) => resources.answer(resource),
      call: ({ token }) => refuse(`${token} asks a provider, which render does not`),
    },
    project,
    stack,
    true,
    "organization",
  );
  pulumi.runtime.setAllConfig(config, secretKeys);
  observeHosts({
    applied: (bundle) => bundles.add(bundle),
    installed: recorder.installed,
    hostKey: hostKeyOf,
  });
  const errors = await errorsOf(() =>
    pulumi.runtime.runInPulumiStack(() => {
      pulumi.runtime.registerStackTransformation((registration) => {
        resources.note(registration);
        return undefined;
      });
      return loadProgram(program);
    }),
  );
  if (refused.size > 0) return [...refused];
  if (errors.length > 0) return errors;
  resources.registered().forEach(recorder.registered);
  return bundles.replay(recorder);
}

/** A resource that a program made, and what was registered of it once its inputs were known. */
interface Made {
  /** Names of properties that have no value yet: outputs, and inputs that were left out. */
  open: string[];
  secretOutputs: string[];
  registered?: Registered;
}

/** All resources in the order in which the program makes them; mocks are asked in the order in which inputs become known. */
class Resources {
  private readonly made = new Map<string, Made>();

  constructor(private readonly refuse: (problem: string) => never) {}

  /** Takes note of a resource that the program makes. */
  note({ type, name, props, opts }: pulumi.ResourceTransformationArgs): void {
    const inputs = props as Record<string, unknown>;
    const { additionalSecretOutputs = [] } = opts as pulumi.CustomResourceOptions;
    this.made.set(`${type} ${name}`, {
      // Classes of providers list their outputs as inputs that are undefined.
      open: Object.keys(inputs).filter((key) => inputs[key] === undefined),
      secretOutputs: additionalSecretOutputs,
    });
  }

  /** What is known of a resource. */
  answer({ type, name, inputs, id, custom }: Mocked): pulumi.runtime.MockResourceResult {
    const given = inputs as Record<string, unknown>;
    if (custom !== true) return { id: undefined, state: given };
    if (type === "pulumi:pulumi:StackReference") {
      this.refuse(`${name} is another stack, which render does not read`);
    }
    const made = this.made.get(`${type} ${name}`) ?? { open: [], secretOutputs: [] };
    const known = Object.entries(given).map(([key, value]) => [key, unwrapRpcSecret(value) as unknown]);
    const registered: Registered = {
      type,
      name,
      inputs: Object.fromEntries(known) as Record<string, unknown>,
      secrets: Object.keys(given).filter((key) => isRpcSecret(given[key])),
    };
    made.registered = registered;
    const answers = answer(registered);
    const state: Record<string, unknown> = {
      ...Object.fromEntries(made.open.map((key) => [key, missing(registered, key)])),
      ...given,
      ...answers,
    };
    for (const key of made.secretOutputs.filter((each) => each in state)) {
      state[key] = pulumi.secret(state[key]);
    }
    // Ids are texts, also those that are numbers.
    return { id: id || `${(answers["id"] as number | undefined) ?? missing(registered, "id")}`, state };
  }

  registered(): Registered[] {
    return [...this.made.values()].flatMap(({ registered }) => registered ?? []);
  }
}

/** All bundles in the order in which the program makes them. */
class Bundles {
  private readonly known: ({ bundle: HostBundle; isSecret: boolean } | undefined)[] = [];

  add(bundle: pulumi.Output<HostBundle>): pulumi.Output<BundleFacts> {
    const position = this.known.push(undefined) - 1;
    const isSecret = pulumi.isSecret(bundle);
    return bundle.apply(async (known) => {
      this.known[position] = { bundle: known, isSecret: await isSecret };
      return factsOf(known);
    });
  }

  /** Gives all bundles to a recorder; returns what is wrong if there are some that never became known. */
  replay({ applied }: Recorder): string[] {
    const known = this.known.filter((each) => each !== undefined);
    known.forEach(({ bundle, isSecret }) => applied(bundle, isSecret));
    const missed = this.known.length - known.length;
    return missed === 0
      ? []
      : [`${missed} bundles cannot be rendered: they depend on values that only a run knows; ${instead}`];
  }
}

/** Runs a program until everything has settled; returns the message of each error, those of promises that nobody waits for included. */
async function errorsOf(run: () => Promise<unknown>): Promise<string[]> {
  const errors: string[] = [];
  const report = (error: unknown) => void errors.push(messageOf(error));
  process.on("unhandledRejection", report);
  try {
    await run().catch(report);
    await settled();
  } finally {
    process.off("unhandledRejection", report);
  }
  return [...new Set(errors)];
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // The SDK puts each property that an error passes on its way in front of the error's message.
  const message = error.message.replace(/^(error serializing property "[^"]*": )+/, "");
  if (!pulumi.ResourceError.isInstance(error)) return message;
  const { __pulumiType: type, __name: name } = error.resource as unknown as Record<string, string>;
  return `${type} ${name}: ${message}`;
}

// Rejections that nobody handles are announced a turn after everything has settled.
async function settled(): Promise<void> {
  await pulumi.runtime.disconnect();
  await new Promise((resolve) => setTimeout(resolve, 1));
  await pulumi.runtime.disconnect();
}
