import { randomUUID, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Lab } from "../hosts/lab";
import type { Cloud } from "./cloud";
import { addActionRoutes } from "./dropletActions";
import { addDropletRoutes } from "./droplets";
import { DropletWork } from "./dropletWork";
import { ApiError, badRequest, notFound, unauthorized } from "./errors";
import { Faults, type Fault } from "./faults";
import { addFirewallRoutes } from "./firewalls";
import { addKeyRoutes } from "./keys";
import { LabMachines, type ImageFiles } from "./labMachines";
import type { DropletMachines } from "./machines";
import { withoutSecrets, type RecordedRequest } from "./requestLog";
import { Router, type ApiResponse } from "./routing";
import { Store, type CloudInitDisturbance, type Account } from "./store";
import { addTagRoutes } from "./tags";
import { addVpcRoutes } from "./vpcs";

export type { Fault } from "./faults";
export type { RecordedRequest } from "./requestLog";
export type { CloudInitDisturbance } from "./store";

/** How droplets come about: as hosts of a lab, with these files in their image beyond the lab's own, which then keeps the account, too, and whose `down` takes both away; or on something else. */
export type DropletBacking =
  { lab: Lab; files?: ImageFiles } | { machines: DropletMachines; stateDirectory: string };

export type SimulatedDigitalOceanOptions = DropletBacking & {
  /** The only token that is let in. */
  token: string;
  /** Gets one line for what goes wrong behind the API. */
  log?: (line: string) => void;
};

const requestsPerHour = 5000;

/**
 * DigitalOcean's API as far as its Pulumi provider needs it for SSH keys, droplets, tags, VPCs and firewalls, with droplets that are hosts
 * of a lab and run their user data. What it has outlives its process.
 */
export class SimulatedDigitalOcean {
  /** Every request so far, the refused ones, too. */
  readonly requests: RecordedRequest[] = [];
  private readonly cloud: Cloud;
  private readonly faults = new Faults();
  private readonly disturbances: { disturbance: CloudInitDisturbance; name?: string }[] = [];
  private readonly log: (line: string) => void;
  private readonly server: Server = createServer((request, response) => void this.serve(request, response));

  constructor(private readonly options: SimulatedDigitalOceanOptions) {
    this.log = options.log ?? (() => undefined);
    const [machines, directory] =
      "lab" in options
        ? [new LabMachines(options.lab, options.files), options.lab.stateDirectory]
        : [options.machines, options.stateDirectory];
    const store = new Store(join(directory, "digitalocean", "account.json"));
    this.cloud = {
      ...{ router: new Router(), store, work: new DropletWork(store, machines, this.log) },
      nextDisturbance: (name) => this.takeDisturbance(name),
    };
    for (const add of [
      addKeyRoutes,
      addDropletRoutes,
      addActionRoutes,
      addTagRoutes,
      addVpcRoutes,
      addFirewallRoutes,
    ])
      add(this.cloud);
  }

  /**
   * Begins to answer, on this machine only, and goes on with what an earlier process left unfinished.
   *
   * @param port default: one that is free. A stack whose provider names the endpoint needs the same one every time.
   */
  async listen(port = 0): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once("error", reject).listen(port, "127.0.0.1", resolve);
    });
    this.cloud.work.resume();
  }

  /** Where it answers, for the provider's `apiEndpoint`. */
  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** What the account has. */
  get account(): Readonly<Account> {
    return this.cloud.store.account;
  }

  /** Lets coming requests fail; they change nothing. */
  failNext(fault: Fault): void {
    this.faults.add(fault);
  }

  /**
   * Disturbs the run of the next droplet's user data.
   *
   * @param name of the droplet, where several are made at a time; default: whichever comes first.
   */
  disturbNextCloudInit(disturbance: CloudInitDisturbance, name?: string): void {
    this.disturbances.push({ disturbance, name });
  }

  private takeDisturbance(droplet: string): CloudInitDisturbance | undefined {
    const index = this.disturbances.findIndex(({ name }) => name === undefined || name === droplet);
    return index === -1 ? undefined : this.disturbances.splice(index, 1)[0]?.disturbance;
  }

  /** Waits until nothing goes on behind the API: droplets are up, actions are completed, what was deleted is gone. */
  async settled(): Promise<void> {
    await this.cloud.work.settled();
  }

  /** Answers no more, and finishes what has begun. Droplets stay. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
    await this.settled();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const recorded: RecordedRequest = {
      ...{ time: Date.now(), method: request.method ?? "GET", path: request.url ?? "/", status: 0 },
    };
    this.requests.push(recorded);
    const requestId = randomUUID();
    let answer: ApiResponse & { headers?: Record<string, string> };
    try {
      answer = this.answer(request, await text(request), recorded);
      if (request.method !== "GET") this.cloud.store.save();
    } catch (error) {
      if (!(error instanceof ApiError)) this.log(`${request.method} ${request.url}: ${String(error)}`);
      const { status, id, message, headers } =
        error instanceof ApiError ? error : new ApiError(500, "server_error", "Unexpected server-side error");
      answer = { status, headers, body: { id, message, request_id: requestId } };
    }
    recorded.status = answer.status;
    response.writeHead(answer.status, {
      "Content-Type": "application/json; charset=utf-8",
      "X-Request-Id": requestId,
      ...this.rateLimit(),
      ...answer.headers,
    });
    response.end(answer.status === 204 ? "" : JSON.stringify(answer.body));
  }

  private answer(request: IncomingMessage, content: string, recorded: RecordedRequest): ApiResponse {
    const { method = "GET", url = "/", headers } = request;
    const address = new URL(url, `http://${headers.host ?? "127.0.0.1"}`);
    this.faults.strike(method, address.pathname);
    if (!isToken(headers.authorization, this.options.token)) throw unauthorized();
    const body = content === "" ? {} : parseBody(content);
    if (content !== "") recorded.body = withoutSecrets(body);
    const route = this.cloud.router.find(method, address.pathname);
    if (!route) {
      this.log(`The simulated API has no ${method} ${address.pathname}`);
      throw notFound("The resource you were accessing could not be found.");
    }
    return route.handler({ address, body, parameters: route.parameters });
  }

  private rateLimit(): Record<string, string> {
    const anHourAgo = Date.now() - 3_600_000;
    const recent = this.requests.filter(({ time }) => time > anHourAgo);
    const reset = Math.ceil(((recent[0]?.time ?? Date.now()) + 3_600_000) / 1000);
    return {
      "RateLimit-Limit": String(requestsPerHour),
      "RateLimit-Remaining": String(Math.max(0, requestsPerHour - recent.length)),
      "RateLimit-Reset": String(reset),
    };
  }
}

function isToken(authorization: string | undefined, token: string): boolean {
  const [given, wanted] = [Buffer.from(authorization ?? ""), Buffer.from(`Bearer ${token}`)];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function parseBody(content: string): Record<string, unknown> {
  try {
    const body = JSON.parse(content) as unknown;
    if (typeof body === "object" && body !== null && !Array.isArray(body))
      return body as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw badRequest("The request body is no JSON object");
}
