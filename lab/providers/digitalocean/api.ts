import { setTimeout as sleep } from "node:timers/promises";
import { toText, type PropertyMap } from "../../properties/values";

/** A part of a request or answer in JSON. */
export type Json = Record<string, unknown>;

interface RetrySettings {
  /** Attempts beyond the first. */
  most: number;
  /** Seconds to wait before the first of them, doubled before each further one. */
  first: number;
  longest: number;
}

/** An answer of the API that is no success. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** An answer about something that may not exist any more; undefined if it does not. */
export async function orGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 404) return undefined;
    throw error;
  }
}

/**
 * DigitalOcean's API, called as the real plugin calls it: with its settings, its retries (429, 5xx and lost connections, whatever the
 * method) and its words for what went wrong.
 */
export class DigitalOceanApi {
  private readonly endpoint: string;
  private readonly token: string;
  private readonly retries: RetrySettings;

  /**
   * @param configuration of the provider; what it leaves open is taken from the environment.
   * @throws if the token is missing, or the endpoint would be the real one.
   */
  constructor(configuration: PropertyMap) {
    const setting = (key: string, ...variables: string[]) =>
      toText(configuration[key]) || variables.map((name) => process.env[name]).find(Boolean) || "";
    this.endpoint = setting("apiEndpoint", "DIGITALOCEAN_API_URL").replace(/\/+$/, "");
    this.token = setting("token", "DIGITALOCEAN_TOKEN", "DIGITALOCEAN_ACCESS_TOKEN");
    const number = (key: string, variable: string, fallback: number) =>
      Number(setting(key, `DIGITALOCEAN_HTTP_RETRY_${variable}`) || fallback);
    this.retries = {
      most: number("httpRetryMax", "MAX", 4),
      first: number("httpRetryWaitMin", "WAIT_MIN", 1),
      longest: number("httpRetryWaitMax", "WAIT_MAX", 30),
    };
    checkEndpoint(this.endpoint);
    if (this.token === "") {
      throw new Error("digitalocean: token is missing; set digitalocean:token or DIGITALOCEAN_TOKEN");
    }
  }

  /**
   * The body of the answer; empty where it has none.
   *
   * @param path without /v2.
   * @throws {ApiProblem} for anything but success, after the retries.
   */
  async call(method: string, path: string, body?: Json): Promise<Json> {
    const url = `${this.endpoint}/v2${path}`;
    for (let attempt = 0; ; attempt++) {
      const answer = await this.attempt(method, url, body).catch((error: unknown) => error as Error);
      const isLast = attempt >= this.retries.most;
      if (answer instanceof Error) {
        if (isLast) throw new Error(`${method} ${url}: ${describe(answer)}`, { cause: answer });
      } else {
        const text = await answer.text();
        if (answer.ok) return text === "" ? {} : (JSON.parse(text) as Json);
        const isWorthAnother = answer.status === 429 || (answer.status >= 500 && answer.status !== 501);
        if (!isWorthAnother || isLast) throw problemOf(method, url, answer, text, attempt + 1);
      }
      await sleep(1000 * this.secondsToWait(attempt, answer));
    }
  }

  private attempt(method: string, url: string, body: Json | undefined): Promise<Response> {
    return fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        accept: "application/json",
        ...(method === "GET" ? {} : { "content-type": "application/json" }),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  }

  private secondsToWait(attempt: number, answer: Response | Error): number {
    const asked = answer instanceof Error ? null : answer.headers.get("Retry-After");
    const listens = !(answer instanceof Error) && [429, 503].includes(answer.status);
    if (listens && asked !== null && /^\d+$/.test(asked)) return Number(asked);
    return Math.min(this.retries.first * 2 ** attempt, this.retries.longest);
  }
}

// Nobody should find droplets on the bill because a token was in the environment when tests ran.
function checkEndpoint(endpoint: string): void {
  const advice =
    "the lab's provider talks to a simulated API only; " +
    "set digitalocean:apiEndpoint or DIGITALOCEAN_API_URL, or put the real plugin on PATH for the real one";
  if (endpoint === "") throw new Error(`digitalocean: apiEndpoint is missing; ${advice}`);
  if (!URL.canParse(endpoint)) throw new Error(`digitalocean: apiEndpoint ${endpoint} is no URL; ${advice}`);
  if (/(^|\.)digitalocean\.com$/.test(new URL(endpoint).hostname))
    throw new Error(`digitalocean: apiEndpoint is ${endpoint}, but ${advice}`);
}

function problemOf(
  method: string,
  url: string,
  answer: Response,
  text: string,
  attempts: number,
): ApiProblem {
  const { message, request_id: requestId } = readProblem(text);
  const request = requestId ?? answer.headers.get("x-request-id");
  const tries = attempts > 1 ? `; giving up after ${attempts} attempt(s)` : "";
  return new ApiProblem(
    answer.status,
    `${method} ${url}: ${answer.status} ${request ? `(request "${request}") ` : ""}${message}${tries}`,
  );
}

function readProblem(text: string): { message: string; request_id?: string } {
  try {
    return JSON.parse(text) as { message: string };
  } catch {
    return { message: text };
  }
}

function describe(error: Error): string {
  return error.cause instanceof Error ? error.cause.message : error.message;
}
