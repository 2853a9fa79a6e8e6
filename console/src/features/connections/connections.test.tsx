import { act, screen, waitFor, within } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { expect, test } from 'vitest';
import type { Connection, Survey, Track } from '@/lib/types';
import { renderAt } from '@/test/render';
import { answers, refuses, server } from '@/test/server';
import { build, card, commit, component, environments } from '@/test/values';

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

function track(own: Partial<Track> = {}): Track {
  return {
    branch: 'main',
    auto_build: true,
    auto_deploy: false,
    environment: null,
    seen: 'a'.repeat(40),
    looked_at: '2026-11-22T12:00:00Z',
    trouble: null,
    note: null,
    ...own,
  };
}

const connection: Connection = {
  url: 'https://example.com/team/jobs.git',
  directory: 'jobs/report',
  kind: null,
  credential: 'token',
  user: 'ada',
  tracks: [track({ trouble: 'There is no branch main in the repository. There are: trunk.' }), track({ branch: 'release/1', environment: 'production' })],
};

test('a repository is tested, a directory of it chosen, and connected', async () => {
  const surveys = answers('post', '/surveys', survey);
  const made = answers('post', '/projects/:project/connections', component({ slug: 'report', is_connected: true }), 201);
  const { user, router } = renderAt('/projects/example/new?from=git');
  await user.click(await screen.findByRole('textbox', { name: /Address/ }));
  await user.paste(connection.url);
  await user.click(screen.getByRole('radio', { name: 'User and token' }));
  await user.type(screen.getByRole('textbox', { name: 'User' }), 'ada');
  await user.click(screen.getByLabelText(/Token or password/));
  await user.paste('open-sesame');
  await user.click(screen.getByRole('button', { name: 'Test the connection' }));
  expect(await screen.findByText('There is no Dockerfile here.')).toBeVisible();
  await user.click(screen.getByRole('combobox', { name: 'Directory' }));
  await user.click(await screen.findByRole('option', { name: /jobs\/report · Python/ }));
  expect(surveys[0]?.body).toMatchObject({ url: connection.url, credential: { kind: 'none' } }); // as soon as the address was there
  await waitFor(() => expect(surveys.at(-1)?.body).toMatchObject({ directory: 'jobs/report', credential: { secret: 'open-sesame' } }));
  expect(screen.getByRole('textbox', { name: /Name/ })).toHaveValue('Report');
  await user.click(await screen.findByRole('button', { name: /^Connect/ }));
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

test('where nothing can be built at the root, the directories that can be are offered', async () => {
  const surveys = answers('post', '/surveys', survey);
  const { user } = renderAt('/projects/example/new?from=git');
  await user.click(await screen.findByRole('textbox', { name: /Address/ }));
  await user.paste(connection.url);
  await user.click(screen.getByRole('button', { name: 'Test the connection' }));
  expect(await screen.findByRole('button', { name: 'Connect all the same' })).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'api · Dockerfile' }));
  await waitFor(() => expect(surveys.at(-1)?.body).toMatchObject({ directory: 'api' }));
});

test('the command line is given what was chosen', async () => {
  answers('post', '/surveys', { ...survey, kind: 'python' });
  const { user } = renderAt('/projects/example/new?from=git');
  await user.click(await screen.findByRole('textbox', { name: /Address/ }));
  await user.paste(connection.url);
  await user.click(screen.getByRole('button', { name: 'Test the connection' }));
  await user.click(await screen.findByRole('switch', { name: /Build every new commit/ }));
  await user.click(screen.getByRole('switch', { name: /Deploy every good build/ }));
  expect(screen.getByText(`clockhouse component connect example Jobs ${connection.url} --branch main --no-build --deploy`)).toBeVisible();
});

test('a refused credential is told at its field', async () => {
  refuses('post', '/surveys', 422, 'Some values are not right.', { credential: 'example.com refuses this user and token.' });
  const { user } = renderAt('/projects/example/new?from=git');
  await user.click(await screen.findByRole('textbox', { name: /Address/ }));
  await user.paste(connection.url);
  await user.click(screen.getByRole('button', { name: 'Test the connection' }));
  expect(await screen.findByText('example.com refuses this user and token.')).toBeVisible();
});

test('the settings tell which branches are followed and what keeps one from that', async () => {
  answers('get', '/projects/:project/components/:component', component({ is_connected: true, environments: environments.map((environment) => card({ environment })) }));
  answers('get', '/projects/:project/components/:component/connection', connection);
  const changed = answers('patch', '/projects/:project/components/:component/connection/tracks/:branch', track({ auto_deploy: true }));
  const added = answers('post', '/projects/:project/components/:component/connection/tracks', track({ branch: 'next' }), 201);
  const hooks = answers('post', '/projects/:project/components/:component/connection/hook', { path: '/api/v1/hooks/01A', secret: 'whispered' }, 201);
  const { user } = renderAt('/projects/example/components/health-check/settings');
  const section = await screen.findByRole('region', { name: 'Branches' });
  expect(await within(section).findByRole('alert')).toHaveTextContent('There are: trunk.');
  await user.click(within(section).getByRole('switch', { name: 'Deploy every good build of release/1' }));
  await waitFor(() => expect(changed[0]?.body).toEqual({ auto_deploy: true }));
  expect(changed[0]?.url.href).toContain('/tracks/release%2F1');
  await user.type(within(section).getByRole('textbox', { name: 'Follow another branch' }), 'next');
  await user.click(within(section).getByRole('button', { name: 'Test and follow' }));
  await waitFor(() => expect(added[0]?.body).toEqual({ branch: 'next', auto_build: true, auto_deploy: false }));
  await user.click(within(section).getByRole('button', { name: 'New webhook secret…' }));
  expect(hooks).toHaveLength(0); // the last one is good until this one is asked for
  await user.click(await screen.findByRole('button', { name: 'Make a secret' }));
  expect(await screen.findByRole('textbox', { name: 'Secret' })).toHaveValue('whispered');
});

