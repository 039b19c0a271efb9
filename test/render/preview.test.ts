import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { readStackFile } from "../../cli/stackFile";
import type { Step } from "../../lab/engine/events";
import { PulumiEngine } from "../../lab/engine/pulumiEngine";
import { compilePlugins } from "../../lab/plugins/compile";
import { packageVersion } from "../../lab/plugins/directory";
import {
  changedLines,
  haMonitoring,
  linesChanged,
  makeDirectory,
  readFolder,
  changedSettings,
  settings,
  writeStack,
  type Settings,
} from "./support";

const directory = makeDirectory();
afterAll(() => rmSync(directory, { recursive: true }));

const program = join(__dirname, "../../index.ts");
const plugins = join(directory, "plugins");

/** Writes a stack's file, and makes the engine that deploys it without any host. */
function sceneOf(scene: string, stack: Settings): { file: string; engine: PulumiEngine } {
  const folder = join(directory, scene);
  mkdirSync(folder);
  const file = writeStack(folder, stack);
  const { project, stack: name, config, secretKeys } = readStackFile(file);
  const engine = new PulumiEngine({
    ...{ program, project, stack: name, config, secretConfig: secretKeys },
    ...{ stateDirectory: join(directory, "pulumi"), plugins: () => Promise.resolve(plugins) },
  });
  return { file, engine };
}

/** Plugins whose resources cost nothing. */
async function makePlugins(): Promise<void> {
  const entry = join(__dirname, "../support/answeringPlugin.ts");
  const pluginOf = (name: string) => ({ entry, words: [name, packageVersion(`@pulumi/${name}`)] });
  const named = ["command", "docker", "tls"].map((name) => [`pulumi-resource-${name}`, pluginOf(name)]);
  await compilePlugins(plugins, Object.fromEntries(named) as Parameters<typeof compilePlugins>[1]);
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
    await makePlugins();
    const before = sceneOf("before", settings());
    expect((await before.engine.up()).errors).toEqual([]);
    const unchanged = await before.engine.preview();
    expect(unchanged.errors).toEqual([]);
    expect(unchanged.changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
    expect(unchanged.changes.same).toBeGreaterThan(50);

    const after = sceneOf("after", changedSettings());
    const changed = await after.engine.preview();
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
