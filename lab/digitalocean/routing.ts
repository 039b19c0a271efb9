/** What a handler is told of a request. */
export interface ApiRequest {
  /** The whole address, with what it was reached by. */
  address: URL;
  /** The parts of the path that the route leaves open, by name. */
  parameters: Record<string, string>;
  /** The fields of the body; empty where there is none. */
  body: Record<string, unknown>;
}

export interface ApiResponse {
  status: number;
  /** Nothing is sent for 204. */
  body?: Record<string, unknown>;
}

export type Handler = (request: ApiRequest) => ApiResponse;

interface Route {
  method: string;
  segments: string[];
  handler: Handler;
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Finds the handler of a request by its method and path. */
export class Router {
  private readonly routes: Route[] = [];

  /** @param path as in `/v2/droplets/:id`; what a colon begins is left open. */
  add(method: Method, path: string, handler: Handler): void {
    this.routes.push({ method, segments: path.split("/"), handler });
  }

  /** Undefined where no route fits. */
  find(method: string, path: string): { handler: Handler; parameters: Record<string, string> } | undefined {
    const segments = path.replace(/\/+$/, "").split("/");
    for (const route of this.routes) {
      const parameters = route.method === method ? match(route.segments, segments) : undefined;
      if (parameters) return { handler: route.handler, parameters };
    }
    return undefined;
  }
}

function match(pattern: string[], segments: string[]): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? "";
    if (part.startsWith(":")) parameters[part.slice(1)] = decodeURIComponent(segment);
    else if (part !== segment) return undefined;
  }
  return parameters;
}
