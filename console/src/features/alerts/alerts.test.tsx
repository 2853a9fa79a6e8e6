import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { AlertTrial, TriedIncident } from '@/lib/types';
import { renderAt } from '@/test/render';
import { answers, refuses } from '@/test/server';
import { alert, channel, condition, incident } from '@/test/values';

const PROJECT = '/projects/example';
const COMPONENT = `${PROJECT}/components/health-check`;
const AT = '2026-11-22T08:00:00Z';

const tried: TriedIncident = { component: 'health-check', environment: 'production', began_at: AT, opened_by: 'exe_7', due_at: AT, reason: 'Exit code 3.', over_at: null, ended_by: null };
const trial = (own: Partial<AlertTrial> = {}): AlertTrial => ({ when: 'a failure', since: '2026-10-23T12:00:00Z', until: '2026-11-22T12:00:00Z', is_whole: true, ends: 12, count: 0, incidents: [], ...own });

const section = () => screen.findByRole('region', { name: 'Alerts' });

test('without an alert, the first one is a click away', async () => {
  answers('get', `${PROJECT}/channels`, [channel()]);
  const added = answers('post', `${PROJECT}/alerts`, alert(), 201);
  const { user } = renderAt(PROJECT);
  await user.click(await within(await section()).findByRole('button', { name: 'Tell ops when an execution fails in Production' }));
  await waitFor(() => expect(added).toHaveLength(1));
  expect(added[0]?.body).toMatchObject({ when: { kind: 'failures', count: 1 }, component: null, environment: 'production', channels: ['ops'], tells_end: true });
});

test('Enter among the channels chooses, and adds no alert', async () => {
  answers('get', `${PROJECT}/channels`, [channel()]);
  answers('post', `${PROJECT}/alerts/try`, trial());
  const added = answers('post', `${PROJECT}/alerts`, alert(), 201);
  const { user } = renderAt(PROJECT);
  await user.click(await within(await section()).findByRole('button', { name: 'Another rule…' }));
  const dialog = await screen.findByRole('dialog', { name: 'New alert' });
  await user.type(await within(dialog).findByLabelText('Channels', { selector: 'input' }), '{ArrowDown}{Enter}');
  expect(dialog).toBeVisible();
  await user.click(within(dialog).getByRole('button', { name: 'Add the alert' }));
  await waitFor(() => expect(added).toHaveLength(1));
});

test('without a channel either, it leads to one', async () => {
  renderAt(PROJECT);
  expect(await within(await section()).findByRole('button', { name: 'Add a channel first…' })).toBeVisible();
});

test('a rule is a sentence, and what is the matter with it stands beside it', async () => {
  const last = incident({ messages: [] });
  answers('get', `${PROJECT}/channels`, [channel({ trouble: 'It refused the connection.' })]);
  answers('get', `${PROJECT}/alerts`, [alert({ number: 1, is_on: false, condition: condition({ count: 3 }) }), alert({ number: 2, open: 1, last, component: 'health-check' })]);
  renderAt(PROJECT);
  const off = await within(await section()).findByRole('article', { name: 'Alert 1' });
  expect(off).toHaveTextContent('When 3 executions in a row fail in any component in Production, tell ops, and again when it is over.');
  expect(off).toHaveTextContent('Switched off');
  expect(off).toHaveTextContent('ops takes nothing at present: It refused the connection.');
  const open = screen.getByRole('article', { name: 'Alert 2' });
  expect(within(open).getByRole('link', { name: /^Open since .* in Production, 2 executions$/ })).toHaveAttribute('href', `${PROJECT}/incidents?alert=2&open=1`);
  expect(screen.getAllByRole('article').map((each) => each.getAttribute('aria-label'))).toEqual(['Alert 2', 'Alert 1']);
});

test('a rule is tried while it is made, and added as it stands', async () => {
  answers('get', `${PROJECT}/channels`, [channel()]);
  answers('get', `${PROJECT}/alerts`, [alert()]);
  const tries = answers('post', `${PROJECT}/alerts/try`, trial({ count: 3, incidents: [tried] }));
  const added = answers('post', `${PROJECT}/alerts`, alert({ number: 2 }), 201);
  const { user } = renderAt(PROJECT);
  await user.click(await within(await section()).findByRole('button', { name: 'New alert…' }));
  const dialog = within(await screen.findByRole('dialog'));
  await user.selectOptions(dialog.getByRole('combobox', { name: 'What happens' }), 'runs_longer');
  await user.selectOptions(dialog.getByRole('combobox', { name: 'Environment' }), '');
  expect(await dialog.findByText('In the last 30 days this would have told 3 times.')).toBeVisible();
  expect(dialog.getByRole('link', { name: /22 Nov/ })).toHaveAttribute('href', `${COMPONENT}/executions/exe_7`);
  await waitFor(() => expect(tries.at(-1)?.body).toEqual({ when: { kind: 'runs_longer', count: null, limit_s: 600 }, component: null, environment: null }));
  expect(dialog.getByText("clockhouse alert add example 'it runs longer than 10m' --tell ops")).toBeVisible();
  await user.click(dialog.getByRole('button', { name: 'Add the alert' }));
  await waitFor(() => expect(added[0]?.body).toMatchObject({ when: { kind: 'runs_longer', limit_s: 600 }, environment: null, channels: ['ops'], is_on: true }));
});

