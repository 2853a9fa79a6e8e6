import { act, screen, waitFor, within } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { LogLine } from '@/lib/types';
import { renderAt } from '@/test/render';
import { answers, refuses, server } from '@/test/server';
import { build, card, commit, component, deployment, development, production } from '@/test/values';

vi.setConfig({ testTimeout: 20_000 });

const BASE = '/projects/:project/components/:component';
const HERE = '/projects/example/components/health-check/build';
const line = (seq: number, text: string, own: Partial<LogLine> = {}): LogLine => ({ seq, at: '2026-11-22T08:00:00Z', stream: 'Check', level: null, text, ...own });
const sha = (digit: string) => digit.repeat(40);

/** An event source that a test speaks through. */
class FakeSource extends EventTarget {
  static all: FakeSource[] = [];
  constructor(readonly url: string) {
    super();
    FakeSource.all.push(this);
  }
  close() {}
  say(type: string, data: unknown) {
    act(() => void this.dispatchEvent(new MessageEvent(type, { data: JSON.stringify(data) })));
  }
}

beforeEach(() => {
  answers('get', `${BASE}/commits`, [commit()]);
  answers('get', `${BASE}/builds`, [build()]);
  answers('get', `${BASE}/builds/:number/log`, { lines: [], complete: true, more: false });
  // A row is drawn only where there is room for it, and jsdom has none.
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(600);
});

afterEach(() => {
  vi.unstubAllGlobals();
  FakeSource.all = [];
});

test('each commit stands beside its builds and where they run', async () => {
  answers('get', `${BASE}/commits`, [commit({ sha: sha('3'), message: 'Newest' }), commit({ sha: sha('2'), message: 'Broken' })]);
  answers('get', `${BASE}/builds`, [
    build({ number: 2, status: 'failed', commit: commit({ sha: sha('2'), message: 'Broken' }), problem: { message: "expected ':'", path: 'main.py', line: 14, excerpt: null } }),
    build({ number: 1, commit: commit({ sha: sha('1'), message: 'Oldest' }) }),
  ]);
  const here = deployment({ release: { ...deployment().release, build: 1 } });
  answers('get', `${BASE}`, component({ environments: [card({ environment: development, deployment: here }), card({ environment: production })] }));
  renderAt(HERE);
  const rows = within(await screen.findByRole('list', { name: 'Commits and their builds' })).getAllByRole('listitem');
  expect(rows[0]).toHaveTextContent(/Newest.*not built/);
  expect(rows[1]).toHaveTextContent(/Broken.*Build 2.*Failed.*main.py:14 expected ':'/);
  await waitFor(() => expect(rows[2]).toHaveTextContent(/Oldest.*Build 1.*Succeeded.*Development/));
});

test('the newest commit is built on request, and its page is opened', async () => {
  answers('get', `${BASE}/builds/8`, build({ number: 8, status: 'queued' }));
  const sent = answers('post', `${BASE}/builds`, build({ number: 8, status: 'queued' }), 201);
  const { user, router } = renderAt(HERE);
  await user.click(await screen.findByRole('button', { name: 'Build latest' }));
  await waitFor(() => expect(router.state.location.pathname).toBe(`${HERE}/8`));
  expect(sent[0]?.body).toEqual({ again: false });
});

test('a component without commits says what comes first', async () => {
  answers('get', `${BASE}/commits`, []);
  answers('get', `${BASE}/builds`, []);
  renderAt(HERE);
  expect(await screen.findByText('There is nothing to build yet')).toBeVisible();
});

test('a failed build pins the line that explains it, and leads to it', async () => {
  const problem = { message: "SyntaxError: expected ':'", path: 'lib/check.py', line: 14, excerpt: 'def main()\n          ^' };
  answers('get', `${BASE}/builds/2`, build({ number: 2, status: 'failed', problem, steps: [{ name: 'Read the code', state: 'failed', at: '2026-11-22T08:00:00Z', took_s: 0.09 }] }));
  answers('get', `${BASE}/builds/2/log`, { lines: [line(1, 'reading'), line(2, "expected ':'", { level: 'error' })], complete: true, more: false });
  renderAt(`${HERE}/2`);
  const pinned = await screen.findByRole('region', { name: 'Problem' });
  expect(pinned).toHaveTextContent("SyntaxError: expected ':'");
  expect(within(pinned).getByText(/def main\(\)/)).toHaveTextContent('14 │ def main()');
  expect(within(pinned).getByRole('link', { name: 'lib/check.py:14' })).toHaveAttribute('href', '/projects/example/components/health-check/develop?file=lib%2Fcheck.py&line=14');
  expect(within(screen.getByRole('list', { name: 'Steps' })).getByText('90 ms')).toBeVisible();
  expect(await within(await screen.findByRole('log')).findByText(/reading/)).toBeInTheDocument();
});

