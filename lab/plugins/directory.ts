import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { contentHash } from "../hosts/labels";
import { cachedDirectory } from "../toolchain/cache";
import { compilePlugins } from "./compile";

const labDirectory = join(__dirname, "..");
/** Folders whose sources the plugins are compiled from. */
const sources = ["plugins", "properties", "providers", "ssh"];

/** Packages whose resources the lab's own plugins know. */
export const pluginPackages = ["command", "digitalocean", "docker", "tls"];

/** The folder with the lab's own plugins and language host: executables as Pulumi looks for them on PATH. */
export function pluginsDirectory(): Promise<string> {
  const typeRemover = require.resolve("tsx/cjs");
  const plugins = {
    ...Object.fromEntries(
      pluginPackages.map((name) => [
        `pulumi-resource-${name}`,
        {
          entry: join(labDirectory, "providers", name, "plugin.ts"),
          words: [packageVersion(`@pulumi/${name}`)],
        },
      ]),
    ),
    "pulumi-language-nodejs": {
      entry: join(labDirectory, "plugins", "languageHost.ts"),
      words: [packageVersion("@pulumi/pulumi"), typeRemover],
    },
  };
  const recipe = contentHash([process.execPath, JSON.stringify(plugins), ...sourceTexts()]);
  return cachedDirectory(`plugins-${recipe}`, (directory) => compilePlugins(directory, plugins));
}

/** The version of an installed package: Pulumi asks a plugin for that of the SDK. */
export function packageVersion(name: string): string {
  const { version } = createRequire(__filename)(`${name}/package.json`) as { version: string };
  return version;
}

function sourceTexts(): Buffer[] {
  const files = sources.flatMap((folder) =>
    readdirSync(join(labDirectory, folder), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .sort()
      .map((path) => join(labDirectory, folder, path)),
  );
  return [join(labDirectory, "..", "package-lock.json"), ...files].map((path) => readFileSync(path));
}
