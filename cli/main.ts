#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { render } from "./render";

const usage = `Usage: ha-monitoring render --stack FILE [--out FOLDER]

Writes every file that pulumi up would put on every host into a folder, with placeholders for what only a host or a run knows. It needs
no Pulumi, no state, no key and no network.

  --stack FILE    the stack's configuration, such as Pulumi.prod.yaml; the Pulumi.yaml beside it has the defaults
  --out FOLDER    where to write; what is there and no longer rendered is removed (default: rendered)
  --help          this text
  --version       the version of ha-monitoring
`;

const mistake = 1;
const wrongUsage = 2;

function main(): number {
  let values: { stack?: string; out?: string; help?: boolean; version?: boolean };
  let commands: string[];
  try {
    ({ values, positionals: commands } = parseArgs({
      options: {
        stack: { type: "string" },
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
  return renderTo(values.stack, values.out || "rendered");
}

function renderTo(stack: string, folder: string): number {
  try {
    const result = render(stack, folder);
    if ("changes" in result) {
      const { written, removed, unchanged } = result.changes;
      process.stdout.write(`${folder}: ${written} written, ${removed} removed, ${unchanged} unchanged\n`);
      return 0;
    }
    for (const error of result.errors) process.stderr.write(`error: ${error.trimStart()}\n`);
  } catch (error) {
    process.stderr.write(`error: ${(error as Error).message}\n`);
  }
  return mistake;
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

process.exitCode = main();
