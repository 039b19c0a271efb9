import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../hosts/command";
import { contentHash } from "../hosts/labels";
import { cachedDirectory } from "../toolchain/cache";
import { buildGoModule } from "../toolchain/goModule";
import { releaseRecipe, type Release } from "./recipes";

// Changes with what is done below, so that archives made by an older version of it are not used.
const layout = "1";
const architectures: Partial<Record<NodeJS.Architecture, string>> = { x64: "amd64", arm64: "arm64" };

/** Builds the programs of a release for this machine. Returns the directory that contains them. */
export function buildRelease(release: Release, log: (line: string) => void): Promise<string> {
  return buildGoModule(releaseRecipe(release), log);
}

/**
 * A release in upstream's layout: a directory that contains `v<version>/<program>-<version>.linux-<architecture>.tar.gz` and
 * `v<version>/sha256sums.txt`. Returns the directory.
 */
export async function buildReleaseArchive(release: Release, log: (line: string) => void): Promise<string> {
  const { program, version } = release;
  const recipe = contentHash([layout, JSON.stringify(releaseRecipe(release))]);
  return cachedDirectory(`archives/${program}-${version}-${recipe}`, async (target) => {
    const programs = await buildRelease(release, log);
    const name = `${program}-${version}.linux-${releaseArchitecture()}`;
    const directory = join(target, `v${version}`);
    mkdirSync(directory);
    const archive = join(directory, `${name}.tar.gz`);
    await run("tar", [
      ...["--create", "--file", archive, "--use-compress-program", "gzip -1"],
      ...["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime=@0"],
      ...["--transform", `s,^,${name}/,`, "--directory", programs],
      ...readdirSync(programs),
    ]);
    const sum = createHash("sha256").update(readFileSync(archive)).digest("hex");
    writeFileSync(join(directory, "sha256sums.txt"), `${sum}  ${name}.tar.gz\n`);
  });
}

/** Checksum of the archive in a directory that `buildReleaseArchive` returned. */
export function archiveChecksum(directory: string, version: string): string {
  return readFileSync(join(directory, `v${version}`, "sha256sums.txt"), "utf8").split(" ")[0] as string;
}

/** Makes the archives of releases, one after the other, because each build uses all cores. Returns their directories. */
export async function buildReleaseArchives(
  releases: Release[],
  log: (line: string) => void,
): Promise<string[]> {
  const directories: string[] = [];
  for (const release of releases) directories.push(await buildReleaseArchive(release, log));
  return directories;
}

/** This machine's architecture as the names of archives have it. */
export function releaseArchitecture(): string {
  const architecture = architectures[process.arch];
  if (architecture === undefined) throw new Error(`upstream's releases are not used on ${process.arch}`);
  return architecture;
}
