/** A request that the simulator got, without what must stay secret. */
export interface RecordedRequest {
  /** When it arrived, in milliseconds since 1970. */
  time: number;
  method: string;
  /** With the query. */
  path: string;
  /** Without user data, of which nothing but its presence is told. */
  body?: Record<string, unknown>;
  /** Of the answer. */
  status: number;
}

/** The body of a request as it may be shown. */
export function withoutSecrets(body: Record<string, unknown>): Record<string, unknown> {
  return "user_data" in body ? { ...body, user_data: "[secret]" } : body;
}
