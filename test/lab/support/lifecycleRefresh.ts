import { join } from "node:path";
import { LocalWorkspace, PulumiCommand, type EngineEvent } from "@pulumi/pulumi/automation";

/**
 * Has the real CLI compare a stack of `PulumiEngine` with what is there, as `pulumi refresh --run-program` does.
 *
 * @param directory the engine's state directory's parent.
 * @returns what differs: `operation name: properties`, one line a resource.
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
  const changes: string[] = [];
  const onEvent = ({ resOutputsEvent }: EngineEvent) => {
    if (!resOutputsEvent) return;
    const { op, urn, diffs, detailedDiff } = resOutputsEvent.metadata;
    const names = diffs ?? Object.keys(detailedDiff ?? {});
    if (op !== "same" && op !== "refresh")
      changes.push(`${op} ${urn.split("::").pop()}: ${names.join(", ")}`);
  };
  await stack.refresh({ runProgram: true, color: "never", onEvent });
  return changes;
}
