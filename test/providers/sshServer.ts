import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, type TestContext } from "vitest";

/** An sshd of this machine that only a test knows: its own port, host key and authorized key. */
export interface SshServer {
  port: number;
  user: string;
  /** As in `ssh-ed25519 AAAA...`. */
  hostKey: string;
  privateKey: string;
  privateKeyFile: string;
  knownHostsFile: string;
  directory: string;
  /** How many connections it has accepted so far. */
  connections(): number;
  stop(): void;
}

const program = "/usr/sbin/sshd";

/** Skips a test, and says why, where there can be no such server; fails where CI is set. */
export function requireSshServer(context: TestContext): void {
  if (existsSync(program)) return;
  const reason = `${program} is not on this machine; install Debian's package openssh-server`;
  if (process.env["CI"]) throw new Error(reason);
  context.skip(reason);
}

/** Starts an sshd on a free port of the loopback address. */
export async function startSshServer(): Promise<SshServer> {
  const directory = mkdtempSync(join(tmpdir(), "ha-monitoring-sshd-"));
  const file = (name: string) => join(directory, name);
  for (const name of ["host_key", "user_key"]) {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", file(name)]);
  }
  writeFileSync(file("authorized_keys"), readFileSync(file("user_key.pub")), { mode: 0o600 });
  const { server, port } = await serve(directory);
  const hostKey = readFileSync(file("host_key.pub"), "utf8").trim().split(" ").slice(0, 2).join(" ");
  writeFileSync(file("known_hosts"), `[127.0.0.1]:${port} ${hostKey}\n`);
  const probes = countConnections(file("log"));
  return {
    ...{ port, hostKey, directory, user: userInfo().username },
    privateKey: readFileSync(file("user_key"), "utf8"),
    privateKeyFile: file("user_key"),
    knownHostsFile: file("known_hosts"),
    connections: () => countConnections(file("log")) - probes,
    stop: () => {
      server.kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Starts sshd on a port that nobody listens on; on another one where somebody was faster. */
async function serve(directory: string): Promise<{ server: ChildProcess; port: number }> {
  const file = (name: string) => join(directory, name);
  // A directory that root's sshd insists on, and that only root can make.
  if (userInfo().uid === 0) mkdirSync("/run/sshd", { recursive: true });
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    writeConfig(file("config"), settingsOf(directory, port));
    const server = spawn(program, ["-D", "-f", file("config"), "-E", file("log")], { stdio: "ignore" });
    if (await greets(server, port)) return { server, port };
    server.kill();
    if (attempt === 5) throw new Error(`sshd does not start: ${readFileSync(file("log"), "utf8")}`);
  }
}

function settingsOf(directory: string, port: number): string[] {
  const settings = {
    ...{ ListenAddress: "127.0.0.1", Port: port, HostKey: join(directory, "host_key"), PidFile: "none" },
    ...{ LogLevel: "VERBOSE", AuthorizedKeysFile: join(directory, "authorized_keys"), StrictModes: "no" },
    ...{ UsePAM: "no", PasswordAuthentication: "no", PermitRootLogin: "yes", MaxStartups: "100" },
  };
  return Object.entries(settings).map(([key, value]) => `${key} ${value}`);
}

// Newer servers punish addresses for failed logins, of which tests make some; older ones do not know the setting.
function writeConfig(path: string, lines: string[]): void {
  writeFileSync(path, [...lines, "PerSourcePenalties no", ""].join("\n"));
  if (spawnSync(program, ["-t", "-f", path]).status !== 0) writeFileSync(path, [...lines, ""].join("\n"));
}

/** A port of the loopback address that is closed: the kernel gives none below 1024 to a program that asks for any. */
export const closedPort = 1;

/** A port that nobody listens on now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}

function countConnections(log: string): number {
  return existsSync(log) ? (readFileSync(log, "utf8").match(/^Connection from /gm) ?? []).length : 0;
}

/** Waits for the server's first line, before which it has logged the connection; false if it ends without one. */
async function greets(server: ChildProcess, port: number): Promise<boolean> {
  for (let attempt = 0; attempt < 1200 && server.exitCode === null; attempt++) {
    const greeted = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("data", () => resolve(true));
      socket.on("error", () => resolve(false)).on("close", () => resolve(false));
      socket.once("data", () => socket.destroy());
    });
    if (greeted) return server.exitCode === null;
    await sleep(50);
  }
  return false;
}

/** One server for all tests of a file: the first that asks starts it, and one that asks where there can be none is skipped. */
export function sharedSshServer(): (context: TestContext) => Promise<SshServer> {
  let started: Promise<SshServer> | undefined;
  afterAll(async () => (await started)?.stop());
  return (context) => {
    requireSshServer(context);
    return (started ??= startSshServer());
  };
}
