import { readFileSync, writeFileSync } from "node:fs";
import { isRoot } from "./machine";

/** How many inotify instances one user may have on this machine; all containers' roots are the same user. */
const inotifyInstances = "/proc/sys/fs/inotify/max_user_instances";
/** Linux gives 128, which about 17 hosts use up: units that watch paths fail at boot then. */
const instancesNeeded = 1024;

/** Raises the limits of this machine's kernel that hosts would run into; says how where only root may. */
export function raiseKernelLimits(
  log: (line: string) => void,
  file = inotifyInstances,
  mayWrite = isRoot(),
): void {
  const present = Number(readFileSync(file, "utf8"));
  if (present >= instancesNeeded) return;
  if (mayWrite) writeFileSync(file, `${instancesNeeded}\n`);
  else
    log(
      `This machine allows ${present} inotify instances, enough for about ${Math.floor(present / 7.5)} hosts; for more: sudo sysctl fs.inotify.max_user_instances=${instancesNeeded}`,
    );
}
