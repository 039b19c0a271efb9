import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

/** How many files were written, removed, and left as they were. */
export interface FolderChanges {
  written: number;
  removed: number;
  unchanged: number;
}

/** What belongs into a folder, by paths from it. */
export interface Contents {
  files: { has(path: string): boolean };
  directories: { has(path: string): boolean };
}

/** The file by which a folder of ours is known. */
export const markerFile = ".ha-monitoring-render";
const marker =
  'This folder is written by "ha-monitoring render": whatever else is put into it is removed by the next run.\n';

/**
 * Makes a folder one of ours, and removes from the top of it what does not belong there.
 *
 * @returns how many files were removed.
 * @throws before anything is touched, when there is something in the folder that is not ours.
 */
export function prepareFolder(folder: string, { files, directories }: Contents): number {
  const isOurs = existsSync(join(folder, markerFile));
  if (existsSync(folder) && !isOurs) {
    if (!statSync(folder).isDirectory()) throw new Error(`${folder} is not a folder; name another one`);
    if (readdirSync(folder).length > 0) {
      throw new Error(
        `${folder} has something in it that render did not write, and would be emptied; name another folder, or move away what is there`,
      );
    }
  }
  mkdirSync(folder, { recursive: true });
  const { removed } = keepOnly(folder, "", {
    files: { has: (path) => path === markerFile || files.has(path) },
    directories,
  });
  writeFileSync(join(folder, markerFile), marker);
  return removed;
}

/**
 * Reads all files of a folder of ours: text by path.
 *
 * @throws when it is not one.
 */
export function readFolder(folder: string): Map<string, string> {
  if (!existsSync(join(folder, markerFile))) {
    throw new Error(`${folder} has no ${markerFile}; name a folder that render wrote`);
  }
  return readFiles(folder);
}

/** Reads all files below a folder: text by path. */
export function readFiles(folder: string): Map<string, string> {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) =>
    entry.isFile(),
  );
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
  return new Map(paths.map((path) => [relative(folder, path), readFileSync(path, "utf8")]));
}

/** Makes the directories in which these files are hold them and nothing else. */
export function writeFiles(folder: string, files: ReadonlyMap<string, string>): FolderChanges {
  const changes: FolderChanges = { written: 0, removed: 0, unchanged: 0 };
  const directories = directoriesOf(files);
  const kept = new Set<string>();
  for (const directory of directories) {
    // Those that are new are empty, and so is everything in them.
    if (kept.has(directory) || (!directory.includes("/") && existsSync(join(folder, directory)))) {
      const found = keepOnly(folder, directory, { files, directories });
      changes.removed += found.removed;
      found.kept.forEach((path) => kept.add(path));
    } else {
      mkdirSync(join(folder, directory));
    }
  }
  for (const [path, content] of files) {
    const place = `${folder}/${path}`;
    const isThere = kept.has(path) || (!path.includes("/") && existsSync(place));
    if (isThere && readFileSync(place, "utf8") === content) {
      changes.unchanged += 1;
    } else {
      writeFileSync(place, content);
      changes.written += 1;
    }
  }
  return changes;
}

/** All directories of files, each after the one that it is in. */
function directoriesOf(files: ReadonlyMap<string, string>): Set<string> {
  const directories = new Set<string>();
  const add = (path: string) => {
    const end = path.lastIndexOf("/");
    if (end === -1) return;
    const directory = path.slice(0, end);
    if (directories.has(directory)) return;
    add(directory);
    directories.add(directory);
  };
  for (const path of files.keys()) add(path);
  return directories;
}

/** Removes from a directory what does not belong there; returns what stays, and how many files went. */
function keepOnly(
  folder: string,
  directory: string,
  { files, directories }: Contents,
): { kept: string[]; removed: number } {
  const kept: string[] = [];
  let removed = 0;
  for (const entry of readdirSync(join(folder, directory), { withFileTypes: true })) {
    const path = directory === "" ? entry.name : `${directory}/${entry.name}`;
    const belongs = entry.isDirectory() ? directories.has(path) : entry.isFile() && files.has(path);
    if (belongs) {
      kept.push(path);
    } else {
      removed += entry.isDirectory() ? countFiles(join(folder, path)) : 1;
      rmSync(join(folder, path), { recursive: true });
    }
  }
  return { kept, removed };
}

function countFiles(directory: string): number {
  return readdirSync(directory, { withFileTypes: true, recursive: true }).filter(
    (entry) => !entry.isDirectory(),
  ).length;
}
