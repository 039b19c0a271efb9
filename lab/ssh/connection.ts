import { createPrivateKey } from "node:crypto";
import { once } from "node:events";
import { createConnection } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, utils, type ConnectConfig, type ServerHostKeyAlgorithm } from "ssh2";
import { encodeOpenSshPrivateKey } from "./opensshKey";

/** One end of an SSH connection, in the words of @pulumi/command. */
export interface SshEnd {
  host: string;
  /** Default 22. */
  port?: number;
  /** Default root. */
  user?: string;
  privateKey?: string;
  privateKeyPassword?: string;
  password?: string;
  /** A public key as in `ssh-ed25519 AAAA...`. Any server is accepted without it. */
  hostKey?: string;
  /** Default $SSH_AUTH_SOCK. */
  agentSocketPath?: string;
  /** Failed attempts that are repeated; default 10, -1 for ever. */
  dialErrorLimit?: number;
  /** Seconds for one attempt; default 15, 0 for ever. */
  perDialTimeout?: number;
}

/** A connection, perhaps by way of a bastion host. */
export interface SshConnection extends SshEnd {
  proxy?: SshEnd;
}

/** What a command left behind. */
export interface CommandOutcome {
  /** How it ended; "" if with status 0. */
  problem: string;
  stdout: string;
  stderr: string;
  /** Both streams as they came. */
  output: string;
}

/**
 * Runs one command over a new connection, which is closed afterwards.
 *
 * @throws if no connection comes about. A command that fails does not throw.
 */
export async function runOverSsh(
  connection: SshConnection,
  command: string,
  stdin: string,
  environment: Record<string, string>,
): Promise<CommandOutcome> {
  const clients: Client[] = [];
  try {
    let tunnel: (() => Promise<Duplex>) | undefined;
    if (connection.proxy) {
      const bastion = await dial(connection.proxy);
      clients.push(bastion);
      tunnel = () => forward(bastion, connection);
    }
    const client = await dial(connection, tunnel);
    clients.push(client);
    return await execute(client, command, stdin, environment);
  } catch (error) {
    const message = (error as Error).message;
    throw new Error(connection.proxy && clients.length === 0 ? `proxy: ${message}` : message, {
      cause: error,
    });
  } finally {
    for (const client of clients.reverse()) client.end();
  }
}

async function dial(end: SshEnd, tunnel?: () => Promise<Duplex>): Promise<Client> {
  await requireAgent(agentOf(end));
  const config = connectConfig(end);
  const limit = end.dialErrorLimit ?? 10;
  for (let failures = 0; ; failures++) {
    try {
      return await connect({ ...config, ...(tunnel ? { sock: await tunnel() } : {}) }, end);
    } catch (error) {
      const target = `${config.username}@${end.host}:${config.port}`;
      if (limit >= 0 && failures >= limit) {
        throw new Error(
          `after ${failures} failed attempts: no SSH connection to ${target}: ${(error as Error).message}`,
          { cause: error },
        );
      }
    }
    await sleep(Math.min(100 * 1.5 ** failures, 5000));
  }
}

function agentOf(end: SshEnd): string | undefined {
  return end.agentSocketPath ?? process.env["SSH_AUTH_SOCK"];
}

/** As in @pulumi/command an agent that does not answer is an error, also where a private key is given, and no second attempt follows. */
async function requireAgent(path: string | undefined): Promise<void> {
  if (path === undefined) return;
  const agent = createConnection(path);
  try {
    await once(agent, "connect");
  } finally {
    agent.destroy();
  }
}

function connectConfig(end: SshEnd): ConnectConfig {
  const agent = agentOf(end);
  const seconds = end.perDialTimeout ?? 15;
  return {
    host: end.host,
    port: end.port ?? 22,
    username: end.user ?? "root",
    readyTimeout: seconds * 1000,
    ...(end.privateKey ? readPrivateKey(end.privateKey, end.privateKeyPassword) : {}),
    ...(end.password ? { password: end.password, tryKeyboard: true } : {}),
    ...(agent ? { agent } : {}),
    ...(end.hostKey ? { algorithms: { serverHostKey: [parseHostKey(end.hostKey).type] } } : {}),
  };
}

