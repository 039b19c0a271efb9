import { spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { run } from "./command";
import { administratorEnvironment, isRoot, requireCommands } from "./machine";
import { withMachineLock } from "./machineLock";

const secondsToStart = 60;

/** Whether a Docker engine answers on this machine. */
export async function dockerAnswers(): Promise<boolean> {
  // Not `docker info`, which ends with status 0 without an engine, too.
  const answer = run("docker", ["version", "--format", "{{.Server.Version}}"], { allowFailure: true });
  return answer.then(({ status }) => status === 0).catch(() => false);
}

/**
 * Sees that a Docker engine and the other tools of the lab are there: installs what is missing and starts the engine.
 *
 * @throws one error that says what is missing, where that is not possible.
 */
export async function ensureDockerEngine(stateDirectory: string, log: (line: string) => void): Promise<void> {
  const tools = ["docker", "debootstrap", "flock", "ssh", "tar"];
  if (await dockerAnswers()) return requireCommands(tools, log);
  await requireCommands([...tools, "dockerd", "iptables"], log);
  await withMachineLock("docker-engine", async () => {
    // Installing the package may have started it, and so may another lab.
    if (await dockerAnswers()) return;
    if (!isRoot())
      throw new Error("No Docker engine answers, and only root may start one: start it or run as root");
    log("Starting the Docker engine");
    if (existsSync("/run/systemd/system")) await run("systemctl", ["start", "docker"]);
    else await startByHand(stateDirectory);
  });
}

/**
 * Stops the Docker engine if the lab of this state directory started it by hand and nothing else runs on it.
 * Returns why it did not.
 */
export async function stopDockerEngine(stateDirectory: string): Promise<string | undefined> {
  const directory = engineDirectory(stateDirectory);
  const processId = readProcessId(join(directory, "pid"));
  if (processId === undefined || !isDockerEngine(processId)) return "this lab did not start it";
  const { stdout } = await run("docker", ["ps", "--quiet"]);
  const containers = stdout.split("\n").filter(Boolean).length;
  if (containers > 0) return `${containers} other containers run on it`;
  process.kill(processId, "SIGTERM");
  const deadline = Date.now() + secondsToStart * 1000;
  while (isDockerEngine(processId)) {
    if (Date.now() > deadline) return `process ${processId} did not end within ${secondsToStart} s`;
    await sleep(100);
  }
  rmSync(directory, { recursive: true });
  return undefined;
}

async function startByHand(stateDirectory: string): Promise<void> {
  const directory = engineDirectory(stateDirectory);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const logFile = join(directory, "dockerd.log");
  const log = openSync(logFile, "a", 0o600);
  const child = spawn("dockerd", [], {
    detached: true,
    stdio: ["ignore", log, log],
    env: { ...process.env, ...administratorEnvironment },
  });
  child.unref();
  let ended: string | undefined;
  child.on("error", (error) => (ended = error.message));
  child.on("exit", (code, signal) => (ended = `dockerd ended with ${signal ?? `status ${code}`}`));
  writeFileSync(join(directory, "pid"), `${child.pid}\n`);
  const deadline = Date.now() + secondsToStart * 1000;
  while (!(await dockerAnswers())) {
    if (Date.now() > deadline) ended = `dockerd does not answer after ${secondsToStart} s`;
    if (ended)
      throw new Error(`The Docker engine does not start: ${ended}; ${lastLine(logFile)}; log: ${logFile}`);
    await sleep(200);
  }
}

function engineDirectory(stateDirectory: string): string {
  return join(stateDirectory, "docker-engine");
}

function readProcessId(file: string): number | undefined {
  return existsSync(file) ? Number(readFileSync(file, "utf8")) : undefined;
}

// A process id may have been given to another program since.
function isDockerEngine(processId: number): boolean {
  const file = `/proc/${processId}/cmdline`;
  return existsSync(file) && readFileSync(file, "utf8").split("\0")[0]?.endsWith("dockerd") === true;
}

function lastLine(file: string): string {
  return readFileSync(file, "utf8").trim().split("\n").at(-1) ?? "";
}
