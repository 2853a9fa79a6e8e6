import { screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import { renderAt } from '@/test/render';
import { answers, refuses } from '@/test/server';
import { person } from '@/test/values';

const nobody = () => refuses('get', '/session', 401, 'Sign in first.');

test('a token in the fragment signs in, once, and does not stay in the address', async () => {
  nobody();
  const sent = answers('post', '/session', { name: 'admin', version: '0.1.0' });
  const { router } = renderAt('/sign-in#token=abc123');
  await screen.findByRole('heading', { name: 'Projects' });
  expect(sent.map((request) => request.body)).toEqual([{ token: 'abc123' }]);
  expect(router.state.location).toMatchObject({ pathname: '/', hash: '' });
});

test('a token that was used is explained, with the way to a fresh one', async () => {
  nobody();
  refuses('post', '/session', 401, 'This sign-in address has been used or has expired.');
  renderAt('/sign-in#token=used');
  expect(await screen.findByRole('alert')).toHaveTextContent('has been used or has expired');
  expect(screen.getByText('clockhouse sign-in')).toBeVisible();
});

test('somebody who is signed in goes on, even with a token that was used', async () => {
  refuses('post', '/session', 401, 'This sign-in address has been used or has expired.');
  renderAt('/sign-in#token=used');
  expect(await screen.findByRole('heading', { name: 'Projects' })).toBeVisible();
});

test('without a token it says where to look', async () => {
  nobody();
  renderAt('/sign-in');
  expect(await screen.findByText(/printed one in the terminal/)).toBeVisible();
});

test('a login and a password sign in, and lead to where the person wanted to go', async () => {
  nobody();
  answers('get', '/session/ways', { passwords: true, providers: [] });
  const sent = answers('post', '/session/password', { name: 'Ann', version: '0.1.0' });
  const { user, router } = renderAt('/projects/example');
  await user.type(await screen.findByLabelText('Login'), 'ann');
  await user.type(screen.getByLabelText('Password'), 'four words in a row');
  await user.click(screen.getByRole('button', { name: 'Sign in' }));
  await screen.findByRole('heading', { name: 'Example' });
  expect(sent[0]?.body).toEqual({ login: 'ann', password: 'four words in a row' });
  expect(router.state.location.pathname).toBe('/projects/example');
});

test('a refused password is explained, and the link is still a way in', async () => {
  nobody();
  answers('get', '/session/ways', { passwords: true, providers: [] });
  refuses('post', '/session/password', 401, 'This login and this password do not belong together.');
  const { user } = renderAt('/sign-in');
  await user.type(await screen.findByLabelText('Login'), 'ann');
  await user.type(screen.getByLabelText('Password'), 'wrong');
  await user.click(screen.getByRole('button', { name: 'Sign in' }));
  expect(await screen.findByRole('alert')).toHaveTextContent('do not belong together');
  await user.click(screen.getByText('Sign in with a link'));
  expect(await screen.findByText('clockhouse sign-in')).toBeVisible();
});

test('where it is not known how people sign in, that is told, and asked for again', async () => {
  nobody();
  refuses('get', '/session/ways', 503, 'The database is busy.');
  const { user } = renderAt('/sign-in');
  expect(await screen.findByRole('alert')).toHaveTextContent('The database is busy.');
  answers('get', '/session/ways', { passwords: true, providers: [] });
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByLabelText('Password')).toBeVisible();
});

test('a provider has a button, and what went wrong on its way is told', async () => {
  nobody();
  answers('get', '/session/ways', { passwords: true, providers: [{ name: 'Shop login', url: '/api/v1/session/openid' }] });
  renderAt('/sign-in?openid=stranger');
  expect(await screen.findByRole('link', { name: 'Sign in with Shop login' })).toHaveAttribute('href', '/api/v1/session/openid?to=%2F');
  expect(screen.getByRole('alert')).toHaveTextContent('nobody has invited you');
});

