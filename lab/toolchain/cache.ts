import { mkdirSync, renameSync, rmSync, existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { withMachineLock } from "../hosts/machineLock";

/** Directory for results that are expensive to make, shared by all checkouts of this user. */
export function cacheDirectory(): string {
  const base = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  return join(base, "ha-monitoring-lab");
}

/**
 * A directory of the cache, made once: `make` fills a directory beside it, which then takes the name by rename, so that a
 * killed run leaves nothing that looks complete. Processes that want the same directory wait for each other.
 *
 * @param name below the cache directory; it contains a hash of everything that `make` depends on.
 */
export async function cachedDirectory(
  name: string,
  make: (directory: string) => Promise<void>,
): Promise<string> {
  const directory = join(cacheDirectory(), name);
  if (existsSync(directory)) return directory;
  return withMachineLock(name.replaceAll("/", "-"), async () => {
    if (existsSync(directory)) return directory;
    const unfinished = `${directory}.unfinished`;
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(dirname(directory), { recursive: true });
    mkdirSync(unfinished);
    await make(unfinished);
    renameSync(unfinished, directory);
    return directory;
  });
}
