import { act, screen, waitFor, within } from '@testing-library/react';
import { beforeEach, expect, test, vi } from 'vitest';
import type { ExecutionDetail, LogLine } from '@/lib/types';
import { renderAt } from '@/test/render';
import { answers, refuses } from '@/test/server';
import { execution } from '@/test/values';

const HERE = '/projects/example/components/health-check/executions/exe_1';

const detail = (own: Partial<ExecutionDetail> = {}): ExecutionDetail => ({
  ...execution(),
  attempts: [],
  stop_requested_by: null,
  ...own,
});

const running = detail({ state: 'started', finished_at: null, duration_s: null, exit_code: null, cpu_s: null, peak_bytes: null });

const failed = detail({
  state: 'failed',
  exit_code: 1,
  due_at: '2026-11-22T08:00:00Z',
  queued_at: '2026-11-22T08:00:00.001Z',
  claimed_at: '2026-11-22T08:00:00.021Z',
  started_at: '2026-11-22T08:00:00.050Z',
  finished_at: '2026-11-22T08:00:02.050Z',
  duration_s: 2,
  reason: { code: 'exit_code', sentence: 'The task ended with exit code 1.' },
});

const line = (seq: number, own: Partial<LogLine> = {}): LogLine => ({
  seq,
  at: '2026-11-22T08:00:00Z',
  stream: 'stderr',
  level: 'info',
  text: `INFO line ${seq}`,
  ...own,
});

const LOG: LogLine[] = [
  line(1),
  line(2, { level: 'warning', text: 'WARNING slow answer' }),
  line(3, { level: 'error', text: 'ERROR no answer' }),
];

beforeEach(() => {
  // jsdom lays nothing out; without a height nothing of a log would be in sight.
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(400);
  answers('get', '/executions/exe_1/log', { lines: LOG, complete: true, more: false });
});

test('the header tells outcome and reason, and the phases how long each took', async () => {
  answers('get', '/executions/exe_1', failed);
  renderAt(HERE);
  expect(await screen.findByText('The task ended with exit code 1.')).toBeVisible();
  const phases = within(screen.getByRole('list', { name: /^Phases/ })).getAllByRole('listitem');
  expect(phases.map((phase) => phase.textContent?.match(/^(\d+ m?s)/)?.[1] ?? null)).toEqual([null, '1 ms', '20 ms', '29 ms', '2 s']);
});

test('the facts name environment, deployment, build, origin, end and use', async () => {
  answers('get', '/executions/exe_1', failed);
  renderAt(HERE);
  const facts = within(await screen.findByRole('region', { name: 'Facts' }));
  expect(facts.getByText('exit code 1')).toBeVisible();
  expect(facts.getByText('29.6 MiB')).toBeVisible();
  expect(facts.getByText('Schedule')).toBeVisible();
  const [deployment, build] = facts.getAllByRole('link', { name: '#1' });
  expect(deployment).toHaveAttribute('href', '/projects/example/components/health-check/deploy');
  expect(build).toHaveAttribute('href', '/projects/example/components/health-check/build/1');
});

test('what failed stands beside the last success', async () => {
  const success = execution({ id: 'exe_0', build: 2, due_at: '2026-11-22T07:59:00Z', duration_s: 0.5 });
  answers('get', '/executions/exe_1', failed);
  answers('get', '/executions/exe_0/log', { lines: [line(1), line(2, { text: 'INFO Healthy' })], complete: true, more: false });
  const asked = answers('get', '/executions', { items: [success], next: null, counts: {} });
  renderAt(HERE);
  const beside = within(await screen.findByRole('region', { name: 'Beside the last success' }));
  expect(await beside.findByText('#1')).toHaveTextContent('#1 instead of #2');
  expect(beside.getByText('2 s')).toHaveTextContent('2 s instead of 500 ms');
  expect(await beside.findByRole('link', { name: 'line 2' })).toHaveAttribute('href', `${HERE}#L2`);
  expect(beside.getByText('Healthy')).toBeVisible();
  expect(asked[0]?.url.search).toContain('state=succeeded&end=2026-11-22T08%3A00%3A00Z&limit=1');
});