test.each([
  [trial({ ends: 0 }), 'Nothing has run there in the last 30 days'],
  [trial({ ends: 900, count: 150 }), 'That is about 5 a day'],
  [trial({ is_whole: false }), 'There are very many executions'],
])('a dry run that says little, or too much, says so', async (answer, words) => {
  answers('get', `${PROJECT}/channels`, [channel()]);
  answers('get', `${PROJECT}/alerts`, [alert()]);
  answers('post', `${PROJECT}/alerts/try`, answer);
  const { user } = renderAt(PROJECT);
  await user.click(await within(await section()).findByRole('button', { name: 'New alert…' }));
  expect(await screen.findByText(words, { exact: false })).toBeVisible();
});

test('a component tells its own rules from those of the project', async () => {
  answers('get', `${PROJECT}/channels`, [channel()]);
  answers('get', `${PROJECT}/alerts`, [alert({ number: 1 }), alert({ number: 2, component: 'health-check', is_declared: true }), alert({ number: 3, component: 'another' })]);
  refuses('get', `${COMPONENT}/build-settings`, 404, 'None.');
  refuses('get', `${COMPONENT}/declaration`, 404, 'None.');
  const { user } = renderAt(`${COMPONENT}/settings`);
  const own = await within(await section()).findByRole('article', { name: 'Alert 2' });
  expect(own).toHaveTextContent('When an execution fails in Production, tell ops');
  expect(own).toHaveTextContent('As clockhouse.yaml of Health check says');
  expect(screen.getByRole('article', { name: 'Alert 1' })).toHaveTextContent('in any component in Production');
  expect(screen.queryByRole('article', { name: 'Alert 3' })).not.toBeInTheDocument();
  await user.click(within(own).getByRole('button', { name: 'More about alert 2' }));
  expect(await screen.findByRole('menuitem', { name: 'Switch off' })).toBeVisible();
  expect(screen.queryByRole('menuitem', { name: 'Remove…' })).not.toBeInTheDocument();
});

test('who may not operate there reads, and hears why', async () => {
  answers('get', '/session', { name: 'ann', version: '0.1.0', may: [{ project: 'example', permissions: ['read'], operates_in: [] }] });
  answers('get', `${PROJECT}/alerts`, [alert()]);
  const { user } = renderAt(PROJECT);
  const button = await within(await section()).findByRole('button', { name: 'New alert…' });
  expect(button).toHaveAttribute('aria-disabled', 'true');
  await user.click(button);
  expect(screen.queryByRole('dialog')).not.toBeInTheDocument();
});

test('what is open is seen on the overview and leads to its incidents', async () => {
  answers('get', `${PROJECT}/incidents`, [incident()]);
  renderAt(`${COMPONENT}/overview`);
  expect(await screen.findByRole('link', { name: /Alert open since .* in Production: a failure/ })).toHaveAttribute('href', `${PROJECT}/incidents?component=health-check&open=1`);
});

test('an incident says what was told of it, and what could not be', async () => {
  const message = { channel: 'ops', side: 'began', attempts: 3, created_at: AT, settled_at: null } as const;
  answers('get', `${PROJECT}/channels`, [channel({ next_at: '2030-01-01T00:00:00Z' })]);
  const asked = answers('get', `${PROJECT}/incidents`, [
    incident({ messages: [{ ...message, state: 'waiting', error: 'It does not answer.' }] }),
    incident({ id: 'inc_0', over_at: '2026-11-22T08:05:00Z', ended_by: 'exe_2', messages: [{ ...message, state: 'sent', error: null, settled_at: AT }] }),
  ]);
  const { user } = renderAt(`${PROJECT}/incidents?alert=1`);
  const [open, over] = await screen.findAllByRole('article');
  expect(open).toHaveTextContent(/Waiting to ops, that it began, after 3 tries, next try in .*: It does not answer\./);
  expect(over).toHaveTextContent('it lasted 5 min');
  expect(over).toHaveTextContent('1 sent');
  await user.click(screen.getByRole('radio', { name: 'Open' }));
  await waitFor(() => expect(asked.at(-1)?.url.searchParams.get('is_open')).toBe('true'));
  expect(asked.at(-1)?.url.searchParams.get('alert')).toBe('1');
});

test('alerts that cannot be loaded say so', async () => {
  refuses('get', `${PROJECT}/alerts`, 503, 'The database is busy.');
  renderAt(PROJECT);
  expect(await within(await section()).findByRole('alert')).toHaveTextContent('The alerts could not be loaded.');
});