test('the log of a running build comes line by line, each line once, until the build is over', async () => {
  vi.stubGlobal('EventSource', FakeSource);
  answers('get', `${BASE}/builds/3`, build({ number: 3, status: 'running', finished_at: null }));
  answers('get', `${BASE}/builds/3/log`, { lines: [line(1, 'first')], complete: false, more: false });
  renderAt(`${HERE}/3`);
  const log = await screen.findByRole('log');
  const stream = await waitFor(() => {
    const found = FakeSource.all.find((each) => each.url.includes('/builds/3/log/stream'));
    if (!found) throw new Error('Nothing follows the log yet.');
    return found;
  });
  expect(stream.url).toContain('after=1');
  stream.say('lines', [line(1, 'first'), line(2, 'second')]);
  expect(await within(log).findByText('second')).toBeInTheDocument();
  expect(within(log).getAllByText('first')).toHaveLength(1);

  answers('get', `${BASE}/builds/3`, build({ number: 3 }));
  stream.say('end', build({ number: 3 }));
  expect(await screen.findByRole('link', { name: 'Deploy this build' })).toHaveAttribute(
    'href',
    '/projects/example/components/health-check/deploy?deploy=development&build=3',
  );
});

test('a retired build says so, and can be built again but not be deployed', async () => {
  answers('get', `${BASE}/builds/1`, build({ retired_at: '2026-11-20T08:00:00Z' }));
  answers('get', `${BASE}/builds/1/log`, { lines: [], complete: true, more: false });
  renderAt(`${HERE}/1`);
  expect(await screen.findByText(/since nobody needed it any more/)).toBeInTheDocument();
  expect(screen.getByRole('button', { name: 'Build again' })).toBeInTheDocument();
  expect(screen.queryByRole('link', { name: 'Deploy this build' })).not.toBeInTheDocument();
});

test('a long log is read page by page', async () => {
  answers('get', `${BASE}/builds/1`, build());
  server.use(
    http.get(`*/api/v1${BASE}/builds/1/log`, ({ request }) => {
      const after = Number(new URL(request.url).searchParams.get('after'));
      return HttpResponse.json({ lines: [line(after + 1, `line ${after + 1}`)], complete: true, more: after < 2 });
    }),
  );
  renderAt(`${HERE}/1`);
  const log = await screen.findByRole('log');
  expect(within(log).getByText('line 1')).toBeInTheDocument();
  expect(within(log).getByText('line 3')).toBeInTheDocument();
});

test('a build under way can be cancelled', async () => {
  answers('get', `${BASE}/builds/3`, build({ number: 3, status: 'running', finished_at: null }));
  const sent = answers('post', `${BASE}/builds/3/cancel`, build({ number: 3, status: 'cancelled' }));
  const { user } = renderAt(`${HERE}/3`);
  const button = await screen.findByRole('button', { name: 'Cancel the build' });
  answers('get', `${BASE}/builds/3`, build({ number: 3, status: 'cancelled' }));
  await user.click(button);
  expect(await screen.findByText('Cancelled')).toBeVisible();
  expect(sent).toHaveLength(1);
});

test('the step at which a build was cancelled has stopped, and nothing is called wrong', async () => {
  const steps = [{ name: 'Dependencies', state: 'started' as const, at: '2026-11-22T08:00:01Z', took_s: null }];
  const problem = { message: 'Ada cancelled it.', path: null, line: null, excerpt: null };
  answers('get', `${BASE}/builds/3`, build({ number: 3, status: 'cancelled', steps, problem, finished_at: '2026-11-22T08:00:09Z' }));
  renderAt(`${HERE}/3`);
  const list = await screen.findByRole('list', { name: 'Steps' });
  expect(within(list).getByLabelText('stopped')).toBeInTheDocument();
  expect(within(list).getByText('8 s')).toBeVisible();
  expect(screen.getByRole('region', { name: 'What became of it' })).toHaveTextContent('Ada cancelled it.');
});

test('a build under way shows the command that cancels it', async () => {
  answers('get', `${BASE}/builds/3`, build({ number: 3, status: 'running', finished_at: null }));
  renderAt(`${HERE}/3`);
  expect(await screen.findByText('clockhouse build example/health-check --cancel 3')).toBeVisible();
  expect(screen.getByText('So far')).toBeVisible();
});

test('a build is deployed to the environment that comes first', async () => {
  answers('get', `${BASE}/builds/3`, build({ number: 3 }));
  answers('get', BASE, component({ environments: [card({ environment: { ...development, slug: 'staging' } }), card({ environment: production })] }));
  renderAt(`${HERE}/3`);
  expect(await screen.findByRole('link', { name: 'Deploy this build' })).toHaveAttribute('href', expect.stringContaining('?deploy=staging&build=3'));
});

test('a build that is not there is said to be missing', async () => {
  refuses('get', `${BASE}/builds/99`, 404, 'There is no build 99.');
  renderAt(`${HERE}/99`);
  expect(await screen.findByText('There is no build 99.')).toBeVisible();
});
