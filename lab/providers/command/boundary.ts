import { writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Names a folder. When the command of a resource has succeeded for the first time, the resource gets an empty file there, and the engine gets
 * no answer, so that a test can kill the engine between the end of the work on the host and the record of the resource.
 */
export const boundaryVariable = "HA_MONITORING_LAB_BOUNDARIES";
/** How many resources of one process are withheld at most. Default: all. */
export const boundaryLimitVariable = "HA_MONITORING_LAB_BOUNDARY_LIMIT";

const millisecondsBetweenLooks = 200;
let withheld = 0;

/** Answers, or waits until the engine is killed. */
export async function passBoundary<T>(name: string, answer: T): Promise<T> {
  const directory = process.env[boundaryVariable];
  const limit = Number(process.env[boundaryLimitVariable] ?? Infinity);
  if (directory === undefined || withheld >= limit || !isFirst(join(directory, name))) return answer;
  withheld += 1;
  const engine = process.ppid;
  return new Promise(() => {
    setInterval(() => {
      if (process.ppid !== engine) process.exit(1);
    }, millisecondsBetweenLooks);
  });
}

function isFirst(path: string): boolean {
  try {
    writeFileSync(path, "", { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  }
}
