/** The typed client: `answer(api.GET('/api/v1/projects'))` gives the body, or throws an `ApiError`. */
import createClient from 'openapi-fetch';
import { fromAnswer, toApiError } from './errors';
import type { paths } from './schema';

export const api = createClient<paths>({
  baseUrl: window.location.origin,
  credentials: 'same-origin',
  // Looked up at each call, so that a test's network is the one that answers.
  fetch: patient,
  querySerializer: { array: { style: 'form', explode: true } },
});

const MOST_TIMES = 20;

/** What takes longer than a request should goes on at the server, which waits for it when the same is asked again. */
async function patient(request: Request): Promise<Response> {
  for (let times = 1; ; times += 1) {
    const again = request.clone();
    const response = await globalThis.fetch(request);
    if (response.status !== 503 || response.headers.get('Retry-After') !== '0' || times === MOST_TIMES) return response;
    request = again;
  }
}

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
