import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";

const markerPrefix = "used-by-";
const ownMarker = `${markerPrefix}${process.pid}`;
const newDirectorySeconds = 60;

const ownDirectories = new Set<string>();

// In every user's reach at the same path, whatever TMPDIR is; and short: sun_path has 104 bytes on macOS, and ssh needs 58 for a socket.
const base = "/tmp/ha-monitoring-";
const userId = process.getuid?.() ?? userInfo().uid;

/**
 * A directory for files that exist as long as this process, mode 0700. Directories of processes that have died are removed first, also when
 * a signal left them no time, or they belonged to another stack.
 *
 * @param name the same in every run, and of 12 characters at most.
 * @throws Error when the path belongs to another user.
 */
export function makeRunDirectory(name: string): string {
  if (ownDirectories.size === 0) {
    // Until this version they were in the temporary directory of the environment.
    [`${base}${userId}`, join(tmpdir(), `ha-monitoring-${userId}`)].forEach(removeAbandoned);
    removeAtTheEnd();
  }
  return makeOwn(join(`${base}${userId}`, name));
}

/** The path of the same directory for ssh, in which ssh puts the id of the user that runs it. */
export function runDirectoryForSsh(name: string): string {
  return `${base}%i/${name}`;
}

function makeOwn(directory: string): string {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  // Every user may make names under the temporary directory: keys go only where no other user could have put something before.
  for (const path of [dirname(directory), directory]) {
    const found = lstatSync(path);
    if (!found.isDirectory() || found.uid !== userId || (found.mode & 0o077) !== 0) {
      throw new Error(
        `${path} must be a directory that belongs to user ${userId} with mode 0700; remove it and try again`,
      );
    }
  }
  ownDirectories.add(directory);
  writeFileSync(join(directory, ownMarker), "", { mode: 0o600 });
  return directory;
}

function removeAbandoned(parent: string): void {
  if (!existsSync(parent) || lstatSync(parent).uid !== userId) return;
  for (const name of readdirSync(parent)) {
    const directory = join(parent, name);
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
