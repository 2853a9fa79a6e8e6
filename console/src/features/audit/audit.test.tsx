import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { AuditEntry } from '@/lib/types';
import { renderAt } from '@/test/render';
import { answers, refuses } from '@/test/server';

const entry = (own: Partial<AuditEntry> = {}): AuditEntry => ({
  id: '01m81',
  at: '2026-11-22T12:00:00Z',
  actor: 'Ada',
  action: 'deployment.created',
  object: 'shop/report',
  outcome: 'succeeded',
  project: 'shop',
  environment: 'production',
  address: '192.0.2.7',
  way: 'browser',
  facts: { environment: 'production', number: 3 },
  ...own,
});
const page = (items: AuditEntry[], next: string | null = null) => ({ items, next });
const kept = () => answers('get', '/audit/retention', { days: 365 });

test('an entry tells who did what where, from where, and how it ended', async () => {
  kept();
  const refused = entry({ id: '01m80', actor: 'Vera', action: 'call.stop', outcome: 'refused', facts: { sentence: 'You may not stop it.' } });
  answers('get', '/audit', page([entry(), refused]));
  renderAt('/audit');
  const table = within(await screen.findByRole('table', { name: 'Entries' }));
  expect(table.getByRole('row', { name: /Ada.*deployment\.created.*shop\/report in production.*number 3.*succeeded.*192\.0\.2\.7.*browser/ })).toBeVisible();
  expect(table.getByRole('row', { name: /Vera.*You may not stop it\..*refused/ })).toBeVisible();
  expect(table.getAllByRole('link', { name: 'shop/report' })[0]).toHaveAttribute('href', '/projects/shop/components/report');
  expect(await screen.findByText('Entries are kept for 365 days.')).toBeVisible();
});

test('what is chosen is in the address, in the question, in the export and in the command', async () => {
  kept();
  const asked = answers('get', '/audit', page([entry()]));
  const { user } = renderAt('/audit?object=shop%2Freport&outcome=refused');
  expect(await screen.findByText(/clockhouse audit --object shop\/report --outcome refused/)).toBeVisible();
  await waitFor(() => expect(asked[0]?.url.search).toBe('?object=shop%2Freport&outcome=refused&limit=50'));
  expect(screen.getByRole('link', { name: 'CSV' })).toHaveAttribute('href', '/api/v1/audit/export?object=shop%2Freport&outcome=refused&format=csv');
  await user.click(await screen.findByRole('button', { name: /^Ada/ }));
  await waitFor(() => expect(asked.at(-1)?.url.searchParams.get('actor')).toBe('Ada'));
  await user.click(screen.getByRole('button', { name: 'Object: shop/report' }));
  await waitFor(() => expect(asked.at(-1)?.url.searchParams.has('object')).toBe(false));
});

test('what was refused is told from what waits for an approval by words', async () => {
  kept();
  const asked = answers('get', '/audit', page([entry()]));
  const { user } = renderAt('/audit');
  const kind = await screen.findByRole('combobox', { name: 'Kind' });
  await user.click(kind);
  await user.click(await screen.findByRole('option', { name: 'Refused or failed calls' }));
  await waitFor(() => expect(asked.at(-1)?.url.searchParams.get('action')).toBe('call'));
  expect(kind).toHaveValue('Refused or failed calls');
  expect(screen.queryByRole('button', { name: /^Action:/ })).not.toBeInTheDocument();
  await user.click(await screen.findByRole('button', { name: /^deployment\.created/ }));
  expect(await screen.findByRole('button', { name: 'Action: deployment.created' })).toBeVisible();
  expect(kind).toHaveValue('Deployments');
});

test('older entries follow when they are asked for', async () => {
  kept();
  answers('get', '/audit', page([entry()], '01m81'));
  const { user } = renderAt('/audit');
  const more = await screen.findByRole('button', { name: 'Show older entries' });
  const asked = answers('get', '/audit', page([entry({ id: '01m70', object: 'mill/report', project: 'mill' })]));
  await user.click(more);
  expect(await screen.findByText('mill/report')).toBeVisible();
  expect(asked[0]?.url.searchParams.get('before')).toBe('01m81');
  expect(screen.getByText('shop/report')).toBeVisible();
});

test('nothing found, and nothing loaded, say so', async () => {
  kept();
  answers('get', '/audit', page([]));
  renderAt('/audit?text=nowhere');
  expect(await screen.findByText('Nothing of the kind is in the audit trail')).toBeVisible();
});

test('who may not see it is told why, and not how long it is kept', async () => {
  answers('get', '/audit/retention', { error: { code: 'forbidden', message: 'You may not administer this.', fields: {} } }, 403);
  refuses('get', '/audit', 403, 'You may not administer this.');
  renderAt('/audit');
  expect(await screen.findByText('You may not administer this.')).toBeVisible();
  expect(screen.queryByText(/Entries are kept/)).not.toBeInTheDocument();
});