test('where it ran is told', async () => {
  answers('get', '/executions/exe_1', detail({ ran_on: 'rack-1' }));
  renderAt(HERE);
  expect(await screen.findByText('Ran on')).toBeVisible();
  expect(screen.getByText('rack-1')).toBeVisible();
});

test('earlier attempts are told with their reasons', async () => {
  answers('get', '/executions/exe_1', detail({
    attempt: 2,
    attempts: [{ number: 1, state: 'timed_out', claimed_at: '2026-11-22T07:59:00Z', started_at: '2026-11-22T07:59:00Z', finished_at: '2026-11-22T07:59:30Z', exit_code: null, signal: 9, reason: { code: 'time_out', sentence: 'It took longer than 30 s.' }, ran_on: null }],
  }));
  renderAt(HERE);
  const attempts = within(await screen.findByRole('region', { name: 'Attempts' }));
  expect(attempts.getByText('Timed out')).toBeVisible();
  expect(attempts.getByText('It took longer than 30 s.')).toBeVisible();
  expect(attempts.getByText('Succeeded')).toBeVisible();
});

test('what runs can be stopped, after asking', async () => {
  answers('get', '/executions/exe_1', running);
  const stops = answers('post', '/executions/exe_1/stop', { ...running, stop_requested_by: 'admin' });
  const { user } = renderAt(HERE);
  await user.click(await screen.findByRole('button', { name: 'Stop' }));
  expect(stops).toHaveLength(0);
  await user.click(await screen.findByRole('button', { name: 'Stop it' }));
  await waitFor(() => expect(stops).toHaveLength(1));
  expect(await screen.findByText('admin asked for it to be stopped; it is ending.')).toBeInTheDocument();
});

test('a stop that is refused says why', async () => {
  answers('get', '/executions/exe_1', running);
  refuses('post', '/executions/exe_1/stop', 409, 'This execution has already ended.');
  const { user } = renderAt(HERE);
  await user.click(await screen.findByRole('button', { name: 'Stop' }));
  await user.click(await screen.findByRole('button', { name: 'Stop it' }));
  expect(await screen.findByText('This execution has already ended.')).toHaveAttribute('role', 'alert');
});

test('what has ended cannot be stopped', async () => {
  answers('get', '/executions/exe_1', failed);
  renderAt(HERE);
  await screen.findByRole('list', { name: /^Phases/ });
  expect(screen.queryByRole('button', { name: 'Stop' })).not.toBeInTheDocument();
});

const lines = async () => within(await screen.findByRole('region', { name: 'Log lines' }));

test('the log shows each line with its level in words, and can be downloaded', async () => {
  answers('get', '/executions/exe_1', failed);
  renderAt(HERE);
  const log = await lines();
  expect(await log.findByText('slow answer')).toBeVisible();
  expect(log.getByText('WARN')).toBeVisible();
  expect(log.getByText('ERROR')).toBeVisible();
  expect(screen.getByRole('link', { name: 'Download the log' })).toHaveAttribute('href', '/api/v1/executions/exe_1/log.txt');
});

test('jumping to the first error names its line in the address', async () => {
  answers('get', '/executions/exe_1', failed);
  const { user, router } = renderAt(HERE);
  await (await lines()).findByText('no answer');
  await user.click(screen.getByRole('button', { name: 'First error' }));
  await waitFor(() => expect(router.state.location.hash).toBe('#L3'));
});

test('a line’s number is a link to it', async () => {
  answers('get', '/executions/exe_1', failed);
  const { user, router } = renderAt(HERE);
  await user.click(await (await lines()).findByRole('link', { name: 'Line 2' }));
  expect(router.state.location.hash).toBe('#L2');
});

test('a level leaves out the lines below it, and stands in the address', async () => {
  answers('get', '/executions/exe_1', failed);
  const { user, router } = renderAt(HERE);
  const log = await lines();
  await log.findByText('line 1');
  await user.click(screen.getByRole('radio', { name: 'Warn+' }));
  await waitFor(() => expect(log.queryByText('line 1')).not.toBeInTheDocument());
  expect(log.getByText('slow answer')).toBeVisible();
  expect(screen.getByText('2 of 3 lines')).toBeVisible();
  expect(router.state.location.search).toBe('?level=warning');
});

