import { ApiError } from "./errors";

/** Which requests fail, and how. */
export interface Fault {
  /** 429 for too many requests, 500 and up for trouble of the service. */
  status: number;
  /** Requests that fail; default 1. */
  times?: number;
  /** Only requests with this method fail. */
  method?: string;
  /** Only requests for this path fail, or for one that it fits; without the query. */
  path?: string | RegExp;
  /** Seconds after which a client of 429 may try again; default 1. */
  retryAfter?: number;
}

/** Faults that were asked for, in the order in which they happen. */
export class Faults {
  private readonly waiting: { fault: Fault; left: number }[] = [];

  add(fault: Fault): void {
    this.waiting.push({ fault, left: fault.times ?? 1 });
  }

  /** @throws if this request is to fail. */
  strike(method: string, path: string): void {
    const index = this.waiting.findIndex(({ fault }) => fits(fault, method, path));
    const found = this.waiting[index];
    if (!found) return;
    found.left -= 1;
    if (found.left <= 0) this.waiting.splice(index, 1);
    throw errorOf(found.fault);
  }
}

function fits(fault: Fault, method: string, path: string): boolean {
  if (fault.method !== undefined && fault.method !== method) return false;
  if (fault.path instanceof RegExp) return fault.path.test(path);
  return fault.path === undefined || fault.path === path;
}

function errorOf({ status, retryAfter = 1 }: Fault): ApiError {
  if (status === 429) {
    const headers = { "Retry-After": String(retryAfter), "RateLimit-Remaining": "0" };
    return new ApiError(status, "too_many_requests", "API Rate limit exceeded.", headers);
  }
  return new ApiError(status, "server_error", "Unexpected server-side error");
}
