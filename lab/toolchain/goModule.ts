import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { run } from "../hosts/command";
import { contentHash } from "../hosts/labels";
import { cachedDirectory } from "./cache";
import { goEnvironment, goToolchain } from "./go";

/** Programs that are built from one version of a Go module, with the dependencies that the module itself pins. */
export interface GoModule {
  /** Name of the result in the cache, as in `prometheus-3.13.5`. */
  name: string;
  /** Module path and version, as in `github.com/prometheus/prometheus@v0.313.5`. */
  module: string;
  /** Package of each program below the module, by the program's name. */
  programs: Record<string, string>;
  /** Build tags. */
  tags?: string[];
  /** Variables that the linker sets, as `-X` does. */
  variables?: Record<string, string>;
  /** Files that the module lacks, by path. */
  files?: Record<string, string>;
  /** Modules for which the module has a replacement that is a folder beside it; the proxy's version is used. */
  withoutReplacement?: string[];
}

// Files of the module that upstream's release archives contain, too.
const documents = ["LICENSE", "NOTICE"];

/**
 * Builds the programs, once for each content of the recipe.
 *
 * @returns the directory that contains them.
 */
export async function buildGoModule(recipe: GoModule, log: (line: string) => void): Promise<string> {
  return cachedDirectory(`${recipe.name}-${contentHash([JSON.stringify(recipe)])}`, async (target) => {
    const go = await goToolchain(log);
    log(`Building ${recipe.name} from its Go module`);
    const begun = performance.now();
    const source = await copyModule(go, recipe, dirname(target));
    try {
      for (const [name, path] of Object.entries(recipe.programs))
        await run(go, buildArguments(recipe, source, join(target, name), path), {
          environment: goEnvironment,
        });
      for (const name of documents.filter((document) => existsSync(join(source, document))))
        cpSync(join(source, name), join(target, name));
    } finally {
      rmSync(source, { recursive: true, force: true });
    }
    log(`Built ${recipe.name} in ${Math.round((performance.now() - begun) / 1000)} s`);
  });
}

/** Arguments of `go` that build one program of a module whose source is in a folder. */
export function buildArguments(recipe: GoModule, source: string, output: string, path: string): string[] {
  const { tags = [], variables = {} } = recipe;
  const setting = Object.entries(variables).map(([name, value]) => `-X ${name}=${value}`);
  return [
    ...["-C", source, "build", "-trimpath", "-buildvcs=false", "-o", output],
    `-tags=${tags.join(",")}`,
    `-ldflags=${["-s", "-w", ...setting].join(" ")}`,
    // Without inlining a first build takes a quarter less time; the results do the same, so it is no part of the cache's key.
    "-gcflags=all=-l",
    path,
  ];
}

// The module's own folder in Go's cache is read-only.
async function copyModule(go: string, recipe: GoModule, parent: string): Promise<string> {
  const environment = goEnvironment;
  const { stdout } = await run(go, ["mod", "download", "-json", recipe.module], { environment });
  const { Dir: original } = JSON.parse(stdout) as { Dir: string };
  const source = mkdtempSync(join(parent, "source-"));
  cpSync(original, source, { recursive: true });
  await run("chmod", ["-R", "u+w", source]);
  for (const [path, content] of Object.entries(recipe.files ?? {})) {
    mkdirSync(dirname(join(source, path)), { recursive: true });
    writeFileSync(join(source, path), content);
  }
  const dropped = (recipe.withoutReplacement ?? []).map((module) => `-dropreplace=${module}`);
  if (dropped.length > 0) await run(go, ["-C", source, "mod", "edit", ...dropped], { environment });
  return source;
}
