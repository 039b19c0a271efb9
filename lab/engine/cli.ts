import { accessSync, constants } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { pluginPackages, pluginsDirectory } from "../plugins/directory";
import { run } from "../hosts/command";
import { cacheDirectory } from "../toolchain/cache";
import { buildPulumi } from "../toolchain/pulumi";

/** The oldest CLI on PATH that is used; older ones lack flags of the lab's. */
const oldestUsable = { major: 3, minor: 259 };

/** The Pulumi CLI of this machine and all that it runs with. */
export interface PulumiInstallation {
  /** Path of the CLI. */
  cli: string;
  /** As in `v3.274.1`. */
  version: string;
  /** For PATH: the lab's own plugins come last, so that real ones on the user's PATH are used instead. */
  path: string;
}

let found: Promise<PulumiInstallation> | undefined;

/**
 * The CLI on PATH if it is new enough, else one that is built from its Go module, which takes minutes once. What npm puts into
 * node_modules/.bin does not count.
 */
export function pulumiInstallation(log: (line: string) => void = console.log): Promise<PulumiInstallation> {
  return (found ??= findInstallation(log).catch((error: unknown) => {
    found = undefined;
    throw error;
  }));
}

/** One line for people: which CLI this is, and which plugins are the lab's own. */
export async function describePulumi(): Promise<string> {
  const { cli, version } = await pulumiInstallation();
  const own = [...pluginPackages.map((name) => `resource-${name}`), "language-nodejs"].filter(
    (name) => findOnPath(`pulumi-${name}`) === undefined,
  );
  const plugins = own.length > 0 ? `with the lab's own ${own.join(", ")}` : "with the plugins on PATH";
  return `Pulumi ${version} (${cli}), ${plugins}`;
}

/** Path of a program on this machine's PATH; undefined if there is none. */
export function findOnPath(program: string): string | undefined {
  return userDirectories()
    .map((directory) => join(directory, program))
    .find(isExecutable);
}

/**
 * Settings for every command of the CLI. Nothing of the operator's own Pulumi is used or seen.
 *
 * @param plugins a folder with plugins that are used before those on PATH.
 */
export async function pulumiEnvironment(
  stateDirectory: string,
  plugins?: string,
): Promise<NodeJS.ProcessEnv> {
  const { path } = await pulumiInstallation();
  const operators = Object.keys(process.env).filter((name) => name.startsWith("PULUMI_"));
  return {
    ...Object.fromEntries(operators.map((name) => [name, undefined])),
    PATH: plugins === undefined ? path : [plugins, path].join(delimiter),
    PULUMI_HOME: join(stateDirectory, "home"),
    PULUMI_BACKEND_URL: `file://${join(stateDirectory, "backend")}`,
    PULUMI_CONFIG_PASSPHRASE: "lab",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    // For a real language host on PATH: `npm run lint` has checked the types.
    PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    // It has the flag --event-log.
    PULUMI_DEBUG_COMMANDS: "true",
    NO_COLOR: "1",
    // Plugins and programs in Node.js start faster.
    NODE_COMPILE_CACHE: join(cacheDirectory(), "compiled"),
  };
}

async function findInstallation(log: (line: string) => void): Promise<PulumiInstallation> {
  const onPath = findOnPath("pulumi");
  const cli = onPath && (await isUsable(onPath)) ? onPath : await buildPulumi(log);
  const version = await versionOf(cli);
  const path = [dirname(process.execPath), dirname(cli), ...userDirectories(), await pluginsDirectory()];
  return { cli, version, path: path.join(delimiter) };
}

async function isUsable(cli: string): Promise<boolean> {
  const [, major, minor] = /^v(\d+)\.(\d+)\./.exec(await versionOf(cli).catch(() => "")) ?? [];
  return Number(major) === oldestUsable.major && Number(minor) >= oldestUsable.minor;
}

async function versionOf(cli: string): Promise<string> {
  const environment = { PULUMI_SKIP_UPDATE_CHECK: "true" };
  return (await run(cli, ["version"], { environment })).stdout.trim();
}

function userDirectories(): string[] {
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((directory) => directory !== "" && !/node_modules[/\\]\.bin[/\\]?$/.test(directory));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
