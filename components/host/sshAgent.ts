import { spawnSync } from "node:child_process";
import * as pulumi from "@pulumi/pulumi";

const variable = "SSH_AUTH_SOCK";
/** Exit status of `ssh-add -l` when no agent answers (ssh-add(1)); 1 is an agent without keys. */
const noAgent = 2;

const checked = new Set<string>();

/**
 * Checks that the SSH agent named by SSH_AUTH_SOCK answers. @pulumi/command connects to it for each command, also where a private key is
 * given, and the command fails when it cannot. A preview connects to no host, so it warns only.
 *
 * @throws ResourceError outside of previews, before the first command.
 */
export function checkAgent(resource: pulumi.Resource | undefined): void {
  const socket = process.env[variable];
  if (socket === undefined || checked.has(socket)) return;
  const problem = agentProblem(socket);
  if (problem !== undefined && !pulumi.runtime.isDryRun()) {
    throw new pulumi.ResourceError(problem, resource, true);
  }
  checked.add(socket);
  if (problem !== undefined) void pulumi.log.warn(problem, resource);
}

/** Without ssh-add the agent is not asked. */
function agentProblem(socket: string): string | undefined {
  const { status } = spawnSync("ssh-add", ["-l"], {
    stdio: "ignore",
    timeout: 5_000,
    env: { ...process.env, [variable]: socket },
  });
  if (status !== noAgent) return undefined;
  return `${variable} is ${JSON.stringify(socket)}, and no SSH agent answers there; every command on a host would fail, although a private key is given: start the agent, or unset ${variable}`;
}
