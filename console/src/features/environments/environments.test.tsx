import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { Agent } from '@/lib/types';
import { renderAt } from '@/test/render';
import { answers, refuses } from '@/test/server';
import { development, person, production } from '@/test/values';

const agent: Agent = {
  name: 'edge-1',
  environment: 'production',
  created_at: '2026-11-20T12:00:00Z',
  created_by: 'admin',
  seen_at: null,
  version: null,
  host: null,
  room: null,
  running: 0,
};
const onAgents = [development, { ...production, data_plane: 'agents' as const }];

const settingsOf = async (name: string) => within(await screen.findByRole('form', { name: `Settings of ${name}` }));

test('what was changed is saved, and nothing else', async () => {
  const kept = answers('post', '/environments/production/retention', { days: null, last: 100 });
  const limits = answers('post', '/environments/production/limit', production);
  const planes = answers('post', '/environments/production/data-plane', production);
  const { user } = renderAt('/environments');
  const settings = await settingsOf('Production');
  expect(settings.getByRole('button', { name: 'Save' })).toBeDisabled();
  await user.clear(settings.getByRole('textbox', { name: 'Keep executions for' }));
  await user.type(settings.getByRole('textbox', { name: 'At once' }), '4');
  await user.click(settings.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(limits[0]?.body).toEqual({ at_once: 4 }));
  expect(kept[0]?.body).toEqual({ days: null, last: 100 });
  expect(planes).toHaveLength(0);
});

test('a refusal stands at its field', async () => {
  refuses('post', '/environments/development/limit', 422, 'The limit needs another value.', { at_once: 'Choose 1 or more.' });
  const { user } = renderAt('/environments');
  const settings = await settingsOf('Development');
  await user.type(settings.getByRole('textbox', { name: 'At once' }), '0');
  await user.click(settings.getByRole('button', { name: 'Save' }));
  expect(await settings.findByText('Choose 1 or more.')).toBeVisible();
});

test('an environment says that deployments there are approved', async () => {
  answers('get', '/environments', [development, { ...production, approval: { role: 'admin', people: [] } }]);
  renderAt('/environments');
  expect(await screen.findByText(/runs on the servers · deployments are approved/)).toHaveTextContent('production');
  expect(screen.getAllByText(/runs on the servers/)).toHaveLength(2);
});

test('an environment that runs on agents and has none says so', async () => {
  answers('get', '/environments', onAgents);
  renderAt('/environments');
  expect(await screen.findByRole('note')).toHaveTextContent('Production runs on agents, and has none');
});

test('agents can be added before it is saved that they run an environment', async () => {
  const { user } = renderAt('/environments');
  const settings = await settingsOf('Production');
  expect(screen.queryByRole('button', { name: 'Add an agent…' })).not.toBeInTheDocument();
  await user.click(settings.getByRole('combobox', { name: 'Executions run on' }));
  await user.click(await screen.findByRole('option', { name: 'Agents on other machines' }));
  expect(await screen.findByRole('note')).toHaveTextContent('Production runs on agents once this is saved');
  expect(screen.getByRole('button', { name: 'Add an agent…' })).toBeVisible();
});

test('the token of a new agent is shown until the dialog is closed, and never again', async () => {
  answers('get', '/environments', onAgents);
  const added = answers('post', '/agents', { ...agent, token: 'told-this-once' }, 201);
  const { user, client } = renderAt('/environments');
  await user.click(await screen.findByRole('button', { name: 'Add an agent…' }));
  await user.type(await screen.findByRole('textbox', { name: /Name/ }), 'Edge 1');
  expect(screen.getByText(/“Edge 1” cannot be the name. A name has lower-case letters/)).toBeVisible();
  expect(screen.getByRole('button', { name: 'Add the agent' })).toBeDisabled();
  await user.click(screen.getByRole('button', { name: 'Use “edge-1”' }));
  await user.click(screen.getByRole('button', { name: 'Add the agent' }));
  expect(await screen.findByText('told-this-once')).toBeVisible();
  expect(added[0]?.body).toEqual({ name: 'edge-1', environment: 'production' });
  expect(screen.getByText(/clockhouse agent --server \S+ --token-file edge-1.token --data edge-1$/)).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'I have the token' }));
  await waitFor(() => expect(screen.queryByText('told-this-once')).toBeNull());
  const remembered = () => JSON.stringify(client.getMutationCache().getAll().map((each) => each.state.data ?? null));
  await waitFor(() => expect(remembered()).not.toContain('told-this-once'));
});

test('an agent is listed with what is known of it, and removed after its name was typed', async () => {
  answers('get', '/environments', onAgents);
  const now = new Date().toISOString();
  answers('get', '/agents', [agent, { ...agent, name: 'edge-2', seen_at: now, host: 'paris', version: '0.1.0', room: 4, running: 1 }]);
  const removed = answers('delete', '/agents/edge-2', null);
  const { user } = renderAt('/environments');
  const table = within(await screen.findByRole('table', { name: 'Agents of Production' }));
  expect(table.getByRole('row', { name: /edge-1.*Never yet/ })).toBeVisible();
  expect(table.getByRole('row', { name: /edge-2 paris · 0\.1\.0.*1 of 4/ })).toBeVisible();
  await user.click(table.getByRole('button', { name: 'Remove edge-2' }));
  await user.type(await screen.findByRole('textbox', { name: /Type edge-2/ }), 'edge-2');
  await user.click(screen.getByRole('button', { name: 'Remove the agent' }));
  await waitFor(() => expect(removed).toHaveLength(1));
});

