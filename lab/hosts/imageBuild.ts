import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "./command";
import { contentHash, labels } from "./labels";
import { withMachineLock } from "./machineLock";

/** An image that is built from a directory, known by the hash of all that goes into it. */
export interface ImageRecipe {
  /** Without tag, as in `ha-monitoring-lab/debian13`. */
  repository: string;
  /** In front of the hash in the tag, as in `0.28.1`. */
  version?: string;
  directory: string;
  /** Files of the directory on which the image depends; default all. */
  files?: string[];
  buildArguments: Record<string, string>;
  target?: string;
}

/** Prefix of every image name of the lab. */
export const imagePrefix = "ha-monitoring-lab/";

/** The image's name, whose tag changes with the content of the recipe. */
export function imageName(recipe: ImageRecipe): string {
  const files = [...(recipe.files ?? readdirSync(recipe.directory))].sort();
  const hash = contentHash([
    ...files.flatMap((file) => [file, readFileSync(join(recipe.directory, file))]),
    JSON.stringify(Object.entries(recipe.buildArguments).sort()),
    recipe.target ?? "",
  ]);
  return `${recipe.repository}:${recipe.version ? `${recipe.version}-` : ""}${hash}`;
}

/** The arguments of `docker` that build the recipe. */
export function buildArguments(recipe: ImageRecipe): string[] {
  return [
    ...["build", "--force-rm", "--tag", imageName(recipe), "--label", `${labels.image}=1`],
    ...Object.entries(recipe.buildArguments).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
    ...(recipe.target ? ["--target", recipe.target] : []),
    recipe.directory,
  ];
}

/** Builds the recipe's image unless it is there, and returns its name. */
export async function ensureImage(recipe: ImageRecipe, log: (line: string) => void): Promise<string> {
  const name = imageName(recipe);
  return ensureBuilt(name, log, async () => {
    await run("docker", buildArguments(recipe));
  });
}

/** Runs `build` unless an image of that name is there; labs on one machine wait for each other. */
export async function ensureBuilt(
  name: string,
  log: (line: string) => void,
  build: (name: string) => Promise<void>,
): Promise<string> {
  if (await imageExists(name)) return name;
  return withMachineLock("images", async () => {
    if (await imageExists(name)) return name;
    log(`Building image ${name}`);
    const start = Date.now();
    await build(name);
    log(`Built image ${name} in ${Math.round((Date.now() - start) / 1000)} s`);
    return name;
  });
}

/** Removes every image of the lab that nothing uses. Returns the names of those that something uses. */
export async function removeImages(): Promise<string[]> {
  const format = "{{.Repository}}:{{.Tag}}";
  const list = async () =>
    (await run("docker", ["image", "ls", "--filter", `label=${labels.image}`, "--format", format])).stdout
      .split("\n")
      .filter((name) => name.startsWith(imagePrefix));
  for (const name of await list()) await run("docker", ["image", "rm", name], { allowFailure: true });
  return list();
}

async function imageExists(name: string): Promise<boolean> {
  return (await run("docker", ["image", "inspect", name], { allowFailure: true })).status === 0;
}
