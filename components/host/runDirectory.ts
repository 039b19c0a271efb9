import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";

const markerPrefix = "used-by-";
const ownMarker = `${markerPrefix}${process.pid}`;
const newDirectorySeconds = 60;

// sun_path has 108 bytes on Linux and 104 on macOS, the last of which is 0. ssh(1) expands %C to 40 and adds 17 while it makes the socket.
const longestSocketPath = 103;
const controlNameBytes = 1 + 40 + 17;

const ownDirectories = new Set<string>();

/** Directories below which each user has run directories: the temporary directory, and a short one for sockets. */
function bases(): string[] {
  const name = `ha-monitoring-${userInfo().uid}`;
  return [...new Set([tmpdir(), "/tmp"])].map((directory) => join(directory, name));
}

/**
 * A directory for files that exist as long as this process, mode 0700. Directories of processes that have died are removed first, also when
 * a signal left them no time, or they belonged to another stack.
 *
 * @param name the same in every run, and short.
 * @throws Error when the path belongs to another user.
 */
export function makeRunDirectory(name: string): string {
  if (ownDirectories.size === 0) {
    bases().forEach(removeAbandoned);
    removeAtTheEnd();
  }
  return makeOwn(join(bases()[0] as string, name));
}

/** A directory for control sockets whose path is short enough, or undefined when there is none: then each connection is its own. */
export function makeSocketDirectory(name: string): string | undefined {
  const path = bases()
    .map((base) => join(base, name))
    .find((each) => Buffer.byteLength(each) + controlNameBytes <= longestSocketPath);
  try {
    return path === undefined ? undefined : makeOwn(path);
  } catch {
    return undefined;
  }
}

function makeOwn(directory: string): string {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  // Every user may make names under the temporary directory: keys go only where no other user could have put something before.
  for (const path of [dirname(directory), directory]) {
    const found = lstatSync(path);
    if (!found.isDirectory() || found.uid !== userInfo().uid || (found.mode & 0o077) !== 0) {
      throw new Error(
        `${path} must be a directory that belongs to user ${userInfo().uid} with mode 0700; remove it and try again`,
      );
    }
  }
  ownDirectories.add(directory);
  writeFileSync(join(directory, ownMarker), "", { mode: 0o600 });
  return directory;
}

function removeAbandoned(base: string): void {
  if (!existsSync(base) || lstatSync(base).uid !== userInfo().uid) return;
  for (const name of readdirSync(base)) {
    const directory = join(base, name);
    const users = usersOf(directory);
    // A process that has just made its directory has no marker in it yet.
    const isNew = users.length === 0 && secondsOld(directory) < newDirectorySeconds;
    if (!isNew && !users.some(isAlive)) rmSync(directory, { recursive: true, force: true });
  }
}

function removeAtTheEnd(): void {
  const remove = () => ownDirectories.forEach(leave);
  process.once("exit", remove);
  // A signal ends a process without an "exit"; it still does, once the keys are gone.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      remove();
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    });
  }
}

// A preview may end while an update of the same stack still needs the keys.
function leave(directory: string): void {
  rmSync(join(directory, ownMarker), { force: true });
  if (!usersOf(directory).some(isAlive)) rmSync(directory, { recursive: true, force: true });
}

/** Ids of the processes that use a directory. */
function usersOf(directory: string): number[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.startsWith(markerPrefix))
      .map((name) => Number(name.slice(markerPrefix.length)));
  } catch {
    return [];
  }
}

function secondsOld(path: string): number {
  try {
    return (Date.now() - statSync(path).mtimeMs) / 1000;
  } catch {
    return 0;
  }
}

function isAlive(processId: number): boolean {
  try {
    return process.kill(processId, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
