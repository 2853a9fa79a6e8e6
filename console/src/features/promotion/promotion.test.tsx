import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, expect, test, vi } from 'vitest';
import { renderAt } from '@/test/render';
import { answers, refuses } from '@/test/server';
import { build, calendar, card, commit, component, deployment, development, execution, production } from '@/test/values';
import type { Card, Comparison, Review, ReviewedKey, Setting } from '@/lib/types';

vi.setConfig({ testTimeout: 30_000 });

const BASE = '/projects/:project/components/:component';
const HERE = '/projects/example/components/health-check/promote/production?from=development';
const setting = (name: string, own: Partial<Setting> = {}): Setting => ({
  name,
  type: 'text',
  item_type: null,
  required: false,
  default: null,
  description: '',
  example: null,
  minimum: null,
  maximum: null,
  choices: null,
  pattern: null,
  ...own,
});
const SETTINGS = [setting('url', { required: true }), setting('token', { type: 'secret' })];
const OLD = commit({ sha: 'b'.repeat(40), message: 'Begin' });
const NEW = commit({ message: 'Ask politely' });
const inDevelopment = deployment({
  release: { id: 'rel_3', build: 3, digest: 'x', commit: NEW },
  settings: SETTINGS,
  configuration: { url: { value: 'https://dev.example', is_secret: false }, token: { value: null, is_secret: true } },
});
const inProduction = deployment({
  ...inDevelopment,
  id: 'dep_0',
  environment: 'production',
  release: { id: 'rel_1', build: 1, digest: 'x', commit: OLD },
  time_out_s: 60,
  configuration: { ...inDevelopment.configuration, url: { value: 'https://prod.example', is_secret: false } },
});

const key = (own: Partial<ReviewedKey>): ReviewedKey => ({ name: 'url', type: 'text', origin: 'target', is_secret: false, is_changed: false, before: null, after: null, problem: null, ...own });

const plan = (words: string, total: number): Review['after'] => ({
  words: [words],
  calendar: calendar({
    total,
    first: ['2026-11-23T08:00:00Z'],
    months: [{ month: '2026-11', count: total }],
    days: [
      { date: '2026-11-23', count: total, due: ['2026-11-23T08:00:00Z'], changes: [], left_out: [], overlapping: 0, skipped: 0 },
      { date: '2026-11-24', count: 0, due: [], changes: [], left_out: [{ schedule: 0, why: 'Founding Day', count: 1 }], overlapping: 0, skipped: 0 },
    ],
  }),
});

const review = (own: Partial<Review> = {}): Review => ({
  source: 'development',
  target: 'production',
  release: inDevelopment.release,
  present: inProduction.release,
  changes: [],
  code: null,
  code_problem: null,
  before: plan('Every hour', 24),
  after: plan('At 08:00 (UTC)', 1),
  keys: [key({ before: 'https://prod.example', after: 'https://prod.example' }), key({ name: 'token', type: 'secret', is_secret: true, origin: 'given', is_changed: true })],
  evidence: { since: NEW.at, executions: 3, counts: { succeeded: 3 }, last: [execution()] },
  problems: {},
  needs_approval: false,
  forbidden: null,
  ...own,
});

const COMPARISON: Comparison = {
  before: OLD,
  after: NEW,
  direction: 'forward',
  commits: [NEW],
  files: [{ path: 'main.py', kind: 'changed', before: 'a', after: 'b', added: 1, removed: 1 }],
};

function deployed(...deployments: (Card['deployment'] | null)[]) {
  const environments = [card({ environment: development, deployment: deployments[0] ?? null }), card({ environment: production, deployment: deployments[1] ?? null })];
  answers('get', BASE, component({ environments }));
  answers('get', `${BASE}/deployments`, deployments.filter((each) => each !== null));
}

beforeEach(() => {
  answers('get', `${BASE}/builds`, [build({ number: 3, commit: NEW, settings: SETTINGS })]);
  refuses('get', `${BASE}/configuration`, 503, 'Not now.');
  answers('post', '/schedules/preview', { words: 'Every minute', zone: 'UTC', due: [] });
  answers('get', `${BASE}/comparison`, COMPARISON);
  answers('post', `${BASE}/promotions/preview`, review());
  deployed(inDevelopment, inProduction);
});

