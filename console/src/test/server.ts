/** The faked network: what every page asks for has a plain answer, and a test gives its own. */
import { http, HttpResponse, type JsonBodyType } from 'msw';
import { setupServer } from 'msw/node';
import { calendar, card, commit, component, environments, person, project } from './values';

const ORIGIN = '*/api/v1';
const emptyBlock = { path: [], indent: '', inline: false, at: 0, nodes: [] };
const NOON = '2026-11-22T12:00:00Z';

export const server = setupServer(
  http.get(`${ORIGIN}/health`, () => HttpResponse.json({ status: 'ok', version: '0.1.0' })),
  http.get(`${ORIGIN}/session`, () => HttpResponse.json({ name: 'admin', version: '0.1.0' })),
  http.get(`${ORIGIN}/session/ways`, () => HttpResponse.json({ passwords: false, providers: [] })),
  http.get(`${ORIGIN}/account`, () => HttpResponse.json(person())),
  http.get(`${ORIGIN}/account/sessions`, () => HttpResponse.json([])),
  http.get(`${ORIGIN}/tokens`, () => HttpResponse.json([])),
  http.get(`${ORIGIN}/tokens/all`, () => HttpResponse.json([])),
  http.get(`${ORIGIN}/people`, () => HttpResponse.json([person()])),
  ...['alerts', 'incidents', 'channels'].map((list) => http.get(`${ORIGIN}/projects/:project/${list}`, () => HttpResponse.json([]))),
  http.get(`${ORIGIN}/projects/:project/members`, () => HttpResponse.json([person()])),
  http.get(`${ORIGIN}/requests`, () => HttpResponse.json([])),
  http.get(`${ORIGIN}/requests/mine`, () => HttpResponse.json([])),
  http.get(`${ORIGIN}/environments`, () => HttpResponse.json(environments)),
  http.get(`${ORIGIN}/environments/:environment/retention`, () => HttpResponse.json({ days: 30, last: 100 })),
  http.get(`${ORIGIN}/agents`, () => HttpResponse.json([])),
  http.get(`${ORIGIN}/projects`, () => HttpResponse.json([project()])),
  http.get(`${ORIGIN}/projects/:project`, () => HttpResponse.json(project())),
  http.get(`${ORIGIN}/projects/:project/components`, () => HttpResponse.json([component()])),
  http.get(`${ORIGIN}/projects/:project/components/:component`, () => HttpResponse.json(component())),
  http.get(`${ORIGIN}/projects/:project/components/:component/environments`, () =>
    HttpResponse.json(environments.map((environment) => card({ environment }))),
  ),
  http.get(`${ORIGIN}/projects/:project/components/:component/configuration`, () =>
    HttpResponse.json({ build: null, environments: environments.map(({ slug, name, is_production }) => ({ slug, name, is_production, is_deployed: false, needs_approval: false })), rows: [] }),
  ),
  http.get(`${ORIGIN}/projects/:project/components/:component/declaration`, () =>
    HttpResponse.json({ in_force: null, export: '', ignored: [] }),
  ),
  ...['commits', 'builds', 'deployments', 'backfills', 'requests'].map((list) =>
    http.get(`${ORIGIN}/projects/:project/components/:component/${list}`, () => HttpResponse.json([])),
  ),
  http.get(`${ORIGIN}/projects/:project/components/:component/source`, () =>
    HttpResponse.json({ commit: commit(), files: [] }),
  ),
  http.post(`${ORIGIN}/flows/model`, () =>
    HttpResponse.json({ version: 1, valid: true, newline: '\n', indent_unit: '    ', body: emptyBlock, connections: {}, anchors: [] }),
  ),
  http.post(`${ORIGIN}/flows/settings`, () => HttpResponse.json({ settings: [], problems: [] })),
  http.post(`${ORIGIN}/schedules/calendar`, () => HttpResponse.json(calendar())),
  http.get(`${ORIGIN}/schedules/minutes`, () => HttpResponse.json({ counts: Array.from({ length: 60 }, () => 0) })),
  http.get(`${ORIGIN}/templates`, () => HttpResponse.json([])),
  http.get(`${ORIGIN}/executions`, () => HttpResponse.json({ items: [], next: null, counts: {} })),
  http.get(`${ORIGIN}/metrics/delivery`, () =>
    HttpResponse.json({ start: NOON, end: NOON, promised: 0, delivered: 0, counts: {} }),
  ),
  http.get(`${ORIGIN}/metrics/promises`, () => HttpResponse.json({ start: NOON, end: NOON, places: [] })),
  http.get(`${ORIGIN}/metrics/outcomes`, () =>
    HttpResponse.json({ start: NOON, end: NOON, bucket_s: 60, buckets: [] }),
  ),
);

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** Answers `path` (below /api/v1, with `:params`) with `body`; returns the requests that came, oldest first. */
export function answers(method: Method, path: string, body: JsonBodyType | null, status = body === null ? 204 : 200) {
  const requests: { url: URL; body: unknown }[] = [];
  server.use(
    http[method](ORIGIN + path, async ({ request }) => {
      const sent = await request.text();
      requests.push({ url: new URL(request.url), body: sent ? JSON.parse(sent) : undefined });
      return body === null ? new HttpResponse(null, { status }) : HttpResponse.json(body, { status });
    }),
  );
  return requests;
}

/** Refuses `path` as the API does. */
export function refuses(
  method: Method,
  path: string,
  status: number,
  message: string,
  fields: Record<string, string> = {},
) {
  const code = { 401: 'unauthenticated', 404: 'not_found', 409: 'conflict', 422: 'invalid', 503: 'unavailable' }[status];
  return answers(method, path, { error: { code: code ?? 'internal', message, fields } }, status);
}
