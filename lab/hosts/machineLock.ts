import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Runs work while no other lab on this machine does work under the same lock name, in this process or in another one.
 * The lock is `flock`'s, so it ends with the process that holds it, however that ends.
 */
export async function withMachineLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const file = join(tmpdir(), `ha-monitoring-lab-${name}.lock`);
  const holder = spawn("flock", [file, "sh", "-c", "echo locked; exec cat >/dev/null"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(holder, "close");
  const [outcome] = (await Promise.race([once(holder.stdout, "data"), ended])) as [unknown];
  if (!Buffer.isBuffer(outcome)) throw new Error(`The lock ${file} cannot be taken; see that it is writable`);
  try {
    return await work();
  } finally {
    holder.stdin.end();
    await ended;
  }
}
