import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { Connection, Survey } from '@/lib/types';
import { renderAt } from '@/test/render';
import { answers, refuses } from '@/test/server';
import { commit, component } from '@/test/values';

const survey: Survey = {
  branch: 'main',
  branches: ['main', 'next'],
  commit: commit(),
  places: [
    { directory: 'api', kind: 'dockerfile' },
    { directory: 'jobs/report', kind: 'python' },
  ],
  kind: null,
  saw: ['There is no Dockerfile here.'],
};

const connection: Connection = {
  url: 'https://example.com/team/jobs.git',
  branch: 'main',
  directory: 'jobs/report',
  kind: null,
  credential: 'token',
  user: 'ada',
  auto_build: true,
  auto_deploy: false,
  seen: 'a'.repeat(40),
  looked_at: '2026-11-22T12:00:00Z',
  trouble: 'There is no branch main in the repository. There are: trunk.',
  note: null,
};

test('a repository is tested, a directory of it chosen, and connected', async () => {
  const surveys = answers('post', '/surveys', survey);
  const made = answers('post', '/projects/:project/connections', component({ slug: 'report', is_connected: true }), 201);
  const { user, router } = renderAt('/projects/example/new?from=git');
  await user.type(await screen.findByRole('textbox', { name: /Address/ }), connection.url);
  await user.click(screen.getByRole('radio', { name: 'User and token' }));
  await user.type(screen.getByRole('textbox', { name: 'User' }), 'ada');
  await user.type(screen.getByLabelText(/Token or password/), 'open-sesame');
  await user.click(screen.getByRole('button', { name: 'Test the connection' }));
  expect(await screen.findByText('There is no Dockerfile here.')).toBeVisible();
  await user.click(screen.getByRole('combobox', { name: 'Directory' }));
  await user.click(await screen.findByRole('option', { name: /jobs\/report · Python/ }));
  await waitFor(() => expect(surveys).toHaveLength(2));
  expect(screen.getByRole('textbox', { name: /Name/ })).toHaveValue('Report');
  await user.click(await screen.findByRole('button', { name: 'Connect' }));
  await waitFor(() => expect(router.state.location.pathname).toBe('/projects/example/components/report/build'));
  expect(made[0]?.body).toEqual({
    url: connection.url,
    branch: 'main',
    directory: 'jobs/report',
    credential: { kind: 'token', user: 'ada', secret: 'open-sesame' },
    kind: null,
    name: 'Report',
    description: '',
    auto_build: true,
    auto_deploy: false,
  });
});

test('a refused credential is told at its field', async () => {
  refuses('post', '/surveys', 422, 'Some values are not right.', { credential: 'example.com refuses this user and token.' });
  const { user } = renderAt('/projects/example/new?from=git');
  await user.type(await screen.findByRole('textbox', { name: /Address/ }), connection.url);
  await user.click(screen.getByRole('button', { name: 'Test the connection' }));
  expect(await screen.findByText('example.com refuses this user and token.')).toBeVisible();
});

test('the settings tell where the source is and what keeps it from being followed', async () => {
  answers('get', '/projects/:project/components/:component', component({ is_connected: true }));
  answers('get', '/projects/:project/components/:component/connection', connection);
  const changed = answers('patch', '/projects/:project/components/:component/connection', { ...connection, auto_deploy: true });
  answers('post', '/projects/:project/components/:component/connection/hook', { path: '/api/v1/hooks/01A', secret: 'whispered' }, 201);
  const { user } = renderAt('/projects/example/components/health-check/settings');
  const section = await screen.findByRole('region', { name: 'Repository' });
  expect(await within(section).findByRole('alert')).toHaveTextContent('There are: trunk.');
  await user.click(within(section).getByRole('switch', { name: /Deploy every good build/ }));
  await waitFor(() => expect(changed[0]?.body).toEqual({ auto_deploy: true }));
  await user.click(within(section).getByRole('button', { name: 'New webhook secret…' }));
  expect(await screen.findByRole('textbox', { name: 'Secret' })).toHaveValue('whispered');
});

test('the code of a connected repository is read, not written', async () => {
  answers('get', '/projects/:project/components/:component', component({ is_connected: true }));
  answers('get', '/projects/:project/components/:component/connection', { ...connection, trouble: null });
  answers('get', '/projects/:project/components/:component/source', {
    commit: commit(),
    files: [{ path: 'main.py', size_bytes: 9, text: 'print(1)\n' }],
  });
  renderAt('/projects/example/components/health-check/develop');
  expect(await screen.findByRole('button', { name: 'Look for new commits' })).toBeVisible();
  expect(await screen.findByRole('button', { name: 'main.py' })).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Save' })).toBeNull();
});