test('a search marks its matches and steps through them', async () => {
  answers('get', '/executions/exe_1', failed);
  const { user, router } = renderAt(HERE);
  const log = await lines();
  await log.findByText('line 1');
  const search = screen.getByRole('searchbox', { name: 'Search in the log' });
  await user.type(search, 'answer');
  await waitFor(() => expect(log.getAllByText('answer', { selector: 'mark' })).toHaveLength(2));
  await user.keyboard('{Enter}');
  expect(router.state.location.hash).toBe('#L2');
  await user.keyboard('{Enter}');
  expect(router.state.location.hash).toBe('#L3');
  expect(router.state.location.search).toBe('?find=answer');
  expect(screen.getByText('2 of 2')).toBeVisible();
});

test('an execution that never started has no log to show', async () => {
  answers('get', '/executions/exe_1', detail({ state: 'skipped', queued_at: null, claimed_at: null, started_at: null, duration_s: null, exit_code: null, reason: { code: 'overlap', sentence: 'The one before was still running.' } }));
  renderAt(HERE);
  expect(await screen.findByText('It never started, so it wrote nothing.')).toBeVisible();
  expect(screen.getByText('The one before was still running.')).toBeVisible();
});

test('an execution that there is not is said to be missing', async () => {
  refuses('get', '/executions/exe_1', 404, 'There is no such execution.');
  renderAt(HERE);
  expect(await screen.findByText('There is no such execution')).toBeVisible();
});

test('lines of what runs arrive by themselves, after those that were there', async () => {
  const sources = fakeStreams();
  answers('get', '/executions/exe_1', running);
  renderAt(HERE);
  await (await lines()).findByText('line 1');
  const stream = await waitFor(() => {
    const found = sources.find((source) => source.url.includes('/log/stream'));
    if (!found) throw new Error('The log is not followed yet.');
    return found;
  });
  expect(stream.url).toContain('after=3');
  act(() => stream.say('lines', [line(4, { text: 'INFO just written' })]));
  expect(await (await lines()).findByText('just written')).toBeVisible();
  act(() => stream.say('end', failed));
  expect(await screen.findByText('The task ended with exit code 1.')).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Follow' })).not.toBeInTheDocument();
});

interface Stream {
  url: string;
  say: (event: string, data: unknown) => void;
}

/** What jsdom has not: event streams, on which the test speaks. */
function fakeStreams(): Stream[] {
  const made: Stream[] = [];
  vi.stubGlobal(
    'EventSource',
    class {
      private readonly target = new EventTarget();
      constructor(readonly url: string) {
        made.push({ url, say: (event, data) => void this.target.dispatchEvent(new MessageEvent(event, { data: JSON.stringify(data) })) });
      }
      addEventListener = this.target.addEventListener.bind(this.target);
      close = () => undefined;
    },
  );
  return made;
}

test('what is over is run again as it was, and the new one tells which it repeats and with what', async () => {
  answers('get', '/executions/exe_1', failed);
  const made = detail({ id: 'exe_2', origin: 'again', repeats: 'exe_1', arguments: { url: 'https://once.example.com', tries: 3 } });
  const sent = answers('post', '/executions/exe_1/again', made, 201);
  answers('get', '/executions/exe_2', made);
  answers('get', '/executions/exe_2/log', { lines: [], complete: true, more: false });
  const { user, router } = renderAt(HERE);
  await user.click(await screen.findByRole('button', { name: 'Run again as it was' }));
  await waitFor(() => expect(router.state.location.pathname).toMatch(/exe_2$/));
  expect(sent).toHaveLength(1);
  expect(await screen.findByRole('link', { name: 'an earlier one' })).toHaveAttribute('href', HERE);
  const facts = within(screen.getByRole('region', { name: 'Facts' }));
  expect(facts.getByText('https://once.example.com')).toBeVisible();
  expect(facts.getByText('Run again')).toBeVisible();
});

test('what runs cannot be run again', async () => {
  answers('get', '/executions/exe_1', running);
  renderAt(HERE);
  expect(await screen.findByRole('button', { name: 'Stop' })).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Run again as it was' })).toBeNull();
});