const section = (name: string) => screen.findByRole('region', { name });

test('what changes is told part by part, before it is promoted', async () => {
  renderAt(HERE);
  expect(await screen.findByRole('heading', { name: 'Promote to Production' })).toBeVisible();
  const code = await section('Code');
  expect(await within(code).findByText('Ask politely')).toBeVisible();
  expect(code).toHaveTextContent('1 commit, 1 file');
  expect(code).toHaveTextContent('main.py+1 −1');
  expect(await section('Evidence')).toHaveTextContent('Build 3 ran 3 times in Development');
  const now = await screen.findByRole('region', { name: 'Schedule: Production now' });
  expect(now).toHaveTextContent('Every hour 24 due times in 90 days.');
  const then = screen.getByRole('region', { name: 'Schedule: Production then' });
  expect(then).toHaveTextContent('At 08:00 (UTC) 1 due time in 90 days.');
  expect(within(then).getByRole('button', { name: 'Mon 23 Nov: 1 due, at 08:00' })).toBeVisible();
  expect(then).toHaveTextContent('Tue 24 Nov: 1 left out: Founding Day.');
  expect(screen.getByRole('table', { name: 'Configuration in Production' })).toHaveTextContent('tokengiven aboveanother secret');
});

test('it begins with the target’s own values, and those of the source can be taken over', async () => {
  const sent = answers('post', `${BASE}/promotions`, inProduction, 201);
  const { user, router } = renderAt(HERE);
  const url = await screen.findByRole('textbox', { name: /url/ });
  expect(url).toHaveValue('https://prod.example');
  expect(document.body).toHaveTextContent('promote example/health-check --from development --to production --set url=https://prod.example --time-out 60s');
  await user.click(screen.getByRole('button', { name: 'Take over url from Development' }));
  expect(screen.getByRole('textbox', { name: /url/ })).toHaveValue('https://dev.example');
  await user.click(screen.getByRole('button', { name: 'Promote to Production' }));
  await waitFor(() => expect(sent[0]?.body).toMatchObject({ source: 'development', target: 'production', configuration: { url: 'https://dev.example' }, time_out_s: 60 }));
  expect(sent[0]?.body).not.toHaveProperty('configuration.token');
  await waitFor(() => expect(router.state.location.pathname).toBe('/projects/example/components/health-check/deploy'));
});

test('a missing key blocks it, and says where it can be set', async () => {
  const problem = 'This has no default: give a value.';
  answers('post', `${BASE}/promotions/preview`, review({ keys: [key({ origin: 'nothing', problem })], problems: { 'configuration.url': problem } }));
  renderAt(HERE);
  expect(await screen.findByText('url needs a value.')).toBeVisible();
  expect(screen.getByRole('button', { name: 'Promote to Production' })).toBeDisabled();
  expect(screen.getByRole('link', { name: 'set it in Settings' })).toHaveAttribute('href', expect.stringContaining('/settings#configuration'));
});

test('the text of a secret is not sent before it is promoted', async () => {
  deployed({ ...inDevelopment, configuration: {} }, null);
  const asked = answers('post', `${BASE}/promotions/preview`, review({ present: null, before: null }));
  const { user } = renderAt(HERE);
  await user.click(await screen.findByLabelText(/^token/));
  await user.paste('very secret');
  await waitFor(() => expect(asked.length).toBeGreaterThan(1));
  expect(screen.getByRole('table', { name: 'Configuration in Production' })).toHaveTextContent('tokengiven abovea secret');
  expect(JSON.stringify(asked)).not.toContain('very secret');
});

test('without anything in the source there is nothing to promote', async () => {
  deployed(null, null);
  renderAt(HERE);
  expect(await screen.findByText('There is nothing to promote')).toBeVisible();
  expect(screen.getByText('Nothing is deployed in Development.')).toBeVisible();
});
