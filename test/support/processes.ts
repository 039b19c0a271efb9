import { readdirSync, readFileSync } from "node:fs";

/** Kills a process and all that it started, at once and without a chance to clean up. */
export function killTree(processId: number): void {
  const parents = parentsOfAll();
  const family = [processId];
  for (const member of family)
    family.push(...[...parents].filter(([, parent]) => parent === member).map(([child]) => child));
  for (const member of family) {
    try {
      process.kill(member, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}

function parentsOfAll(): Map<number, number> {
  const entries = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name): [number, number][] => {
      try {
        // After the program's name, which may have blanks and parentheses: state, parent.
        const [, parent = ""] = readFileSync(`/proc/${name}/stat`, "utf8").split(") ").at(-1)!.split(" ");
        return [[Number(name), Number(parent)]];
      } catch {
        return [];
      }
    });
  return new Map(entries);
}
