import { randomBytes } from "node:crypto";
import { changedKeys } from "../plan";
import { runOverSsh, type CommandOutcome, type SshConnection } from "../ssh";
import type { PropertyMap } from "../values";
import { refuseUnsupported, type ResourceProvider } from "./provider";

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
        `${context.name}: environment is not supported by the embedded engine; a stock sshd refuses it anyway, write the variables into the command`,
      );
    }
    refuseUnsupported(context.type, inputs, supported);
    if (inputs["connection"] === undefined) throw new Error(`${context.name}: connection is missing`);
    return inputs;
  },

  diff(old, inputs) {
    const changed = changedKeys(old.inputs, inputs);
    return { changed, replace: changed.filter((key) => key === "triggers"), deleteBeforeReplace: false };
  },

  async create(inputs, context) {
    const id = `${context.name}${randomBytes(4).toString("hex")}`;
    const command = text(inputs["create"]);
    return { id, outputs: command === "" ? { stdout: "", stderr: "" } : await run(inputs, command, {}) };
  },

  async update(old, inputs) {
    const command = text(inputs["update"]) || text(inputs["create"]);
    return command === "" ? previousOutput(old.outputs) : run(inputs, command, old.outputs);
  },

  async delete(old) {
    const command = text(old.inputs["delete"]);
    if (command !== "") await run(old.inputs, command, old.outputs);
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
  if (outcome.problem !== "") throw new Error(describeFailure(outcome, command));
  return { stdout: outcome.stdout.replace(/\n$/, ""), stderr: outcome.stderr.replace(/\n$/, "") };
}

// What a command says on stderr is meant for people; the command itself and what it printed before are not.
function describeFailure({ problem, stdout, stderr }: CommandOutcome, command: string): string {
  const said = lastLines(stderr);
  if (said !== "") return said;
  const printed = lastLines(stdout);
  return `${problem}: ${shorten(command)}${printed && `\n${printed}`}`;
}

function lastLines(text: string): string {
  return text.trim().split("\n").slice(-10).join("\n");
}

function shorten(command: string): string {
  const [line = "", ...more] = command.trim().split("\n");
  return line.length > 100 || more.length > 0 ? `${line.slice(0, 100)} ...` : line;
}

function previousOutput(outputs: PropertyMap): { stdout: string; stderr: string } {
  return { stdout: text(outputs["stdout"]), stderr: text(outputs["stderr"]) };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
