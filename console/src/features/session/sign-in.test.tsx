import { screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import { renderAt } from '@/test/render';
import { answers, refuses } from '@/test/server';

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

test('a pasted address signs in and leads to where the person wanted to go', async () => {
  nobody();
  const sent = answers('post', '/session', { name: 'admin', version: '0.1.0' });
  const { user, router } = renderAt('/projects/example');
  await user.type(await screen.findByLabelText(/paste the address/), 'http://127.0.0.1:8420/sign-in#token=xyz');
  await user.click(screen.getByRole('button', { name: 'Sign in' }));
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
