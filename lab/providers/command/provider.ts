import { randomBytes } from "node:crypto";
import { changedKeys } from "../../properties/diff";
import type { PropertyMap } from "../../properties/values";
import { runOverSsh, type SshConnection } from "../../ssh/connection";
import { refuseUnsupported, type ResourceProvider } from "../provider";
import { passBoundary } from "./boundary";

const supported = [
  "connection",
  "create",
  "update",
  "delete",
  "stdin",
  "triggers",
  "logging",
  "addPreviousOutputInEnv",
];

/**
 * `remote.Command` as the real plugin runs it: any changed input runs `update`, or `create` where there is none; changed `triggers` replace,
 * and then the new `create` runs before the old `delete`. Output is kept, never logged. One SSH connection for each command.
 */
export const commandProvider: ResourceProvider = {
  types: ["command:remote:Command"],
  secretOutputs: { "command:remote:Command": ["connection"] },

  check(inputs, _old, context) {
    if ("environment" in inputs) {
      throw new Error(
        "environment is not supported by the lab's provider; a stock sshd refuses it, write the variables into the command",
      );
    }
    refuseUnsupported(context.type, inputs, supported);
    if (inputs["connection"] === undefined) throw new Error("connection is missing");
    return inputs;
  },

  diff(old, inputs) {
    const changed = changedKeys(old.inputs, inputs);
    return { changed, replace: changed.filter((key) => key === "triggers"), deleteBeforeReplace: false };
  },

  async create(inputs, context) {
    const id = `${context.name}${randomBytes(4).toString("hex")}`;
    const command = text(inputs["create"]);
    const outputs = command === "" ? { stdout: "", stderr: "" } : await run(inputs, command, {});
    return passBoundary(context.name, { id, outputs });
  },

  async update(old, inputs, context) {
    const command = text(inputs["update"]) || text(inputs["create"]);
    const outputs = command === "" ? previousOutput(old.outputs) : await run(inputs, command, old.outputs);
    return passBoundary(context.name, outputs);
  },

  async delete(old, context) {
    const command = text(old.inputs["delete"]);
    if (command !== "") await run(old.inputs, command, old.outputs);
    return passBoundary(context.name, undefined);
  },

  outputsUnknownInUpdate: () => ["stdout", "stderr"],
};

async function run(inputs: PropertyMap, command: string, previous: PropertyMap): Promise<PropertyMap> {
  // Sent as the real plugin does; a stock sshd ignores it.
  const { stdout, stderr } = previousOutput(previous);
  const environment: Record<string, string> = {};
  if (inputs["addPreviousOutputInEnv"] !== false) {
    if (stdout) environment["PULUMI_COMMAND_STDOUT"] = stdout;
    if (stderr) environment["PULUMI_COMMAND_STDERR"] = stderr;
  }
  const connection = inputs["connection"] as unknown as SshConnection;
  const outcome = await runOverSsh(connection, command, text(inputs["stdin"]), environment);
  // In the real plugin's words, command and output included: what a message shows here, it shows to users.
  if (outcome.problem !== "")
    throw new Error(`${outcome.problem}: running ${JSON.stringify(command)}:\n${outcome.output}`);
  return { stdout: outcome.stdout.replace(/\n$/, ""), stderr: outcome.stderr.replace(/\n$/, "") };
}

function previousOutput(outputs: PropertyMap): { stdout: string; stderr: string } {
  return { stdout: text(outputs["stdout"]), stderr: text(outputs["stderr"]) };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
