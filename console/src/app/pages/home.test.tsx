import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { renderAt } from '@/test/render';
import { answers, refuses } from '@/test/server';
import { card, component, deployment, development, execution, project, request } from '@/test/values';

test('a project shows its components with their last outcome and their next due time', async () => {
  const last = execution({ state: 'failed' });
  const due = new Date(Date.now() + 65_000).toISOString();
  answers('get', '/projects/:project/components', [
    component({ environments: [card({ deployment: deployment(), last, strip: [last], next_due_at: due })] }),
  ]);
  renderAt('/');
  const table = await screen.findByRole('table', { name: 'Components of Example' });
  expect(within(table).getByRole('link', { name: 'Health check' })).toHaveAttribute(
    'href',
    '/projects/example/components/health-check/overview',
  );
  expect(within(table).getByText('Failed')).toBeVisible();
  expect(within(table).getByText(/^in 1 min 0\d s$/)).toBeVisible();
  expect(within(table).getByText('Every 10 s')).toBeVisible();
});

test('a paused environment says so in the place of its next due time', async () => {
  const paused = deployment({ pause: { at: '2026-11-22T08:00:00Z', by: 'maya', note: '', until: null } });
  answers('get', '/projects/:project/components', [
    component({ environments: [card({ environment: development, deployment: paused })] }),
  ]);
  renderAt('/');
  expect(await screen.findByText('Paused')).toBeVisible();
});

test('what was decided about one’s own request is told until it is seen', async () => {
  const rejected = request({ number: 3, status: 'rejected', decided_at: '2026-11-22T08:00:00Z', decided_by: 'Bea', comment: 'Not on a Friday', may_decide: false, is_news: true });
  answers('get', '/requests/mine', [rejected]);
  const { user } = renderAt('/');
  const news = await screen.findByRole('region', { name: '1 request of yours was decided' });
  expect(within(news).getByRole('heading', { level: 3 })).toHaveTextContent('Example / Health check: Build 1 to Production');
  expect(news).toHaveTextContent(/Rejected .* by Bea: “Not on a Friday”/);
  const sent = answers('post', '/projects/example/components/health-check/requests/3/seen', { ...rejected, is_news: false });
  answers('get', '/requests/mine', []);
  await user.click(within(news).getByRole('button', { name: 'I have seen request 3' }));
  await waitFor(() => expect(news).not.toBeInTheDocument());
  expect(sent).toHaveLength(1);
});

test('the example is removed with one click', async () => {
  answers('get', '/projects', [project({ is_example: true })]);
  const { user } = renderAt('/');
  const removed = answers('delete', '/projects/:project', null);
  const button = await screen.findByRole('button', { name: 'Remove example' });
  answers('get', '/projects', []);
  await user.click(button);
  expect(await screen.findByText('No project yet')).toBeVisible();
  expect(removed[0]?.url.pathname).toBe('/api/v1/projects/example');
});

test('a new project leads to its page', async () => {
  answers('get', '/projects', []);
  const sent = answers('post', '/projects', project({ slug: 'night-work', name: 'Night work' }), 201);
  const { user, router } = renderAt('/');
  await user.click(await screen.findByRole('button', { name: 'New project' }));
  await user.type(await screen.findByRole('textbox', { name: 'Name' }), 'Night work');
  await user.click(screen.getByRole('button', { name: 'Create the project' }));
  await waitFor(() => expect(router.state.location.pathname).toBe('/projects/night-work'));
  expect(sent[0]?.body).toEqual({ name: 'Night work', description: '' });
});

test('a name that is taken is said at the field', async () => {
  answers('get', '/projects', []);
  refuses('post', '/projects', 409, 'There is already a project.', { slug: 'This name is taken.' });
  const { user } = renderAt('/');
  await user.click(await screen.findByRole('button', { name: 'New project' }));
  const name = await screen.findByRole('textbox', { name: 'Name' });
  await user.type(name, 'Example');
  await user.click(screen.getByRole('button', { name: 'Create the project' }));
  await waitFor(() => expect(name).toHaveAccessibleDescription(expect.stringContaining('This name is taken.')));
});

test('projects that could not be loaded can be asked for again', async () => {
  refuses('get', '/projects', 503, 'The database is busy.');
  const { user } = renderAt('/');
  expect(await screen.findByText('The database is busy.')).toBeVisible();
  answers('get', '/projects', []);
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByText('No project yet')).toBeVisible();
});
