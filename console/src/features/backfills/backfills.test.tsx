import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import type { Backfill } from '@/lib/types';
import { renderAt } from '@/test/render';
import { answers, refuses } from '@/test/server';
import { card, component, deployment, development } from '@/test/values';

vi.setConfig({ testTimeout: 20_000 });

const BASE = '/projects/:project/components/:component';
const THERE = `${BASE}/environments/development/backfills`;
const HERE = '/projects/example/components/health-check/executions';

const backfill = (own: Partial<Backfill> = {}): Backfill => ({
  id: 'bac_1',
  project: 'example',
  component: 'health-check',
  environment: 'development',
  deployment: 1,
  schedule: 'sch_1',
  start: '2026-11-21T08:00:00Z',
  end: '2026-11-22T08:00:00Z',
  scope: 'missing',
  at_once: 1,
  requested_by: 'maya',
  created_at: '2026-11-22T08:00:00Z',
  cancelled_at: null,
  cancelled_by: null,
  is_open: true,
  counts: { succeeded: 1, queued: 3 },
  ...own,
});

const deployed = () => answers('get', BASE, component({ environments: [card({ environment: development, deployment: deployment() })] }));

test('a backfill says beforehand what it would execute, and is started', async () => {
  deployed();
  const asked = answers('post', `${THERE}/preview`, { due: ['2026-11-21T08:00:00Z', '2026-11-21T09:00:00Z'], in_range: 24 });
  const sent = answers('post', THERE, backfill(), 201);
  const { user, router } = renderAt(HERE);
  await user.click(await screen.findByRole('button', { name: 'Backfill…' }));
  const dialog = await screen.findByRole('dialog', { name: 'Backfill' });
  fireEvent.change(within(dialog).getByLabelText('From'), { target: { value: '2026-11-21T08:00' } });
  fireEvent.change(within(dialog).getByLabelText('To'), { target: { value: '2026-11-22T08:00' } });
  expect(await within(dialog).findByText(/^2 of the 24 due times in this range/)).toBeVisible();
  const wish = {
    schedule: 'sch_1',
    start: new Date('2026-11-21T08:00').toISOString(),
    end: new Date('2026-11-22T08:00').toISOString(),
    scope: 'missing',
    at_once: 1,
  };
  await waitFor(() => expect(asked.at(-1)?.body).toEqual(wish));
  expect(dialog).toHaveTextContent(`clockhouse backfill start example/health-check --environment development --from ${wish.start} --to ${wish.end}`);
  await user.click(within(dialog).getByRole('button', { name: 'Execute 2' }));
  await waitFor(() => expect(sent[0]?.body).toEqual(wish));
  await user.click(await screen.findByRole('link', { name: 'Show them' }));
  expect(router.state.location.search).toBe('?backfill=bac_1');
});

test('a range that is refused says why at its field', async () => {
  deployed();
  refuses('post', `${THERE}/preview`, 422, 'No.', { end: 'More than 2000 due times are in this range.' });
  const { user } = renderAt(HERE);
  await user.click(await screen.findByRole('button', { name: 'Backfill…' }));
  const dialog = await screen.findByRole('dialog', { name: 'Backfill' });
  expect(await within(dialog).findByText('More than 2000 due times are in this range.')).toBeVisible();
  expect(within(dialog).getByRole('button', { name: 'Execute' })).toBeDisabled();
});

test('a backfill that goes on tells how far it is, and can be cancelled', async () => {
  answers('get', `${BASE}/backfills`, [backfill(), backfill({ id: 'bac_0', is_open: false, counts: { succeeded: 9 } })]);
  const cancelled = answers('post', '/backfills/bac_1/cancel', backfill({ cancelled_by: 'maya' }));
  const { user } = renderAt(HERE);
  const region = await screen.findByRole('region', { name: 'Backfills' });
  expect(region).toHaveTextContent('1 of 4');
  expect(region).not.toHaveTextContent('9 of 9');
  await user.click(within(region).getByRole('button', { name: 'Cancel' }));
  await waitFor(() => expect(cancelled).toHaveLength(1));
});

test('without a schedule there is nothing to make up for', async () => {
  renderAt(HERE);
  expect(await screen.findByRole('heading', { name: 'Executions' })).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Backfill…' })).toBeNull();
});
