import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

/** A program in TypeScript that becomes an executable. */
export interface PluginSource {
  /** Path of its entry file. */
  entry: string;
  /** Its first arguments; those of its caller come behind them. */
  words: string[];
}

/**
 * Compiles programs into a folder, each into one file, which Node.js starts in a tenth of a second of CPU time, and a script of the
 * given name that runs it. The folder may be renamed.
 */
export async function compilePlugins(
  directory: string,
  plugins: Record<string, PluginSource>,
): Promise<void> {
  await build({
    entryPoints: Object.fromEntries(Object.entries(plugins).map(([name, { entry }]) => [name, entry])),
    ...{ outdir: directory, outExtension: { ".js": ".cjs" }, bundle: true, logLevel: "error" },
    ...{ platform: "node", target: "node22", format: "cjs", legalComments: "none" },
    // ssh2 does without its compiled parts where they are missing.
    external: ["*.node", "cpu-features"],
  });
  for (const [name, { words }] of Object.entries(plugins)) {
    const path = join(directory, name);
    const quoted = words.map((word) => `'${word}'`).join(" ");
    writeFileSync(
      path,
      `#!/bin/sh\nexec '${process.execPath}' "$(dirname "$0")/${name}.cjs" ${quoted} "$@"\n`,
    );
    chmodSync(path, 0o755);
  }
}
