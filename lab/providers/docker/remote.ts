import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { Duplex } from "node:stream";
import { toText, type PropertyMap, type PropertyValue } from "../../properties/values";

/** Where a Docker daemon is. */
export interface DockerTarget {
  /** Program and first arguments that run a command where the daemon is; empty for this machine. */
  shell: string[];
  /** The daemon's socket, for this machine only. */
  socketPath?: string;
}

/** An answer of the daemon that is an error. */
export class DockerError extends Error {
  constructor(
    message: string,
    /** HTTP status. */
    readonly status: number,
  ) {
    super(message);
  }
}

/**
 * Reads a docker provider's inputs: `host` as `ssh://user@host:port` (or `unix:///path`) and `sshOpts`, which go to the `ssh` program as they
 * are, as with the real plugin.
 *
 * @throws for other kinds of hosts and other settings.
 */
export function dockerTarget(configuration: PropertyMap): DockerTarget {
  const { host = "unix:///var/run/docker.sock", sshOpts, ...rest } = configuration;
  const unsupported = Object.keys(rest).filter((key) => !["version", "pluginDownloadURL"].includes(key));
  if (unsupported.length > 0) {
    throw new Error(
      `docker provider: ${unsupported.join(", ")} not supported by the lab's provider; supported are host and sshOpts`,
    );
  }
  const url = URL.canParse(toText(host)) ? new URL(toText(host)) : undefined;
  if (url?.protocol === "unix:") return { shell: [], socketPath: url.pathname };
  if (url?.protocol !== "ssh:" || url.hostname === "") {
    throw new Error(
      `docker provider: host ${JSON.stringify(host)} is not supported; write ssh://user@host:port or unix:///path`,
    );
  }
  const options = readList(sshOpts);
  const user = url.username ? ["-l", decodeURIComponent(url.username)] : [];
  const port = url.port ? ["-p", url.port] : [];
  const address = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const timeout = options.some((option) => /ConnectTimeout/i.test(option)) ? [] : ["-o", "ConnectTimeout=30"];
  return { shell: ["ssh", ...options, ...timeout, "-T", ...user, ...port, "--", address] };
}

/** A connection to a daemon for one operation: as many requests as it takes, one after the other, over one SSH connection. */
export class DockerConnection {
  private readonly agent: Agent;
  private process: ChildProcessWithoutNullStreams | undefined;
  private complaints = "";

  constructor(private readonly target: DockerTarget) {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    // The agent's declared type knows sockets of its own making only.
    Object.assign(agent, { createConnection: () => this.open() });
    this.agent = agent;
  }

  /**
   * Sends one request and reads the whole answer: JSON where it is JSON, else text.
   *
   * @throws DockerError for an answer that is an error; an Error with ssh's own words if no connection comes about.
   */
  async request(method: string, path: string, body?: PropertyValue): Promise<PropertyValue> {
    const response = await this.send(method, path, body);
    const parts: Buffer[] = [];
    for await (const part of response) parts.push(part as Buffer);
    const text = Buffer.concat(parts).toString();
    const status = response.statusCode ?? 0;
    const answer = parseJson(text);
    if (status < 400) return answer ?? text;
    const message = (answer as { message?: string } | undefined)?.message ?? text;
    throw new DockerError(`Docker answered ${status}: ${message}`, status);
  }

  /** Ends the connection. */
  close(): void {
    this.agent.destroy();
    this.process?.kill();
  }

  private send(method: string, path: string, body: PropertyValue | undefined): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { "content-type": "application/json" };
      const request = httpRequest(
        { agent: this.agent, host: "docker", method, path: `/v1.41${path}`, headers },
        resolve,
      );
      request.on("error", (error) => reject(new Error(this.complaints.trim() || error.message)));
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  private open(): Duplex {
    if (this.target.socketPath !== undefined) return connect(this.target.socketPath);
    const [program = "ssh", ...options] = this.target.shell;
    const child = spawn(program, [...options, "docker", "system", "dial-stdio"]);
    this.process = child;
    child.stderr.on("data", (data: Buffer) => (this.complaints += data.toString()));
    const duplex = Duplex.from({ writable: child.stdin, readable: child.stdout });
    // ssh says on stderr why it could not connect; that may come after the end of its output.
    child.on("exit", () =>
      setImmediate(() => duplex.destroy(new Error(this.complaints.trim() || "connection closed"))),
    );
    return Object.assign(duplex, {
      setKeepAlive: noop,
      setNoDelay: noop,
      setTimeout: noop,
      ref: noop,
      unref: noop,
    });
  }
}

/** Opens a connection to the daemon that a provider is configured for, for the length of a task. */
export async function withDocker<T>(
  configuration: PropertyMap,
  task: (docker: DockerConnection) => Promise<T>,
): Promise<T> {
  const docker = new DockerConnection(dockerTarget(configuration));
  try {
    return await task(docker);
  } finally {
    docker.close();
  }
}

/** The answer about something that may not exist any more; undefined if it does not. */
export async function orGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof DockerError && error.status === 404) return undefined;
    throw error;
  }
}

// The SDK sends lists of a provider's configuration as JSON texts.
function readList(value: PropertyValue | undefined): string[] {
  if (value === undefined || value === null) return [];
  const list: unknown = typeof value === "string" ? parseJson(value) : value;
  if (Array.isArray(list)) return list.map(String);
  throw new Error(`docker provider: sshOpts ${JSON.stringify(value)} is not a list of texts`);
}

function parseJson(text: string): PropertyValue | undefined {
  try {
    return JSON.parse(text) as PropertyValue;
  } catch {
    return undefined;
  }
}

const noop = () => undefined;
