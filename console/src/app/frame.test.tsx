import { screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import { renderAt } from '@/test/render';
import { refuses } from '@/test/server';

test('the rail names the places of a component and marks the present one', async () => {
  renderAt('/projects/example/components/health-check/deploy');
  const rail = await screen.findByRole('navigation', { name: 'Component' });
  expect([...rail.querySelectorAll('a')].map((link) => link.textContent)).toEqual([
    'Overview',
    'Develop',
    'Build',
    'Deploy',
    'Executions',
    'Observe',
    'Settings',
  ]);
  expect(screen.getByRole('link', { name: 'Deploy' })).toHaveAttribute('aria-current', 'page');
});

test('the breadcrumb names project and component', async () => {
  renderAt('/projects/example/components/health-check/deploy');
  expect(await screen.findByRole('link', { name: 'Example' })).toHaveAttribute('href', '/projects/example');
  expect(await screen.findByRole('link', { name: 'Health check' })).toBeVisible();
});

test('somebody who is not signed in is led to the sign-in page', async () => {
  refuses('get', '/session', 401, 'Sign in first.');
  const { router } = renderAt('/projects/example');
  await screen.findByRole('heading', { name: 'Sign in' });
  expect(router.state.location.pathname).toBe('/sign-in');
});

test('a component that is not there is said to be missing', async () => {
  refuses('get', '/projects/:project/components/:component', 404, 'There is no such component.');
  renderAt('/projects/example/components/gone/overview');
  expect(await screen.findByText(/There is no component “gone”/)).toBeVisible();
});

test('a server that can write nothing says why above every page', async () => {
  refuses('get', '/health', 503, 'There is no room left for the database.');
  renderAt('/projects/example');
  expect(await screen.findByRole('alert')).toHaveTextContent('There is no room left for the database.');
});

test('a server that is well says nothing of it', async () => {
  renderAt('/projects/example');
  await screen.findByRole('link', { name: 'Example' });
  expect(screen.queryByRole('alert')).not.toBeInTheDocument();
});
