/** An answer of the API that is no success: its body is `{id, message, request_id}`. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly id: string,
    message: string,
    readonly headers: Record<string, string> = {},
  ) {
    super(message);
  }
}

export function notFound(message = "The resource you requested could not be found."): ApiError {
  return new ApiError(404, "not_found", message);
}

/** The request is understood, and something in it is wrong. */
export function unprocessable(message: string): ApiError {
  return new ApiError(422, "unprocessable_entity", message);
}

export function unauthorized(): ApiError {
  return new ApiError(401, "unauthorized", "Unable to authenticate you");
}

export function forbidden(message: string): ApiError {
  return new ApiError(403, "forbidden", message);
}

export function conflict(message: string): ApiError {
  return new ApiError(409, "conflict", message);
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, "bad_request", message);
}
