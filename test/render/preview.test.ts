import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { readStackFile } from "../../cli/stackFile";
import { EmbeddedEngine, type Step } from "../../lab/engine/run";
import type { Request } from "../support/deployWithoutHosts";
import {
  changedLines,
  haMonitoring,
  linesChanged,
  makeDirectory,
  readFolder,
  runSource,
  changedSettings,
  settings,
  writeStack,
  type Settings,
} from "./support";

const directory = makeDirectory();
afterAll(() => rmSync(directory, { recursive: true }));

const program = join(__dirname, "../../index.ts");
const stateFile = join(directory, "state.json");

function configOf(scene: string, stack: Settings): { file: string; request: Request } {
  const folder = join(directory, scene);
  mkdirSync(folder);
  const file = writeStack(folder, stack);
  const { project, stack: name, config, secretKeys } = readStackFile(file);
  return { file, request: { program, project, stack: name, config, secretConfig: secretKeys, stateFile } };
}

function render(file: string): Map<string, string> {
  const folder = join(file, "../rendered");
  expect(haMonitoring("render", "--stack", file, "--out", folder)).toMatchObject({ status: 0, stderr: "" });
  return readFolder(folder);
}

/** The lines that a preview of some steps names, sorted. */
function linesOf(steps: Step[]): string[] {
  const changes = steps.flatMap(({ diff = [] }) => diff);
  return (
    changes
      .flatMap(({ path, old, new: next }) =>
        path === "stdin"
          ? linesChanged(old as string, next as string)
          : [`-${path}: ${JSON.stringify(old)}`, `+${path}: ${JSON.stringify(next)}`],
      )
      // Content of a file has a character in front of every line.
      .map((line) => line.replace(/^([-+])\|/, "$1"))
      .sort()
  );
}

it(
  "a preview and render name the same lines of a change of one receiver, one target's label and one setting of TLS",
  { timeout: 180_000 },
  async () => {
    const before = configOf("before", settings());
    const requestFile = join(directory, "request.json");
    writeFileSync(requestFile, JSON.stringify(before.request));
    expect(runSource("test/support/deployWithoutHosts.ts", requestFile)).toMatchObject({
      status: 0,
      stderr: "",
    });
    const preview = (request: Request) => new EmbeddedEngine(request).preview();

    const unchanged = await preview(before.request);
    expect(unchanged.errors).toEqual([]);
    expect(unchanged.changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
    expect(unchanged.changes.same).toBeGreaterThan(50);

    const after = configOf("after", changedSettings());
    const changed = await preview(after.request);
    expect(changed.errors).toEqual([]);
    const steps = changed.steps.filter(({ operation }) => operation !== "same");
    expect(steps.map(({ operation, name }) => `${operation} ${name}`).sort()).toEqual(
      ["monitor-a", "monitor-b"]
        .flatMap((name) => [
          `update monitoring-ca-${name}`,
          `update monitoring-${name}-alertmanager-config`,
          `update monitoring-${name}-prometheus-targets`,
        ])
        .sort(),
    );

    const rendered = changedLines(render(before.file), render(after.file));
    const renderedLines = Object.entries(rendered)
      .flatMap(([path, lines]) =>
        path === "resources.yml" ? lines.map((line) => line.replace(/ +/, "")) : lines,
      )
      .sort();
    expect(renderedLines).toHaveLength(2 * (2 + 2 + 2));
    expect(linesOf(steps)).toEqual(renderedLines);
  },
);
