import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** What was done to a folder. */
export interface FolderChanges {
  written: number;
  removed: number;
  unchanged: number;
}

/** The file by which a folder of ours is known. */
export const markerFile = ".ha-monitoring-render";
const marker =
  'This folder is written by "ha-monitoring render": whatever else is put into it is removed by the next run.\n';

/**
 * Makes a folder hold exactly these texts, by relative path, and the marker.
 *
 * @throws before anything is touched, when there is something in the folder that is not ours.
 */
export function writeFolder(folder: string, files: ReadonlyMap<string, string>): FolderChanges {
  const isNew = isNewFolder(folder);
  const changes: FolderChanges = { written: 0, removed: 0, unchanged: 0 };
  const present = new Set<string>();
  mkdirSync(folder, { recursive: true });
  if (isNew) writeFileSync(join(folder, markerFile), marker);
  else changes.removed = removeOthers(folder, directoriesOf(files), files, present);
  const directories = new Set<string>();
  for (const [path, content] of files) {
    const full = `${folder}/${path}`;
    if (present.has(path)) {
      if (readFileSync(full, "utf8") === content) {
        changes.unchanged += 1;
        continue;
      }
    } else {
      const directory = dirname(full);
      if (!directories.has(directory)) mkdirSync(directory, { recursive: true });
      directories.add(directory);
    }
    writeFileSync(full, content);
    changes.written += 1;
  }
  return changes;
}

function isNewFolder(folder: string): boolean {
  if (!existsSync(folder)) return true;
  if (!statSync(folder).isDirectory()) throw new Error(`${folder} is not a folder; name another one`);
  if (existsSync(join(folder, markerFile))) return false;
  if (readdirSync(folder).length === 0) return true;
  throw new Error(
    `${folder} has something in it that render did not write, and would be emptied; name another folder, or move away what is there`,
  );
}

function directoriesOf(files: ReadonlyMap<string, string>): Set<string> {
  const directories = new Set<string>();
  for (const path of files.keys()) {
    let end = path.lastIndexOf("/");
    while (end > 0 && !directories.has(path.slice(0, end))) {
      directories.add(path.slice(0, end));
      end = path.lastIndexOf("/", end - 1);
    }
  }
  return directories;
}

/** Removes what is not among the files, and notes those of them that are there; returns how many files went. */
function removeOthers(
  folder: string,
  directories: ReadonlySet<string>,
  files: ReadonlyMap<string, string>,
  present: Set<string>,
): number {
  let removed = 0;
  const visit = (directory: string) => {
    for (const entry of readdirSync(join(folder, directory), { withFileTypes: true })) {
      const path = directory === "" ? entry.name : `${directory}/${entry.name}`;
      if (entry.isDirectory()) {
        visit(path);
        if (!directories.has(path)) rmdirSync(join(folder, path));
      } else if (entry.isFile() && (files.has(path) || path === markerFile)) {
        present.add(path);
      } else {
        unlinkSync(join(folder, path));
        removed += 1;
      }
    }
  };
  visit("");
  return removed;
}
