import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../lab/hosts/command";
import { moduleVersion } from "../../lab/releases/recipes";
import { goEnvironment, goToolchain } from "../../lab/toolchain/go";
import { defaultVersions, type ReleasedName } from "../../model/versions";

/** Files of a directory in the Go module of a program's default version, by name: what upstream tests its own reader with. */
export async function upstreamTestdata(
  program: ReleasedName,
  directory: string,
  ending: RegExp,
): Promise<[string, string][]> {
  const go = await goToolchain(console.log);
  const module = `github.com/prometheus/${program}@${moduleVersion(program, defaultVersions[program])}`;
  const { stdout } = await run(go, ["mod", "download", "-json", module], { environment: goEnvironment });
  const path = join((JSON.parse(stdout) as { Dir: string }).Dir, directory);
  return readdirSync(path)
    .filter((name) => ending.test(name))
    .map((name) => [name, readFileSync(join(path, name), "utf8")]);
}
