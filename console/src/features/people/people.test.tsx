import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { renderAt } from '@/test/render';
import { answers, refuses } from '@/test/server';
import { person } from '@/test/values';

const grant = { id: 'gra_2', role: 'operator', project: 'example', environment: null, production: true, created_at: '2026-11-22T08:00:00Z', created_by: 'admin' } as const;
const ann = person({ id: 'per_2', name: 'Ann Lee', login: 'ann@shop.example', grants: [grant], signed_in_at: null });

test('everybody is listed with roles and state', async () => {
  answers('get', '/people', [person(), ann, person({ id: 'per_3', name: 'ci', login: 'ci', kind: 'service', grants: [] })]);
  renderAt('/people');
  const table = within(await screen.findByRole('table', { name: 'Accounts' }));
  expect(table.getByRole('row', { name: /admin.*Admin everywhere/ })).toBeVisible();
  expect(table.getByRole('row', { name: /Ann Lee Invited ann@shop.example Operator in example, production too.*Never yet/ })).toBeVisible();
  expect(table.getByRole('row', { name: /ci Service No role/ })).toBeVisible();
});

test('somebody is invited, and the link is shown once', async () => {
  const sent = answers('post', '/people', { ...ann, url: 'http://here/sign-in#token=told-this-once' }, 201);
  const { user } = renderAt('/people');
  await user.click(await screen.findByRole('button', { name: 'Invite…' }));
  const dialog = within(await screen.findByRole('dialog'));
  await user.type(await dialog.findByRole('textbox', { name: /Login/ }), 'ann@shop.example');
  await user.type(dialog.getByRole('textbox', { name: /Name/ }), 'Ann Lee');
  expect(dialog.getByText(/person invite 'ann@shop.example' --name 'Ann Lee' --role viewer$|person invite ann@shop.example --name 'Ann Lee' --role viewer$/)).toBeVisible();
  expect(dialog.getByText('Looks at all projects: source, builds, executions and logs. Changes nothing.')).toBeVisible();
  await user.click(dialog.getByRole('button', { name: 'Make the link' }));
  expect(await screen.findByText('http://here/sign-in#token=told-this-once')).toBeVisible();
  expect(sent[0]?.body).toEqual({
    kind: 'person',
    login: 'ann@shop.example',
    name: 'Ann Lee',
    grants: [{ role: 'viewer', project: null, environment: null, production: false }],
  });
  await user.click(dialog.getByRole('button', { name: 'I have the link' }));
  await waitFor(() => expect(screen.queryByText(/told-this-once/)).toBeNull());
});

test('a role is taken away, and a refusal is told', async () => {
  answers('get', '/people', [ann]);
  refuses('delete', '/people/:person/grants/:grant', 409, 'Ann Lee is the last administrator of the installation.');
  const { user } = renderAt('/people');
  await user.click(await screen.findByRole('button', { name: 'Take away: Operator in example, production too, of Ann Lee' }));
  expect(await screen.findByText(/the last administrator/)).toBeVisible();
});

test('an account is disabled, and removed after its login was typed', async () => {
  answers('get', '/people', [ann]);
  const disabled = answers('post', '/people/:person/disable', ann);
  const removed = answers('delete', '/people/:person', null);
  const { user } = renderAt('/people');
  await user.click(await screen.findByRole('button', { name: 'More about Ann Lee' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Disable' }));
  await waitFor(() => expect(disabled).toHaveLength(1));
  await user.click(screen.getByRole('button', { name: 'More about Ann Lee' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Remove…' }));
  await user.type(await screen.findByRole('textbox', { name: /Type ann@shop.example/ }), 'ann@shop.example');
  await user.click(screen.getByRole('button', { name: 'Remove the account' }));
  await waitFor(() => expect(removed).toHaveLength(1));
});

test('who may not see people is told so', async () => {
  refuses('get', '/people', 403, 'You may not administer this. Ask an administrator for a role that may.');
  renderAt('/people');
  expect(await screen.findByRole('alert')).toHaveTextContent('You may not administer this');
});

test('a project shows its members, and its administrator adds one', async () => {
  answers('get', '/account', person({ grants: [{ ...grant, role: 'admin' }] }));
  answers('get', '/projects/:project/members', [person(), ann]);
  const sent = answers('post', '/people/:person/grants', ann);
  const { user } = renderAt('/projects/example');
  const table = within(await screen.findByRole('table', { name: 'Members' }));
  expect(table.queryByRole('button', { name: /Admin everywhere, of admin/ })).toBeNull();
  expect(await table.findByRole('button', { name: /Take away: Operator/ })).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Add a member…' }));
  const dialog = within(await screen.findByRole('dialog'));
  await user.type(await dialog.findByRole('textbox', { name: /Login/ }), 'ben');
  await user.click(dialog.getByRole('button', { name: 'Give the role' }));
  await waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]?.url.pathname).toBe('/api/v1/people/ben/grants');
  expect(sent[0]?.body).toEqual({ role: 'viewer', project: 'example', environment: null, production: false });
});

test('production is given with a role that changes environments, and only by who has it', async () => {
  answers('get', '/session', { name: 'admin', version: '0.1.0', may: [{ project: null, permissions: ['read', 'operate', 'administer'], operates_in: ['development', 'production'] }] });
  answers('get', '/people', [ann]);
  const sent = answers('post', '/people/:person/grants', ann);
  const { user } = renderAt('/people');
  await user.click(await screen.findByRole('button', { name: 'More about Ann Lee' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Give a role…' }));
  const dialog = within(await screen.findByRole('dialog'));
  const choose = async (field: string, option: RegExp) => {
    await user.click(dialog.getByRole('combobox', { name: field }));
    await user.click(await screen.findByRole('option', { name: option }));
  };
  expect(dialog.queryByRole('checkbox')).toBeNull();
  await choose('Role', /^Operator/);
  expect(dialog.getByRole('note')).toHaveTextContent('but for production');
  await user.click(dialog.getByRole('checkbox', { name: 'Production, too' }));
  expect(dialog.getByRole('note')).toHaveTextContent('production included');
  await choose('Role', /^Admin/);
  expect(dialog.queryByRole('checkbox')).toBeNull();
  expect(dialog.getByRole('note')).toHaveTextContent('Does everything everywhere, production included');
  await choose('In', /^Example/);
  expect(dialog.getByRole('checkbox', { name: 'Production, too' })).not.toBeChecked();
  await user.click(dialog.getByRole('checkbox', { name: 'Production, too' }));
  await user.click(dialog.getByRole('button', { name: 'Give the role' }));
  await waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]?.body).toEqual({ role: 'admin', project: 'example', environment: null, production: true });
});

test('a new link ends tokens where that is asked for', async () => {
  answers('get', '/people', [ann]);
  const sent = answers('post', '/people/:person/link', { ...ann, url: 'http://here/sign-in#token=told-this-once' });
  const { user } = renderAt('/people');
  await user.click(await screen.findByRole('button', { name: 'More about Ann Lee' }));
  await user.click(await screen.findByRole('menuitem', { name: 'New sign-in link…' }));
  await user.click(await screen.findByRole('checkbox', { name: 'Withdraw the access tokens, too' }));
  expect(screen.getByText(/person link ann@shop.example --withdraw-tokens/)).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Make the link' }));
  expect(await screen.findByText('http://here/sign-in#token=told-this-once')).toBeVisible();
  expect(sent[0]?.body).toEqual({ withdraw_tokens: true });
});
