/** What the API answers when it refuses, as an error that a page or a form can show. */

export type ErrorCode =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'unavailable'
  | 'internal'
  | 'offline';

export class ApiError extends Error {
  override name = 'ApiError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    /** A sentence per field, by the field's path in the request, e.g. `configuration.url`. */
    readonly fields: Readonly<Record<string, string>> = {},
    readonly status = 0,
  ) {
    super(message);
  }
}

const OFFLINE = 'The server does not answer. Check that it is running and that you are connected.';
const UNKNOWN = 'The server answered with an error that it did not explain.';

/** The error of an answer that was not a success; `body` is what the server sent, decoded if it was JSON. */
export function fromAnswer(status: number, body: unknown): ApiError {
  const detail = isRecord(body) && isRecord(body['error']) ? body['error'] : {};
  const message = typeof detail['message'] === 'string' ? detail['message'] : UNKNOWN;
  const fields = isRecord(detail['fields'])
    ? Object.fromEntries(Object.entries(detail['fields']).map(([name, sentence]) => [name, String(sentence)]))
    : {};
  return new ApiError(isCode(detail['code']) ? detail['code'] : codeOf(status), message, fields, status);
}

/** Any thrown value as an `ApiError`: a fetch that failed means that the server could not be reached. */
export function toApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  if (thrown instanceof TypeError) return new ApiError('offline', OFFLINE);
  return new ApiError('internal', thrown instanceof Error ? thrown.message : UNKNOWN);
}

export const isNotFound = (error: unknown): boolean => error instanceof ApiError && error.code === 'not_found';
export const isConflict = (error: unknown): boolean => error instanceof ApiError && error.code === 'conflict';
export const isForbidden = (error: unknown): boolean => error instanceof ApiError && error.code === 'forbidden';
export const isUnauthenticated = (error: unknown): boolean =>
  error instanceof ApiError && error.code === 'unauthenticated';

const CODES = ['invalid', 'unauthenticated', 'forbidden', 'not_found', 'conflict', 'unavailable', 'internal'] as const;

function isCode(value: unknown): value is (typeof CODES)[number] {
  return CODES.some((code) => code === value);
}

function codeOf(status: number): ErrorCode {
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not_found';
  if (status === 409) return 'conflict';
  if (status === 422) return 'invalid';
  // A proxy in front of a server that is starting answers 502, 503 or 504.
  return status >= 502 && status <= 504 ? 'unavailable' : 'internal';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
