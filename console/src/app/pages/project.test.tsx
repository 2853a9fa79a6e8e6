import { screen, waitFor } from '@testing-library/react';
import { expect, test } from 'vitest';
import { renderAt } from '@/test/render';
import { answers, refuses } from '@/test/server';
import { component } from '@/test/values';

const templates = [
  { key: 'health-check', title: 'Health check', summary: 'Asks an address.', explanation: 'Logs Healthy or Unhealthy.' },
  { key: 'blank', title: 'Blank', summary: 'An empty task.', explanation: 'A main function and nothing else.' },
];

test('a project without components offers to create one', async () => {
  answers('get', '/projects/:project/components', []);
  renderAt('/projects/example');
  expect(await screen.findByRole('link', { name: 'New component' })).toHaveAttribute('href', '/projects/example/new');
});

test('a project that is not there is said to be missing', async () => {
  refuses('get', '/projects/:project', 404, 'There is no project.');
  refuses('get', '/projects/:project/components', 404, 'There is no project.');
  renderAt('/projects/gone');
  expect(await screen.findByText('There is no project “gone”.')).toBeVisible();
});

test('deleting a project asks for its name', async () => {
  const removed = answers('delete', '/projects/:project', null);
  const { user, router } = renderAt('/projects/example');
  await user.click(await screen.findByRole('button', { name: 'Delete…' }));
  const confirm = await screen.findByRole('button', { name: 'Delete the project' });
  expect(confirm).toBeDisabled();
  await user.type(screen.getByRole('textbox', { name: /to confirm/ }), 'example');
  await user.click(confirm);
  await waitFor(() => expect(router.state.location.pathname).toBe('/'));
  expect(removed).toHaveLength(1);
});

test('a component is made from the chosen template and opens in Develop', async () => {
  answers('get', '/templates', templates);
  const sent = answers('post', '/projects/:project/components', component({ slug: 'probe', name: 'Probe' }), 201);
  const { user, router } = renderAt('/projects/example/new');
  await user.click(await screen.findByRole('radio', { name: /Blank/ }));
  expect(screen.getByText('A main function and nothing else.')).toBeVisible();
  expect(router.state.location.search).toBe('?template=blank');
  await user.type(screen.getByRole('textbox', { name: 'Name' }), 'Probe');
  await user.click(screen.getByRole('button', { name: 'Create and open the code' }));
  await waitFor(() => expect(router.state.location.pathname).toBe('/projects/example/components/probe/develop'));
  expect(sent[0]?.body).toEqual({ name: 'Probe', description: '', template: 'blank' });
});
