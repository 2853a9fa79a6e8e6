import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { renderAt } from '@/test/render';
import { answers, refuses } from '@/test/server';
import { person } from '@/test/values';

const AT = '2026-11-22T08:00:00Z';
const session = (id: string, is_this: boolean, program: string) => ({
  id, is_this, program, address: '10.0.0.1', created_at: AT, expires_at: AT, used_at: AT,
});
const token = {
  id: 'tok_1', kind: 'personal', name: 'laptop', owner: 'admin', role: 'viewer', project: 'shop',
  created_at: AT, expires_at: '2027-02-20T08:00:00Z', used_at: null, address: null, program: null,
};

test('a password is changed with the old one, and the refusal stands at its field', async () => {
  refuses('post', '/account/password', 422, 'Some values are not right.', { old: 'This is not your password of now.' });
  const { user } = renderAt('/account');
  await user.type(await screen.findByLabelText('Present password'), 'wrong');
  await user.type(screen.getByLabelText('New password'), 'five other words in a row');
  await user.click(screen.getByRole('button', { name: 'Change the password' }));
  expect(await screen.findByText('This is not your password of now.')).toBeVisible();
  const sent = answers('post', '/account/password', {});
  await user.click(screen.getByRole('button', { name: 'Change the password' }));
  expect(await screen.findByText(/You are signed out everywhere else/)).toBeVisible();
  expect(sent[0]?.body).toEqual({ old: 'wrong', new: 'five other words in a row', login: null, withdraw_tokens: false });
});

test('an administrator changes name and login', async () => {
  const sent = answers('patch', '/account', person({ name: 'Ada', login: 'ada' }));
  const { user } = renderAt('/account');
  const login = await screen.findByLabelText('Login');
  await user.clear(screen.getByLabelText('Name'));
  await user.type(screen.getByLabelText('Name'), 'Ada');
  await user.clear(login);
  await user.type(login, 'Ada');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(sent[0]?.body).toEqual({ name: 'Ada', login: 'Ada' }));
  await waitFor(() => expect(login).toHaveValue('ada'));
});

test('a login that was given with an invitation stays', async () => {
  answers('get', '/account', person({ name: 'Vera', login: 'vera', grants: [] }));
  renderAt('/account');
  await waitFor(() => expect(screen.getByLabelText('Login')).toHaveAttribute('readonly'));
});

test('sessions are listed, and others are ended', async () => {
  answers('get', '/account/sessions', [session('a', true, 'Mozilla/5.0 (X11; Linux) Firefox/133.0'), session('b', false, 'curl/8.1')]);
  const ended = answers('delete', '/account/sessions/b', null);
  const all = answers('post', '/account/sessions/end-others', { ended: 1 });
  const { user } = renderAt('/account');
  const table = within(await screen.findByRole('table', { name: 'Sessions' }));
  expect(table.getByRole('row', { name: /Firefox on Linux This one/ })).toBeVisible();
  await user.click(table.getByRole('button', { name: 'Sign out curl/8.1 from 10.0.0.1' }));
  await waitFor(() => expect(ended).toHaveLength(1));
  await user.click(screen.getByRole('button', { name: 'Sign out everywhere else' }));
  await waitFor(() => expect(all).toHaveLength(1));
});

test('a token is made with its bounds, shown once, and nowhere afterwards', async () => {
  const made = answers('post', '/tokens', { ...token, token: 'told-this-once' }, 201);
  const { user, client } = renderAt('/account');
  await user.click(await screen.findByRole('button', { name: 'New token…' }));
  const dialog = within(await screen.findByRole('dialog'));
  await user.type(await dialog.findByRole('textbox', { name: /Name/ }), 'ci');
  await user.click(dialog.getByRole('combobox', { name: 'Project' }));
  await user.click(await screen.findByRole('option', { name: 'Example', hidden: true }));
  expect(dialog.getByText(/clockhouse token create ci --project example --days 90/)).toBeVisible();
  await user.click(dialog.getByRole('button', { name: 'Make the token' }));
  expect(await screen.findByText('told-this-once')).toBeVisible();
  expect(made[0]?.body).toEqual({ name: 'ci', role: null, project: 'example', service: null, days: 90 });
  await user.click(dialog.getByRole('button', { name: 'I have the token' }));
  await waitFor(() => expect(screen.queryByText('told-this-once')).toBeNull());
  const remembered = () => JSON.stringify(client.getMutationCache().getAll().map((each) => each.state.data ?? null));
  await waitFor(() => expect(remembered()).not.toContain('told-this-once'));
});

test('a password that somebody else may know is changed with the tokens', async () => {
  answers('get', '/tokens', [token]);
  const sent = answers('post', '/account/password', {});
  const { user } = renderAt('/account');
  await user.type(await screen.findByLabelText('Present password'), 'old');
  await user.type(screen.getByLabelText('New password'), 'new');
  await user.click(await screen.findByRole('checkbox', { name: 'Withdraw my access tokens, too' }));
  await user.click(screen.getByRole('button', { name: 'Change the password' }));
  await waitFor(() => expect(sent[0]?.body).toMatchObject({ withdraw_tokens: true }));
});

test('a token is withdrawn after a question', async () => {
  answers('get', '/tokens', [token]);
  const withdrawn = answers('delete', '/tokens/tok_1', null);
  const { user } = renderAt('/account');
  const table = within(await screen.findByRole('table', { name: 'Your tokens' }));
  expect(table.getByRole('row', { name: /laptop Viewer in shop.*Never yet/ })).toBeVisible();
  await user.click(table.getByRole('button', { name: 'Withdraw laptop' }));
  await user.click(await screen.findByRole('button', { name: 'Withdraw the token' }));
  await waitFor(() => expect(withdrawn).toHaveLength(1));
});