test('no sentence of an address is shown', async () => {
  nobody();
  renderAt('/sign-in?openid=Call%20this%20number');
  await screen.findByText(/printed one in the terminal/);
  expect(screen.queryByRole('alert')).toBeNull();
});

test('after a link, a password is asked for once, and may wait', async () => {
  nobody();
  answers('post', '/session', { name: 'admin', version: '0.1.0' });
  answers('get', '/account', { ...person(), login: null, has_password: false });
  const { user, router } = renderAt('/sign-in#token=abc123');
  expect(await screen.findByRole('heading', { name: 'Welcome to Clockhouse' })).toBeVisible();
  expect(screen.getByLabelText('Name')).toHaveValue('admin');
  expect(screen.getByRole('button', { name: 'Set the password' })).toBeDisabled();
  await user.click(screen.getByRole('button', { name: 'Later' }));
  await screen.findByRole('heading', { name: 'Projects' });
  expect(router.state.location.pathname).toBe('/');
  window.localStorage.clear();
});

test('after a link, a password that is chosen leads on', async () => {
  nobody();
  answers('post', '/session', { name: 'Ann', version: '0.1.0' });
  answers('get', '/account', { ...person(), name: 'Ann', login: 'ann', has_password: false });
  const sent = answers('post', '/account/password', person());
  const { user } = renderAt('/sign-in#token=abc123');
  await user.type(await screen.findByLabelText('Password'), 'four words in a row');
  expect(screen.getByLabelText('Login')).toHaveAttribute('readonly');
  await user.click(screen.getByRole('button', { name: 'Set the password' }));
  await screen.findByRole('heading', { name: 'Projects' });
  expect(sent[0]?.body).toMatchObject({ old: null, new: 'four words in a row', login: null });
});

test('the first administrator says who they are, and gets a login of it', async () => {
  nobody();
  answers('post', '/session', { name: 'admin', version: '0.1.0' });
  answers('get', '/account', { ...person(), login: null, has_password: false });
  const named = answers('patch', '/account', { ...person(), name: 'Jörg Day', login: null, has_password: false });
  refuses('post', '/account/password', 422, 'Some values are not right.', { new: 'Choose a longer one.' });
  const { user } = renderAt('/sign-in#token=abc123');
  await user.clear(await screen.findByLabelText('Name'));
  await user.type(screen.getByLabelText('Name'), 'Jörg Day');
  expect(screen.getByLabelText('Login')).toHaveValue('joerg.day');
  await user.type(screen.getByLabelText('Password'), 'four words in a row');
  await user.click(screen.getByRole('button', { name: 'Set the password' }));
  expect(await screen.findByText('Choose a longer one.')).toBeVisible();
  const sent = answers('post', '/account/password', person());
  await user.click(screen.getByRole('button', { name: 'Set the password' }));
  await screen.findByRole('heading', { name: 'Projects' });
  expect(named[0]?.body).toEqual({ name: 'Jörg Day' });
  expect(sent[0]?.body).toMatchObject({ old: null, new: 'four words in a row', login: 'joerg.day' });
});

test('a pasted address signs in and leads to where the person wanted to go', async () => {
  nobody();
  const sent = answers('post', '/session', { name: 'admin', version: '0.1.0' });
  const { user, router } = renderAt('/projects/example');
  await user.type(await screen.findByLabelText(/paste the address/), 'http://127.0.0.1:8420/sign-in#token=xyz');
  await user.click(screen.getByRole('button', { name: 'Use it' }));
  await screen.findByRole('heading', { name: 'Example' });
  expect(sent[0]?.body).toEqual({ token: 'xyz' });
  expect(router.state.location.pathname).toBe('/projects/example');
});

test('signing out leads to the sign-in page', async () => {
  answers('delete', '/session', null);
  const { user } = renderAt('/');
  await user.click(await screen.findByRole('button', { name: 'Account: admin' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Sign out' }));
  expect(await screen.findByRole('heading', { name: 'Sign in' })).toBeVisible();
});
