import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { Execution, ExecutionPage } from '@/lib/types';
import { renderAt } from '@/test/render';
import { answers, refuses } from '@/test/server';
import { execution, project } from '@/test/values';

const HERE = '/projects/example/components/health-check/executions';

const page = (items: Execution[], own: Partial<ExecutionPage> = {}): ExecutionPage => ({
  items,
  next: null,
  counts: { succeeded: items.length },
  ...own,
});

const failed = execution({
  id: 'exe_2',
  state: 'failed',
  exit_code: 1,
  started_at: '2026-11-22T08:00:00.041Z',
  reason: { code: 'exit_code', sentence: 'The task ended with exit code 1.' },
});

test('a row says outcome, environment, start delay, duration and reason, and leads to the page', async () => {
  answers('get', '/executions', page([failed]));
  renderAt(HERE);
  const row = within(await screen.findByRole('row', { name: /Failed/ }));
  expect(row.getByRole('link', { name: 'Failed' })).toHaveAttribute('href', `${HERE}/exe_2`);
  expect(row.getByRole('cell', { name: 'development' })).toBeVisible();
  expect(row.getByRole('img', { name: 'Schedule' })).toBeVisible();
  expect(row.getByRole('cell', { name: '+41 ms' })).toBeVisible();
  expect(row.getByRole('cell', { name: '400 ms' })).toBeVisible();
  expect(row.getByRole('cell', { name: 'The task ended with exit code 1.' })).toBeVisible();
});

test('there is a bar for each execution, newest right, that tells its outcome', async () => {
  answers('get', '/executions', page([failed, execution()]));
  renderAt(HERE);
  const bars = within(await screen.findByRole('list', { name: 'The last executions, oldest first' })).getAllByRole('link');
  expect(bars.map((bar) => bar.getAttribute('aria-label')?.split(' ')[0])).toEqual(['Succeeded', 'Failed']);
  expect(bars[1]).toHaveAttribute('href', `${HERE}/exe_2`);
});

test('the arrow keys go from bar to bar', async () => {
  answers('get', '/executions', page([failed, execution()]));
  const { user } = renderAt(HERE);
  const bars = within(await screen.findByRole('list', { name: /The last executions/ })).getAllByRole('link');
  bars[1]?.focus();
  await user.keyboard('{ArrowLeft}');
  expect(bars[0]).toHaveFocus();
});

test('a chip filters by outcome, with its count, in the address', async () => {
  const requests = answers('get', '/executions', page([failed], { counts: { succeeded: 7, failed: 1 } }));
  const { user, router } = renderAt(HERE);
  const chips = within(await screen.findByRole('group', { name: 'Filter by outcome' }));
  await waitFor(() => expect(chips.getAllByRole('button').map((chip) => chip.textContent)).toEqual(['All 8', 'Succeeded 7', 'Failed 1']));
  await user.click(chips.getByRole('button', { name: 'Failed 1' }));
  expect(router.state.location.search).toBe('?state=failed');
  expect(chips.getByRole('button', { name: 'Failed 1' })).toHaveAttribute('aria-pressed', 'true');
  await waitFor(() => expect(requests.at(-1)?.url.searchParams.getAll('state')).toEqual(['failed']));
});

test('the filters of the address are asked for', async () => {
  const requests = answers('get', '/executions', page([failed]));
  renderAt(`${HERE}?state=failed&state=lost&environment=production&origin=manual`);
  await screen.findByRole('row', { name: /Failed/ });
  const asked = requests[0]?.url.searchParams;
  expect(asked?.getAll('state')).toEqual(['failed', 'lost']);
  expect(asked?.get('environment')).toBe('production');
  expect(asked?.get('origin')).toBe('manual');
  expect(asked?.get('component')).toBe('health-check');
});

test('the list of one backfill says so and shows all again', async () => {
  const requests = answers('get', '/executions', page([failed]));
  const { user, router } = renderAt(`${HERE}?backfill=bac_1`);
  await user.click(await screen.findByRole('button', { name: 'Only one backfill' }));
  expect(requests[0]?.url.searchParams.get('backfill')).toBe('bac_1');
  expect(router.state.location.search).toBe('');
  await waitFor(() => expect(requests.at(-1)?.url.searchParams.has('backfill')).toBe(false));
});

test('older executions are loaded when the end comes near', async () => {
  answers('get', '/executions', page([execution({ id: 'exe_1', environment: 'older' })]));
  const { client } = renderAt(HERE);
  await screen.findByRole('cell', { name: 'older' });
  // The next look finds a page that goes on below.
  const requests = answers('get', '/executions', page([failed], { next: 'below' }));
  await client.invalidateQueries();
  await waitFor(() => expect(requests.some(({ url }) => url.searchParams.get('before') === 'below')).toBe(true));
});

test('new executions appear without a reload', async () => {
  answers('get', '/executions', page([execution()]));
  const { client } = renderAt(HERE);
  await screen.findByRole('row', { name: /Succeeded/ });
  answers('get', '/executions', page([failed, execution()]));
  await client.invalidateQueries();
  expect(await screen.findByRole('row', { name: /Failed/ })).toBeVisible();
  expect(screen.getByRole('row', { name: /Succeeded/ })).toBeVisible();
});

test('of a thousand executions only those in sight are in the document', async () => {
  const many = Array.from({ length: 1000 }, (_, index) => execution({ id: `exe_${index}` }));
  answers('get', '/executions', page(many));
  renderAt(HERE);
  const table = await screen.findByRole('table', { name: 'Executions' });
  expect(table).toHaveAttribute('aria-rowcount', '1001');
  expect(within(table).getAllByRole('row').length).toBeLessThan(80);
});

test('filters that nothing passes say so and can be dropped', async () => {
  answers('get', '/executions', page([], { counts: { succeeded: 3 } }));
  const { user, router } = renderAt(`${HERE}?state=lost`);
  await user.click(await screen.findByRole('button', { name: 'Show all executions' }));
  expect(router.state.location.search).toBe('');
});

test('a component that has never run leads to its deployment', async () => {
  answers('get', '/executions', page([], { counts: {} }));
  renderAt(HERE);
  expect(await screen.findByText('Nothing has run yet')).toBeVisible();
  expect(screen.getByRole('link', { name: 'Go to Deploy' })).toHaveAttribute('href', '/projects/example/components/health-check/deploy');
});

test('a list that cannot be loaded says why, and can be tried again', async () => {
  refuses('get', '/executions', 503, 'The database is busy.');
  const { user } = renderAt(HERE);
  expect(await screen.findByText('The database is busy.')).toBeVisible();
  answers('get', '/executions', page([failed]));
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByRole('row', { name: /Failed/ })).toBeVisible();
});

test('the list of all projects names the component and may be narrowed to a project', async () => {
  answers('get', '/projects', [project(), project({ slug: 'operations', name: 'Operations' })]);
  const requests = answers('get', '/executions', page([failed]));
  const { user } = renderAt('/executions');
  expect(await screen.findByRole('cell', { name: /^example \/ ?health-check$/ })).toBeVisible();
  expect(requests[0]?.url.searchParams.get('project')).toBeNull();
  await user.click(screen.getByRole('combobox', { name: 'Project' }));
  await user.click(await screen.findByRole('option', { name: 'Operations' }));
  await waitFor(() => expect(requests.at(-1)?.url.searchParams.get('project')).toBe('operations'));
});
