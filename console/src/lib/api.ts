/** The typed client: `answer(api.GET('/api/v1/projects'))` gives the body, or throws an `ApiError`. */
import createClient from 'openapi-fetch';
import { fromAnswer, toApiError } from './errors';
import type { paths } from './schema';

export const api = createClient<paths>({
  baseUrl: window.location.origin,
  credentials: 'same-origin',
  // Looked up at each call, so that a test's network is the one that answers.
  fetch: (request) => globalThis.fetch(request),
  querySerializer: { array: { style: 'form', explode: true } },
});

interface Result<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of a success (undefined for 204). */
export async function answer<T>(request: Promise<Result<T>>): Promise<T> {
  let result: Result<T>;
  try {
    result = await request;
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === 'AbortError') throw thrown;
    throw toApiError(thrown);
  }
  if (!result.response.ok) throw fromAnswer(result.response.status, result.error);
  return result.data as T;
}
