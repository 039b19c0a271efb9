#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { importInventory, importUsage, UsageError } from "./import/ansibleInventory";
import { renderOptions, renderUsage, runRender, type RenderArguments } from "./renderCommand";

const usage = `${renderUsage}
${importUsage}`;

const mistake = 1;
const wrongUsage = 2;

async function main(): Promise<number> {
  const [command, ...given] = process.argv.slice(2);
  if (command === "import" && !given.some((each) => each === "--help" || each === "-h"))
    return importFrom(given);
  let values: Partial<RenderArguments> & { help?: boolean; version?: boolean };
  let commands: string[];
  try {
    ({ values, positionals: commands } = parseArgs({
      options: {
        ...renderOptions,
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
  const { stack } = values;
  return stack ? runRender({ ...values, stack }) : refuseUsage("--stack is needed");
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