const staging = { ...development, slug: 'staging', name: 'Staging' };
const names = async () =>
  (await screen.findAllByRole('button', { name: /^Move \w+$/ })).map((each) => each.getAttribute('aria-label')?.replace('Move ', ''));

test('the order is changed by buttons and by arrow keys, and the focus stays', async () => {
  answers('get', '/environments', [development, staging, production]);
  const moves = answers('post', '/environments/:environment/move', [staging, development, production]);
  const { user } = renderAt('/environments');
  await user.click(await screen.findByRole('button', { name: 'Move Staging up' }));
  await waitFor(() => expect(moves[0]?.body).toEqual({ before: 'development' }));
  expect(moves[0]?.url.pathname).toMatch(/staging\/move$/);
  expect(await screen.findByText('Staging is number 1 of 3 now.')).toBeInTheDocument();
  answers('get', '/environments', [staging, development, production]);
  expect(screen.getByRole('button', { name: 'Move Staging up' })).toHaveFocus();
  screen.getByRole('button', { name: 'Move Production' }).focus();
  await user.keyboard('{ArrowDown}');
  expect(moves).toHaveLength(1);
});

test('an order that somebody else made impossible is told, and left as it is', async () => {
  answers('get', '/environments', [development, staging, production]);
  refuses('post', '/environments/production/move', 404, 'There is no environment “staging”.');
  const { user } = renderAt('/environments');
  (await screen.findByRole('button', { name: 'Move Production' })).focus();
  await user.keyboard('{ArrowUp}');
  expect(await screen.findByText('There is no environment “staging”.')).toBeVisible();
  expect(await names()).toEqual(['Development', 'Staging', 'Production']);
});

test('a mark asks first, and names those whose roles it changes', async () => {
  const role = { id: 'g1', role: 'operator' as const, project: null, environment: 'staging', production: false, created_at: '2026-11-22T08:00:00Z', created_by: 'admin' };
  answers('get', '/environments', [development, staging]);
  answers('get', '/people', [
    person(),
    person({ id: 'p1', name: 'Ann', grants: [role] }),
    person({ id: 'p2', name: 'Ben', grants: [{ ...role, id: 'g2', project: 'shop', environment: null }] }),
    person({ id: 'p3', name: 'Vera', grants: [{ ...role, id: 'g3', role: 'viewer' }] }),
    person({ id: 'p4', name: 'Eve', grants: [{ ...role, id: 'g4' }], disabled_at: '2026-11-22T08:00:00Z' }),
  ]);
  const changes = answers('patch', '/environments/staging', { ...staging, is_production: true, roles: { naming: 1, others: 1 } });
  const { user } = renderAt('/environments');
  await user.click(await screen.findByRole('button', { name: 'More about Staging' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Mark as production…' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Mark Staging as production' }));
  const naming = within(await dialog.findByRole('list', { name: /^These roles name it/ }));
  expect(naming.getAllByRole('listitem').map((each) => each.textContent)).toEqual(['Ann: Operator in staging']);
  const others = within(dialog.getByRole('list', { name: /no longer good there/ }));
  expect(others.getAllByRole('listitem').map((each) => each.textContent)).toEqual(['Ben: Operator in shop, without production']);
  expect(changes).toHaveLength(0);
  await user.click(dialog.getByRole('button', { name: 'Mark it as production' }));
  await waitFor(() => expect(changes[0]?.body).toEqual({ is_production: true }));
});

test('a new environment comes before production unless told otherwise', async () => {
  const added = answers('post', '/environments', staging, 201);
  const { user } = renderAt('/environments');
  await waitFor(() => expect(screen.getByRole('button', { name: 'Add an environment…' })).toBeEnabled());
  await user.click(screen.getByRole('button', { name: 'Add an environment…' }));
  await user.type(await screen.findByRole('textbox', { name: /Name/ }), 'User acceptance');
  expect(screen.getByText(/Its address is user-acceptance/)).toBeVisible();
  expect(screen.getByText(/environment add 'User acceptance' --before production/)).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Add the environment' }));
  await waitFor(() => expect(added).toHaveLength(1));
  expect(added[0]?.body).toEqual({ name: 'User acceptance', before: 'production', data_plane: 'process', is_production: false });
});

test('an environment in use is not deleted, and says why; one that is not tells what goes with it', async () => {
  answers('get', '/environments/production/contents', { obstacles: ['shop/report is deployed there: stop that first.'], deployments: 1, executions: 2 });
  answers('get', '/environments/development/contents', { obstacles: [], deployments: 2, executions: 31 });
  const removed = answers('delete', '/environments/development', null);
  const { user } = renderAt('/environments');
  await user.click(await screen.findByRole('button', { name: 'More about Production' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Delete…' }));
  expect(await screen.findByText('shop/report is deployed there: stop that first.')).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Delete the environment' })).not.toBeInTheDocument();
  await user.click(screen.getAllByRole('button', { name: 'Close' }).at(-1) as HTMLElement);
  await user.click(screen.getByRole('button', { name: 'More about Development' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Delete…' }));
  expect(await screen.findByText(/2 former deployments and 31 executions with their logs are deleted/)).toBeVisible();
  await user.type(screen.getByRole('textbox', { name: /Type development/ }), 'development');
  await user.click(screen.getByRole('button', { name: 'Delete the environment' }));
  await waitFor(() => expect(removed).toHaveLength(1));
});
