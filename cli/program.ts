import { createRequire, Module } from "node:module";
import { answer, missing } from "./answers";
import { onFailure } from "./runtime/output";
import { describeStack, pulumi, runtime, type StackDescription } from "./runtime/pulumi";
import { answerResources, onRegistered, ProviderResource, type Registered } from "./runtime/resources";

// Whatever asks for one of these gets ours.
const replacements: [path: string, exported: unknown][] = [
  // A package of a provider may have a copy of its own.
  ...["command", "digitalocean", "docker", "tls"].flatMap((name): [string, unknown][] => {
    const { resolve } = createRequire(require.resolve(`@pulumi/${name}`));
    return [
      [resolve("@pulumi/pulumi"), pulumi],
      [resolve("@pulumi/pulumi/runtime"), runtime],
    ];
  }),
  [require.resolve("@pulumi/pulumi"), pulumi],
  // It would write keys for ssh to a temporary directory.
  [
    require.resolve("../components/host/dockerProvider"),
    {
      dockerProvider: (name: string) => new ProviderResource("docker", name),
      machineIdentity: () => null,
    },
  ],
];

/**
 * Runs the program that `pulumi up` runs, with nobody behind it: every resource is answered at once with placeholders for what only a run
 * or a machine knows. Once a process.
 *
 * @param told of each resource when it is registered.
 * @returns what went wrong.
 */
export function runProgram(
  program: string,
  stack: StackDescription,
  told: (resource: Registered) => void,
): string[] {
  const errors: string[] = [];
  const report = (error: unknown) => errors.push(error instanceof Error ? error.message : String(error));
  onRegistered(told);
  onFailure(report);
  describeStack(stack);
  answerResources({ given: answer, missing });
  for (const [path, exported] of replacements) require.cache[path] = loaded(path, exported);
  try {
    createRequire(__filename)(program);
  } catch (error) {
    report(error);
  }
  return [...new Set(errors)];
}

function loaded(path: string, exported: unknown): NodeJS.Module {
  return Object.assign(new Module(path), { filename: path, loaded: true, exports: exported });
}