function connect(config: ConnectConfig, end: SshEnd): Promise<Client> {
  const client = new Client();
  return new Promise<Client>((resolve, reject) => {
    let refused: Error | undefined;
    client.on("ready", () => resolve(client));
    client.on("error", (error) => {
      reject(refused ?? error);
      client.end();
    });
    client.on("close", () => reject(refused ?? new Error("the server closed the connection")));
    client.on("keyboard-interactive", (_name, _instructions, _language, prompts, finish) =>
      finish(prompts.map(() => end.password ?? "")),
    );
    const hostVerifier = (key: Buffer) => {
      if (!end.hostKey || key.equals(parseHostKey(end.hostKey).blob)) return true;
      refused = new Error(
        `host key mismatch: the server has ${describeKey(key)}, connection.hostKey is ${end.hostKey.trim()}; ` +
          "if the machine was installed anew, set its new key, else somebody is in between",
      );
      return false;
    };
    client.connect({ ...config, hostVerifier });
  });
}

function forward(bastion: Client, target: SshEnd): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    bastion.forwardOut("127.0.0.1", 0, target.host, target.port ?? 22, (error, channel) => {
      if (error) reject(new Error(`from the proxy: ${error.message}`));
      else resolve(channel);
    });
  });
}

function execute(
  client: Client,
  command: string,
  stdin: string,
  environment: Record<string, string>,
): Promise<CommandOutcome> {
  return new Promise((resolve, reject) => {
    // A machine that goes away in the middle closes the connection without closing the channel.
    client.on("close", () =>
      reject(new Error(`the SSH connection was lost while running ${JSON.stringify(command)}`)),
    );
    client.exec(command, { env: environment }, (error, channel) => {
      if (error) return reject(error);
      const out: Buffer[] = [];
      const err: Buffer[] = [];
      const both: Buffer[] = [];
      const collect = (stream: Buffer[]) => (data: Buffer) => {
        stream.push(data);
        both.push(data);
      };
      channel.on("data", collect(out));
      channel.stderr.on("data", collect(err));
      let problem = "remote command exited without exit status or exit signal";
      channel.on("exit", (status: number | null, signal?: string) => {
        problem =
          status === 0 ? "" : `Process exited with ${signal ? `signal ${signal}` : `status ${status}`}`;
      });
      channel.on("close", () => {
        const text = (parts: Buffer[]) => Buffer.concat(parts).toString();
        resolve({ problem, stdout: text(out), stderr: text(err), output: text(both) });
      });
      // A command need not read all of its input.
      channel.on("error", () => undefined);
      channel.end(stdin);
    });
  });
}

// ssh2 reads the traditional and OpenSSH's own format; PKCS#8, which tls.PrivateKey makes for ED25519, it does not.
function readPrivateKey(
  pem: string,
  passphrase: string | undefined,
): Pick<ConnectConfig, "privateKey" | "passphrase"> {
  if (!(utils.parseKey(pem, passphrase) instanceof Error)) {
    return { privateKey: pem, ...(passphrase ? { passphrase } : {}) };
  }
  try {
    const key = createPrivateKey({ key: pem, ...(passphrase ? { passphrase } : {}) });
    return { privateKey: encodeOpenSshPrivateKey(key, "") };
  } catch (error) {
    throw new Error(
      `connection.privateKey cannot be read: ${(error as Error).message}; give a private key in PEM`,
      { cause: error },
    );
  }
}

function parseHostKey(text: string): { type: ServerHostKeyAlgorithm; blob: Buffer } {
  const [type, base64] = text.trim().split(/\s+/);
  if (!type || !base64) {
    throw new Error(
      `connection.hostKey: "${text}" is not a public key; write for example "ssh-ed25519 AAAA..."`,
    );
  }
  return { type: type as ServerHostKeyAlgorithm, blob: Buffer.from(base64, "base64") };
}

function describeKey(blob: Buffer): string {
  return `${blob.subarray(4, 4 + blob.readUInt32BE(0)).toString()} ${blob.toString("base64")}`;
}