test('a repository that has moved is found again, and what opens it may stay', async () => {
  answers('get', '/projects/:project/components/:component', component({ is_connected: true }));
  answers('get', '/projects/:project/components/:component/connection', connection);
  const moved = 'https://example.com/other/jobs.git';
  const changed = answers('patch', '/projects/:project/components/:component/connection', { ...connection, url: moved });
  const { user } = renderAt('/projects/example/components/health-check/settings');
  const address = await screen.findByRole('textbox', { name: /Address/ });
  await user.click(screen.getByRole('button', { name: 'Another credential…' }));
  await user.click(screen.getByRole('button', { name: 'Keep the credential' }));
  expect(screen.getByText('User and token (ada)')).toBeVisible();
  await user.clear(address);
  await user.click(address);
  await user.paste(moved);
  expect(screen.getByText(`clockhouse source change example/health-check --url ${moved}`)).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Test and save' }));
  await waitFor(() => expect(changed[0]?.body).toEqual({ url: moved, directory: 'jobs/report' }));
});

test('commits and builds are those of the branch that is chosen', async () => {
  answers('get', '/projects/:project/components/:component', component({ is_connected: true }));
  answers('get', '/projects/:project/components/:component/connection', { ...connection, tracks: [track(), track({ branch: 'release/1' })] });
  const listed = answers('get', '/projects/:project/components/:component/commits', [commit()]);
  const started = answers('post', '/projects/:project/components/:component/builds', build({ number: 8, branch: 'release/1' }), 201);
  const { user, router } = renderAt('/projects/example/components/health-check/build?branch=release%2F1');
  expect(await screen.findByRole('combobox', { name: 'Branch' })).toHaveValue('release/1');
  await waitFor(() => expect(listed.at(-1)?.url.href).toContain('branch=release%2F1'));
  await user.click(screen.getByRole('button', { name: 'Build latest' }));
  await waitFor(() => expect(started[0]?.body).toEqual({ branch: 'release/1', again: false }));
  expect(router.state.location.pathname).toContain('/build');
});

test('a repository that cannot be read says what that means, and where to change it', async () => {
  answers('get', '/projects/:project/components/:component', component({ is_connected: true }));
  answers('get', '/projects/:project/components/:component/connection', { ...connection, tracks: [track({ trouble: 'example.com refuses this user and token.' })] });
  renderAt('/projects/example/components/health-check/build');
  const trouble = await screen.findByRole('alert');
  expect(trouble).toHaveTextContent('example.com refuses this user and token. New commits are not seen.');
  expect(within(trouble).getByRole('link')).toHaveAttribute('href', '/projects/example/components/health-check/settings');
});

test('a repository that takes long is asked for until it has answered', async () => {
  let asked = 0;
  server.use(
    http.post('*/api/v1/surveys', () => {
      asked += 1;
      if (asked === 3) return HttpResponse.json(survey);
      return HttpResponse.json({ error: { code: 'unavailable', message: 'Still.', fields: {} } }, { status: 503, headers: { 'Retry-After': '0' } });
    }),
  );
  const { user } = renderAt('/projects/example/new?from=git');
  await user.click(await screen.findByRole('textbox', { name: /Address/ }));
  await user.paste(connection.url);
  await user.click(screen.getByRole('button', { name: 'Test the connection' }));
  expect(await screen.findByText('There is no Dockerfile here.')).toBeVisible();
  expect(asked).toBe(3);
});

test('the code of a connected repository is read, not written', async () => {
  answers('get', '/projects/:project/components/:component', component({ is_connected: true }));
  answers('get', '/projects/:project/components/:component/connection', { ...connection, tracks: [track()] });
  answers('get', '/projects/:project/components/:component/source', {
    commit: commit(),
    files: [{ path: 'main.py', size_bytes: 9, text: 'print(1)\n' }],
  });
  renderAt('/projects/example/components/health-check/develop');
  expect(await screen.findByRole('button', { name: 'Look for new commits' })).toBeVisible();
  expect(await screen.findByRole('button', { name: 'main.py' })).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Save' })).toBeNull();
  expect(await screen.findByRole('region', { name: 'Flow' })).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Undo' })).toBeNull();
  act(() => screen.getByRole('button', { name: 'Run' }).focus());
  expect(await screen.findByText(/there is no draft to run/)).toBeVisible();
});
