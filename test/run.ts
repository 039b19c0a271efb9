import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { describeVersions } from "../lab/versions";
import type { Summary } from "./support/summaryReporter";
import { makeToolsPresent, toolsDirectory } from "./support/tools";

// What `npm test` runs: every lint step, which counts as one test each, then all of vitest. Arguments are filters for vitest. Before the last
// line are the engine and the versions that were used. The last line is `N passed, N failed`, with `, N skipped` when there are skipped ones;
// the status is 0 only when something ran and nothing failed.

const root = join(__dirname, "..");

interface Ended {
  status: number;
  output: string;
}

/** Runs a command to its end, without standard input; shows what it says, or keeps it. */
function run(
  command: string,
  commandArguments: string[],
  options: { shell: boolean; show: boolean; environment?: NodeJS.ProcessEnv },
) {
  return new Promise<Ended>((resolve, reject) => {
    const stream = options.show ? "inherit" : "pipe";
    const child = spawn(command, commandArguments, {
      cwd: root,
      shell: options.shell,
      stdio: ["ignore", stream, stream],
      env: { ...process.env, ...options.environment },
    });
    let output = "";
    child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr?.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.once("error", reject);
    child.once("close", (code) => resolve({ status: code ?? 1, output }));
  });
}

/** The steps of package.json's lint script, one test each. */
async function lint(): Promise<Summary> {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: { lint: string };
  };
  const summary: Summary = { passed: 0, failed: [], skipped: [] };
  const step = async (command: string) => {
    const started = Date.now();
    const { status, output } = await run(command, [], { shell: true, show: false });
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    if (status === 0) {
      summary.passed += 1;
      console.log(`✓ ${command} (${seconds} s)`);
      return;
    }
    summary.failed.push(command);
    console.log(`✗ ${command} (${seconds} s, status ${status})\n${output}`);
  };
  await Promise.all(scripts.lint.split(" && ").map(step));
  return summary;
}

async function test(filters: string[]): Promise<Summary> {
  const directory = mkdtempSync(join(tmpdir(), "ha-monitoring-tests-"));
  const file = join(directory, "summary.json");
  try {
    const { status } = await run(
      "vitest",
      ["run", "--reporter=default", "--reporter=./test/support/summaryReporter.ts", ...filters],
      { shell: false, show: true, environment: { SUMMARY_FILE: file } },
    );
    const summary: Summary = existsSync(file)
      ? (JSON.parse(readFileSync(file, "utf8")) as Summary)
      : { passed: 0, failed: [], skipped: [] };
    if (status !== 0 && summary.failed.length === 0) summary.failed.push(`vitest (status ${status})`);
    return summary;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function main(): Promise<void> {
  process.env.PATH = [join(root, "node_modules/.bin"), process.env.PATH, toolsDirectory].join(delimiter);
  makeToolsPresent();
  const summaries = [await lint(), await test(process.argv.slice(2))];

  const passed = summaries.reduce((sum, each) => sum + each.passed, 0);
  const failed = summaries.flatMap((each) => each.failed);
  const skipped = summaries.flatMap((each) => each.skipped);
  for (const { name, reason } of skipped) console.log(`skipped: ${name}: ${reason}`);
  for (const name of failed) console.log(`failed: ${name}`);
  console.log(await describeVersions().catch((error: Error) => `no Pulumi CLI: ${error.message}`));
  console.log(
    `${passed} passed, ${failed.length} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ""}`,
  );
  process.exitCode = failed.length === 0 && passed > 0 ? 0 : 1;
}

void main();
