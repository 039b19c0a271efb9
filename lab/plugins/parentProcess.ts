const millisecondsBetweenLooks = 500;

/**
 * Ends this process when the one that started it is gone, as soon as nothing is left to finish. An engine that is killed leaves its
 * plugins behind otherwise.
 */
export function endWithParent(isIdle: () => boolean): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid !== parent && isIdle()) process.exit(0);
  }, millisecondsBetweenLooks);
  timer.unref();
}
