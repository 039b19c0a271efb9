import { execFileSync, spawn, spawnSync } from "node:child_process";
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
  const port = await freePort();
  const settings = {
    ...{
      ListenAddress: "127.0.0.1",
      Port: port,
      HostKey: file("host_key"),
      PidFile: "none",
      LogLevel: "VERBOSE",
    },
    ...{
      AuthorizedKeysFile: file("authorized_keys"),
      StrictModes: "no",
      UsePAM: "no",
      PasswordAuthentication: "no",
    },
    ...{ PermitRootLogin: "yes", MaxStartups: "100" },
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key} ${value}`);
  // A directory that root's sshd insists on, and that only root can make.
  if (userInfo().uid === 0) mkdirSync("/run/sshd", { recursive: true });
  writeConfig(file("config"), lines);
  const server = spawn(program, ["-D", "-f", file("config"), "-E", file("log")], { stdio: "ignore" });
  const hostKey = readFileSync(file("host_key.pub"), "utf8").trim().split(" ").slice(0, 2).join(" ");
  writeFileSync(file("known_hosts"), `[127.0.0.1]:${port} ${hostKey}\n`);
  await untilOpen(port);
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

// Newer servers punish addresses for failed logins, of which tests make some; older ones do not know the setting.
function writeConfig(path: string, lines: string[]): void {
  writeFileSync(path, [...lines, "PerSourcePenalties no", ""].join("\n"));
  if (spawnSync(program, ["-t", "-f", path]).status !== 0) writeFileSync(path, [...lines, ""].join("\n"));
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
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

async function untilOpen(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
      socket.on("connect", () => socket.destroy());
    });
    if (open) return sleep(100);
    await sleep(50);
  }
  throw new Error(`sshd does not listen on port ${port}`);
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
