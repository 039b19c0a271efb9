import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { structuredPatch } from "diff";
import { stringify } from "yaml";
import { execute, type Executed } from "../support/execute";
import { hostKey } from "../support/monitors";

export { readFiles as readFolder } from "../../cli/folder";

const root = join(__dirname, "../..");
const tsx = join(root, "node_modules/.bin/tsx");

/** A directory for the tests of one file. */
export function makeDirectory(): string {
  return mkdtempSync(join(tmpdir(), "ha-monitoring-render-"));
}

/** Settings of a stack, by key without a namespace. */
export type Settings = Record<string, unknown>;

const machine = (name: string, address: string, more: object = {}) => ({
  ...{ name, address, connection: { hostKey } },
  ...more,
});

/** A stack of two monitors and two targets, whose private key is encrypted. */
export function settings(changes: Settings = {}): Settings {
  return {
    sshPrivateKey: { secure: "v1:nobody:can read it" },
    monitors: [machine("monitor-a", "198.51.100.10"), machine("monitor-b", "198.51.100.11")],
    targets: [
      machine("web-1", "198.51.100.21"),
      machine("web-2", "2001:db8::22", { labels: { role: "web" } }),
    ],
    alerting: {
      config: { route: { receiver: "chat", group_wait: "30s" }, receivers: [{ name: "chat" }] },
    },
    ...changes,
  };
}

/** The same stack with another receiver, another label of a target and another setting of TLS. */
export function changedSettings(): Settings {
  const [first, second] = settings()["targets"] as object[];
  return settings({
    alerting: {
      config: {
        route: { receiver: "chat", group_wait: "30s" },
        receivers: [{ name: "chat", webhook_configs: [{ url: "https://chat.example.com/" }] }],
      },
    },
    targets: [first, { ...second, labels: { role: "api" } }],
    certificates: { earlyRenewalHours: 1000 },
  });
}

/** Writes a stack's file, and the project's beside it; returns the path of the first. */
export function writeStack(
  directory: string,
  stack: Settings,
  name = "prod",
  project = "ha-monitoring",
): string {
  const config = Object.fromEntries(
    Object.entries(stack).map(([key, value]) => [`${project}:${key}`, value]),
  );
  const path = join(directory, `Pulumi.${name}.yaml`);
  writeFileSync(path, stringify({ config }));
  const manifest = readFileSync(join(root, "Pulumi.yaml"), "utf8").replaceAll(
    "ha-monitoring:",
    `${project}:`,
  );
  writeFileSync(join(directory, "Pulumi.yaml"), manifest.replace("name: ha-monitoring", `name: ${project}`));
  return path;
}

/** Runs one of the project's sources in a process of its own. */
export function runSource(source: string, ...programArguments: string[]): Executed {
  return execute(tsx, [join(root, source), ...programArguments], { timeoutSeconds: 120 });
}

/** Runs the program `ha-monitoring` from its sources. */
export function haMonitoring(...programArguments: string[]): Executed {
  return runSource("cli/main.ts", ...programArguments);
}

/** Lines that differ between two folders, as `git diff` marks them, by path. */
export function changedLines(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): Record<string, string[]> {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  const changes = paths.map((path) => [path, linesChanged(before.get(path), after.get(path))] as const);
  return Object.fromEntries(changes.filter(([, lines]) => lines.length > 0));
}

/** Lines that differ between two texts, with a sign each. */
export function linesChanged(before = "", after = ""): string[] {
  const { hunks } = structuredPatch("", "", before, after, "", "", { context: 0 });
  return hunks.flatMap(({ lines }) => lines.filter((line) => !line.startsWith("\\")));
}
