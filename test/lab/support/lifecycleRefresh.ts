import { join } from "node:path";
import { LocalWorkspace, PulumiCommand, type EngineEvent } from "@pulumi/pulumi/automation";

/**
 * Has the real CLI compare a stack of `PulumiEngine` with what is there, as `pulumi refresh --run-program` does.
 *
 * @param directory the engine's state directory's parent.
 * @returns what it came to for each thing of Docker's: `same docker:index/container:Container` if it is as it was made.
 */
export async function refreshWithRealCli(directory: string, stackName: string): Promise<string[]> {
  const root = join(directory, "pulumi");
  const stack = await LocalWorkspace.selectStack(
    { stackName, workDir: join(root, "project") },
    {
      pulumiCommand: await PulumiCommand.get({ root: join(root, "cli"), skipVersionCheck: true }),
      secretsProvider: "passphrase",
      envVars: {
        PULUMI_BACKEND_URL: `file://${join(root, "backend")}`,
        PULUMI_CONFIG_PASSPHRASE: "lab",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        PULUMI_SKIP_UPDATE_CHECK: "true",
      },
    },
  );
  const outcomes: string[] = [];
  const onEvent = ({ resOutputsEvent }: EngineEvent) => {
    if (!resOutputsEvent) return;
    const { op, type, diffs } = resOutputsEvent.metadata;
    // Components are written anew by every run of the program. A `refresh` without a diff is nothing, and some versions say so.
    if (type.startsWith("docker:"))
      outcomes.push([op === "refresh" ? "same" : op, type, ...(diffs ?? [])].join(" "));
  };
  await stack.refresh({ runProgram: true, color: "never", onEvent });
  return outcomes.sort();
}
