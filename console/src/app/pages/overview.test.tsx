import { screen, within } from '@testing-library/react';
import { beforeEach, expect, test } from 'vitest';
import { renderAt } from '@/test/render';
import { answers, refuses } from '@/test/server';
import { build, card, commit, component, deployment, development, execution, production } from '@/test/values';

const ADDRESS = '/projects/example/components/health-check';
const delivery = { start: '', end: '', promised: 720, delivered: 719, counts: { succeeded: 719, skipped: 1 } };

beforeEach(() => {
  answers('get', '/projects/:project/components/:component/builds', [build()]);
  answers('get', '/projects/:project/components/:component/commits', [commit()]);
  answers('get', '/metrics/delivery', delivery);
  answers('get', '/executions', { items: [execution({ id: 'exe_7', state: 'failed' })], next: null, counts: { failed: 1 } });
});

test('it begins with a sentence on what is next and what was delivered', async () => {
  const due = new Date(Date.now() + 12_500).toISOString();
  answers('get', '/projects/:project/components/:component', component({
    environments: [card({ environment: development, deployment: deployment(), next_due_at: due })],
  }));
  renderAt(`${ADDRESS}/overview`);
  expect(await screen.findByText(/719 of 720 delivered, 1\sskipped/)).toHaveTextContent(/^Next in 1\d s \(.+, Development\)/);
});

test('each recent occurrence leads to its page', async () => {
  answers('get', '/projects/:project/components/:component', component({
    environments: [card({ environment: development, deployment: deployment() })],
  }));
  renderAt(`${ADDRESS}/overview`);
  const strip = await screen.findByRole('list', { name: /Recent executions in Development/ });
  expect(within(strip).getByRole('link', { name: /^Failed, due/ })).toHaveAttribute('href', `${ADDRESS}/executions/exe_7`);
});

test('the one thing to do next leads where it is done', async () => {
  answers('get', '/projects/:project/components/:component', component({
    environments: [card({ environment: development, deployment: deployment() }), card({ environment: production })],
  }));
  renderAt(`${ADDRESS}/overview`);
  const step = await screen.findByRole('region', { name: 'Next step' });
  expect(step).toHaveTextContent('Promote build 1 to Production');
  expect(within(step).getByRole('link', { name: 'Promote' })).toHaveAttribute('href', expect.stringContaining(`${ADDRESS}/promote/production`));
});

test('a pause is told with who and why', async () => {
  const pause = { at: '2026-11-22T08:00:00Z', by: 'maya', note: 'The disk is being replaced', until: null };
  answers('get', '/projects/:project/components/:component', component({
    environments: [card({ environment: production, deployment: deployment({ pause }) })],
  }));
  renderAt(`${ADDRESS}/overview`);
  expect(await screen.findByText(/Paused by maya/)).toHaveTextContent('The disk is being replaced');
});

test('a component that could not be loaded can be asked for again', async () => {
  refuses('get', '/projects/:project/components/:component', 503, 'The database is busy.');
  renderAt(`${ADDRESS}/overview`);
  expect(await screen.findByRole('alert')).toHaveTextContent('The database is busy.');
});

test('a component is deleted after its name was typed', async () => {
  const removed = answers('delete', '/projects/:project/components/:component', null);
  const { user } = renderAt(`${ADDRESS}/settings`);
  await user.click(await screen.findByRole('button', { name: 'Delete the component…' }));
  await user.type(await screen.findByRole('textbox', { name: /to confirm/ }), 'health-check');
  await user.click(screen.getByRole('button', { name: 'Delete the component' }));
  expect(await screen.findByRole('heading', { name: 'Example' })).toBeVisible();
  expect(removed).toHaveLength(1);
});
