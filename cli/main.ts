#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { importInventory, importUsage, UsageError } from "./import/ansibleInventory";
import { render, renderProgram, type RenderResult } from "./render";

const usage = `Usage: ha-monitoring render --stack FILE [--program FILE] [--out FOLDER]

Writes every file that pulumi up would put on every host into a folder, with placeholders for what only a host or a run knows. It needs
no Pulumi, no state, no key and no network.

  --stack FILE    the stack's configuration, such as Pulumi.prod.yaml; the Pulumi.yaml beside it has the defaults
  --program FILE  a program of your own that uses the components, or the directory of its package, run with Pulumi's own SDK: slower
                  (default: the program of ha-monitoring, which is described by the stack's configuration alone)
  --out FOLDER    where to write; what is there and no longer rendered is removed (default: rendered)
  --help          this text
  --version       the version of ha-monitoring

${importUsage}`;

const mistake = 1;
const wrongUsage = 2;

async function main(): Promise<number> {
  const [command, ...given] = process.argv.slice(2);
  if (command === "import" && !given.some((each) => each === "--help" || each === "-h"))
    return importFrom(given);
  let values: { stack?: string; program?: string; out?: string; help?: boolean; version?: boolean };
  let commands: string[];
  try {
    ({ values, positionals: commands } = parseArgs({
      options: {
        stack: { type: "string" },
        program: { type: "string" },
        out: { type: "string" },
        help: { type: "boolean", short: "h" },
        version: { type: "boolean" },
      },
      allowPositionals: true,
    }));
  } catch (error) {
    return refuseUsage((error as Error).message);
  }
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  if (values.version) {
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  if (commands.join(" ") !== "render") {
    return refuseUsage(commands.length === 0 ? "a command is needed" : `"${commands.join(" ")}" is unknown`);
  }
  if (!values.stack) return refuseUsage("--stack is needed");
  return renderTo(values.out || "rendered", values.stack, values.program);
}

async function renderTo(folder: string, stack: string, program: string | undefined): Promise<number> {
  const started = performance.now();
  let result: RenderResult;
  try {
    result = program === undefined ? render(stack, folder) : await renderProgram(program, stack, folder);
  } catch (error) {
    result = { errors: [(error as Error).message] };
  }
  if (!("changes" in result)) {
    for (const error of result.errors) process.stderr.write(`error: ${error.trimStart()}\n`);
    return mistake;
  }
  const { written, removed, unchanged } = result.changes;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const took = program === undefined ? "" : `; running ${program} took ${seconds} s`;
  process.stdout.write(`${folder}: ${written} written, ${removed} removed, ${unchanged} unchanged${took}\n`);
  return 0;
}

async function importFrom(given: string[]): Promise<number> {
  try {
    const { output, remarks, status } = await importInventory(given);
    process.stdout.write(output);
    for (const remark of remarks) process.stderr.write(`${remark}\n`);
    return status;
  } catch (error) {
    if (error instanceof UsageError) return refuseUsage(error.message);
    process.stderr.write(`error: ${(error as Error).message}\n`);
    return mistake;
  }
}

function refuseUsage(problem: string): number {
  process.stderr.write(`${problem}\n\n${usage}`);
  return wrongUsage;
}

// This file is built into a folder of its own.
function version(): string {
  const manifests = ["../package.json", "../../package.json"].map((path) => join(__dirname, path));
  for (const path of manifests) {
    try {
      return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
    } catch {
      // The other one is there.
    }
  }
  return "unknown";
}

void main().then((status) => {
  process.exitCode = status;
});
