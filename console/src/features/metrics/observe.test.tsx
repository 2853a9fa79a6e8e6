import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, expect, test } from 'vitest';
import type { Delivery, Outcomes } from '@/lib/types';
import { renderAt } from '@/test/render';
import { answers, refuses } from '@/test/server';
import { execution } from '@/test/values';

const HERE = '/projects/example/components/health-check/observe';

const OUTCOMES: Outcomes = {
  start: '2026-11-22T08:00:00Z',
  end: '2026-11-22T09:00:00Z',
  bucket_s: 1800,
  buckets: [
    { at: '2026-11-22T08:00:00Z', counts: { succeeded: 5 }, duration_p50_s: 0.4, duration_p95_s: 1.2 },
    { at: '2026-11-22T08:30:00Z', counts: { succeeded: 3, failed: 2 }, duration_p50_s: 0.5, duration_p95_s: 2 },
  ],
};

const DELIVERY: Delivery = {
  start: OUTCOMES.start,
  end: OUTCOMES.end,
  promised: 12,
  delivered: 10,
  counts: { succeeded: 8, failed: 2, skipped: 2 },
};

const page = { items: [execution()], next: null, counts: { succeeded: 1 } };

beforeEach(() => {
  answers('get', '/metrics/outcomes', OUTCOMES);
  answers('get', '/metrics/delivery', DELIVERY);
  answers('get', '/executions', page);
  answers('get', '/projects/:project/components/:component/deployments', []);
});

test('a sentence tells what was delivered of what was promised', async () => {
  renderAt(HERE);
  expect(await screen.findByText('10 of 12')).toBeVisible();
  expect(screen.getByText(/promised executions were delivered in the last 24 h/)).toHaveTextContent(
    'delivered in the last 24 h (83.3 %); 2 skipped. Of what ran, 8 succeeded, 2 failed.',
  );
});

test('the chart is described in words', async () => {
  renderAt(HERE);
  expect(await screen.findByRole('img', { name: /by outcome and their durations over time: 8 succeeded, 2 failed/ })).toBeInTheDocument();
});

test('another range is asked for and stands in the address', async () => {
  const requests = answers('get', '/metrics/outcomes', OUTCOMES);
  const { user, router } = renderAt(HERE);
  await user.click(await screen.findByRole('radio', { name: '7 d' }));
  expect(router.state.location.search).toBe('?range=7d');
  await waitFor(() => {
    const asked = requests.at(-1)?.url.searchParams;
    const days = (Date.parse(asked?.get('end') ?? '') - Date.parse(asked?.get('start') ?? '')) / 86_400_000;
    expect(days).toBeCloseTo(7);
  });
});

test('a zoom in the address is what is asked for, and can be left', async () => {
  const requests = answers('get', '/metrics/outcomes', OUTCOMES);
  const { user, router } = renderAt(`${HERE}?range=6h&zoom=2026-11-22T08:00:00Z/2026-11-22T09:00:00Z`);
  const out = await screen.findByRole('button', { name: /zoom out/ });
  expect(requests[0]?.url.searchParams.get('start')).toBe('2026-11-22T08:00:00Z');
  expect(requests[0]?.url.searchParams.get('end')).toBe('2026-11-22T09:00:00Z');
  await user.click(out);
  expect(router.state.location.search).toBe('?range=6h');
});

test('an environment narrows the chart, the sentence and the list', async () => {
  const asked = ['/metrics/outcomes', '/metrics/delivery'].map((path) => answers('get', path, path.endsWith('delivery') ? DELIVERY : OUTCOMES));
  const listed = answers('get', '/executions', page);
  const { user } = renderAt(HERE);
  await user.click(await screen.findByRole('combobox', { name: 'Environment' }));
  await user.click(await screen.findByRole('option', { name: 'Production' }));
  await waitFor(() => [...asked, listed].forEach((requests) => expect(requests.at(-1)?.url.searchParams.get('environment')).toBe('production')));
});

test('promised and delivered stand beside each other by environment, and one can be chosen', async () => {
  const place = { project: 'example', component: 'health-check', environment: 'production', promised: 12, delivered: 10, undecided: 0, counts: { skipped: 2 }, late_p50_s: 0.02, late_p99_s: null };
  const asked = answers('get', '/metrics/promises', { start: OUTCOMES.start, end: OUTCOMES.end, places: [place] });
  const listed = answers('get', '/executions', page);
  const { user } = renderAt(HERE);
  const row = within(await screen.findByRole('row', { name: 'Production 12 10 83.3 % 2 20 ms –' }));
  await user.click(row.getByRole('button', { name: 'Production' }));
  await waitFor(() => expect(listed.at(-1)?.url.searchParams.get('environment')).toBe('production'));
  expect(asked.at(-1)?.url.searchParams.get('environment')).toBeNull();
});

test('the numbers are there as a table, and a bucket picked there filters the list below', async () => {
  const listed = answers('get', '/executions', page);
  const { user, router } = renderAt(`${HERE}?view=table`);
  const table = within(await screen.findByRole('region', { name: 'Outcomes by time' }));
  expect(table.getAllByRole('columnheader').map((each) => each.textContent).slice(1)).toEqual(['Succeeded', 'Failed', 'p50', 'p95']);
  const [newest] = table.getAllByRole('button');
  if (!newest) throw new Error('The table has no buckets.');
  await user.click(newest);
  await waitFor(() => expect(listed.at(-1)?.url.searchParams.get('start')).toBe('2026-11-22T08:30:00Z'));
  expect(listed.at(-1)?.url.searchParams.get('end')).toBe('2026-11-22T09:00:00Z');
  expect(new URLSearchParams(router.state.location.search).get('bucket')).toBe('2026-11-22T08:30:00Z/2026-11-22T09:00:00Z');
  await user.click(screen.getByRole('button', { name: /^Only/ }));
  expect(new URLSearchParams(router.state.location.search).get('bucket')).toBeNull();
});

test('an outcome can be left out', async () => {
  const { user, router } = renderAt(`${HERE}?view=table`);
  const legend = within(await screen.findByRole('group', { name: 'Outcomes shown' }));
  await user.click(legend.getByRole('button', { name: 'Failed 2' }));
  expect(legend.getByRole('button', { name: 'Failed 2' })).toHaveAttribute('aria-pressed', 'false');
  expect(screen.queryByRole('columnheader', { name: 'Failed' })).not.toBeInTheDocument();
  expect(new URLSearchParams(router.state.location.search).getAll('hide')).toEqual(['failed']);
});

test('a time in which nothing was due says so', async () => {
  answers('get', '/metrics/outcomes', { ...OUTCOMES, buckets: [] });
  answers('get', '/metrics/delivery', { ...DELIVERY, promised: 0, delivered: 0, counts: {} });
  const { user } = renderAt(HERE);
  expect(await screen.findByText('Nothing was due in this time')).toBeVisible();
  expect(screen.getByText('No schedule promised anything in the last 24 h.')).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Show the last 30 days' }));
  expect(await screen.findByRole('link', { name: 'Go to Deploy' })).toBeVisible();
});

test('measurements that cannot be loaded say why', async () => {
  refuses('get', '/metrics/outcomes', 503, 'The database is busy.');
  renderAt(HERE);
  expect(await screen.findByText('The measurements could not be loaded.')).toBeVisible();
});
