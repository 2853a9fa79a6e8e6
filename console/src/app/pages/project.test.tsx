import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { Deployment } from '@/lib/types';
import { renderAt } from '@/test/render';
import { answers, refuses } from '@/test/server';
import { card, component, deployment, development, production } from '@/test/values';

const templates = [
  { key: 'health-check', title: 'Health check', summary: 'Asks an address.', explanation: 'Logs Healthy or Unhealthy.', group: 'Watch', connectors: ['HTTP'] },
  { key: 'blank', title: 'Blank', summary: 'An empty task.', explanation: 'A main function and nothing else.', group: 'Begin', connectors: [] },
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

test('templates are found by what they use', async () => {
  answers('get', '/templates', templates);
  const { user } = renderAt('/projects/example/new');
  await user.type(await screen.findByRole('searchbox', { name: 'Search templates' }), 'http');
  expect(screen.getByRole('radio', { name: /Health check/ })).toBeInTheDocument();
  expect(screen.queryByRole('radio', { name: /Blank/ })).not.toBeInTheDocument();
  expect(screen.getByRole('group', { name: 'Watch' })).toBeVisible();
  await user.clear(screen.getByRole('searchbox'));
  await user.type(screen.getByRole('searchbox'), 'fax');
  expect(screen.getByText(/No template is about “fax”/)).toBeVisible();
});

test('what is deployed where one may not operate keeps one from pausing all', async () => {
  answers('get', '/session', { name: 'ben', version: '0.1.0', may: [{ project: 'example', permissions: ['read', 'operate'], operates_in: ['development'] }] });
  const both = [development, production].map((environment) => card({ environment, deployment: deployment() }));
  answers('get', '/projects/:project/components', [component({ environments: both })]);
  const { user } = renderAt('/projects/example');
  const button = await screen.findByRole('button', { name: 'Pause all…' });
  expect(button).toHaveAttribute('aria-disabled', 'true');
  await user.hover(button);
  expect(await screen.findByText(/does not let you deploy, run, pause or stop in Production/)).toBeVisible();
});

test('all that a project has deployed is paused with a note, and resumed', async () => {
  const of = (pause: Deployment['pause']) => component({ environments: [card({ environment: development, deployment: deployment({ pause }) })] });
  answers('get', '/projects/:project/components', [of(null)]);
  const paused = answers('post', '/projects/:project/pause', [{ component: 'health-check', environment: 'development', pause: null }]);
  const resumed = answers('post', '/projects/:project/resume', []);
  const { user } = renderAt('/projects/example');
  await user.click(await screen.findByRole('button', { name: 'Pause all…' }));
  const dialog = await screen.findByRole('dialog', { name: 'Pause all of Example' });
  fireEvent.change(within(dialog).getByLabelText('Until'), { target: { value: '2099-11-22T08:00' } });
  await user.type(within(dialog).getByRole('textbox', { name: 'Note' }), 'Moving');
  const until = new Date('2099-11-22T08:00').toISOString();
  expect(dialog).toHaveTextContent(`clockhouse project pause example --note Moving --until ${until}`);
  answers('get', '/projects/:project/components', [of({ at: until, by: 'maya', note: 'Moving', until })]);
  await user.click(within(dialog).getByRole('button', { name: 'Pause' }));
  await waitFor(() => expect(paused[0]?.body).toEqual({ note: 'Moving', until }));
  expect(await screen.findByText(/Paused until/)).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Resume all' }));
  await waitFor(() => expect(resumed).toHaveLength(1));
});
