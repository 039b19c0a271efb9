import { existsSync } from "node:fs";
import { join } from "node:path";
import { ensureDockerEngine } from "../../lab/hosts/dockerEngine";
import { requireCommands } from "../../lab/hosts/machine";
import { makeToolsPresent } from "./tools";

/**
 * Before the first test: the real programs that check our goldens, and an sshd and a Docker engine for the tests of the engine. What cannot
 * be had here is told; the tests that need it are skipped with the reason, or fail where CI is set.
 */
export default async function prepareMachine(): Promise<void> {
  makeToolsPresent();
  const say = (line: string) => console.log(line);
  // Where systemd runs, the package would open a port for good: a developer decides that, CI does not mind.
  const mayInstallServer = Boolean(process.env.CI) || !existsSync("/run/systemd/system");
  try {
    await requireCommands(["ssh", "ssh-keygen", "openssl", ...(mayInstallServer ? ["sshd"] : [])], say);
    await ensureDockerEngine(join(__dirname, "../../.lab"), say);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
  }
}
