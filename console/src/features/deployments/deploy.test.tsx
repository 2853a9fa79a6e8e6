import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { beforeEach, expect, test, vi } from 'vitest';
import type { Card, Setting } from '@/lib/types';
import { renderAt } from '@/test/render';
import { answers, refuses } from '@/test/server';
import { build, card, commit, component, deployment, development, entry, execution, production, request } from '@/test/values';

vi.setConfig({ testTimeout: 20_000 });

const BASE = '/projects/:project/components/:component';
const HERE = '/projects/example/components/health-check/deploy';
const setting = (name: string, own: Partial<Setting> = {}): Setting => ({
  name,
  type: 'text',
  item_type: null,
  required: false,
  default: null,
  description: '',
  example: null,
  minimum: null,
  maximum: null,
  choices: null,
  pattern: null,
  ...own,
});
const SETTINGS = [
  setting('url', { required: true, description: 'The address to ask.', example: 'https://example.org/health' }),
  setting('expected', { type: 'integer', default: 200, minimum: 100, maximum: 599 }),
  setting('verify', { type: 'flag', default: true }),
  setting('method', { type: 'choice', default: 'GET', choices: ['GET', 'HEAD'] }),
  setting('token', { type: 'secret' }),
];
const NEWEST = build({ number: 3, commit: commit({ message: 'Newest' }), settings: SETTINGS });
const inDevelopment = deployment({
  number: 4,
  release: { id: 'rel_3', build: 3, digest: 'x', commit: commit({ message: 'Newest' }) },
  settings: SETTINGS,
  configuration: { url: { value: 'https://dev.example', is_secret: false }, expected: { value: 200, is_secret: false }, token: { value: null, is_secret: true } },
});
const inProduction = deployment({ ...inDevelopment, id: 'dep_0', environment: 'production', release: { ...inDevelopment.release, build: 1 } });

function deployed(...cards: Partial<Card>[]) {
  const environments = [card({ environment: development, ...cards[0] }), card({ environment: production, ...cards[1] })];
  answers('get', BASE, component({ environments }));
  answers('get', `${BASE}/deployments`, environments.flatMap((each) => (each.deployment ? [entry(each.deployment)] : [])));
  answers('get', `${BASE}/configuration`, { build: 3, environments: [], rows: SETTINGS.map((each) => rowOf(each, environments)) });
}

/** What is set is what is deployed. */
function rowOf(declared: Setting, cards: Card[]) {
  const stored = { reference: null, fingerprint: null, is_masked: true, file: null, set_at: NEWEST.created_at, set_by: 'admin' };
  const cells = cards.map(({ environment, deployment: present }) => {
    const own = present?.configuration[declared.name];
    return { environment: environment.slug, state: own ? 'set' : 'absent', own: own ? { ...stored, ...own } : null, deployed: null, waits: false };
  });
  return { name: declared.name, setting: declared, everywhere: null, cells };
}

beforeEach(() => {
  answers('get', `${BASE}/builds`, [NEWEST]);
  answers('get', `${BASE}/commits`, [NEWEST.commit]);
  answers('post', '/schedules/preview', { words: 'Every minute', zone: 'UTC', due: ['2026-11-22T08:01:00Z', '2026-11-22T08:02:00Z'] });
  deployed();
});

const cardOf = (name: string) => screen.findByRole('article', { name });
const drawer = () => screen.findByRole('dialog', { name: /^Deploy to/ });

/** Puts the text in at once: a key at a time is slow, and means nothing here. */
async function write(user: ReturnType<typeof renderAt>['user'], field: HTMLElement, text: string) {
  await user.click(field);
  await user.paste(text);
}

test('a card tells schedule, outcome, differences and what is missing', async () => {
  answers('get', `${BASE}/builds`, [build({ ...NEWEST, number: 5, settings: [...SETTINGS, setting('region', { required: true })] }), NEWEST]);
  deployed({ deployment: inDevelopment, next_due_at: new Date(Date.now() + 90_000).toISOString(), running: 2, last: execution({ state: 'failed', reason: { code: 'exit_code', sentence: 'It ended with exit code 1.' } }), strip: [execution()] }, { deployment: inProduction });
  renderAt(HERE);
  const here = await cardOf('Development');
  expect(here).toHaveTextContent('On schedule');
  expect(here).toHaveTextContent('Every 10 s');
  expect(here).toHaveTextContent(/in 1 min \d\d s/);
  expect(here).toHaveTextContent(/Failed.*It ended with exit code 1/);
  expect(here).toHaveTextContent('2 running');
  expect(here).toHaveTextContent('In Productionother build');
  expect(here).toHaveTextContent('Build 5 also needs region');
  expect(within(here).getByRole('link', { name: /Succeeded, due/ })).toHaveAttribute('href', '/projects/example/components/health-check/executions/exe_1');
});

test('a paused environment says so, by whom and why, and can be resumed', async () => {
  deployed({ deployment: { ...inDevelopment, pause: { at: '2026-11-22T07:00:00Z', by: 'maya', note: 'The disk is being replaced', until: null } } });
  const resumed = answers('post', `${BASE}/environments/development/resume`, inDevelopment);
  const { user } = renderAt(HERE);
  const here = await cardOf('Development');
  expect(here).toHaveTextContent(/Paused.*The disk is being replaced.*maya/);
  expect(here).toHaveTextContent('not due while paused');
  deployed({ deployment: inDevelopment });
  await user.click(within(here).getByRole('button', { name: 'Resume' }));
  expect(await within(here).findByText('On schedule')).toBeVisible();
  expect(resumed).toHaveLength(1);
});

test('a card on agents says when nobody asks for its work, and the way out', async () => {
  const onAgents = { ...production, data_plane: 'agents' as const };
  deployed({ deployment: inDevelopment }, { environment: onAgents, deployment: inProduction });
  renderAt(HERE);
  const note = await within(await cardOf('Production')).findByRole('note');
  expect(note).toHaveTextContent('Production runs on agents and has none: what falls due waits. Add an agent');
  expect(within(note).getByRole('link')).toHaveAttribute('href', '/environments');
  expect(within(await cardOf('Development')).queryByRole('note')).not.toBeInTheDocument();
});

test('pausing asks for a note', async () => {
  deployed({ deployment: inDevelopment });
  const paused = answers('post', `${BASE}/environments/development/pause`, inDevelopment);
  const { user } = renderAt(HERE);
  await user.click(within(await cardOf('Development')).getByRole('button', { name: 'Pause' }));
  const dialog = await screen.findByRole('dialog', { name: 'Pause Development' });
  await write(user, within(dialog).getByRole('textbox', { name: 'Note' }), 'Maintenance');
  fireEvent.change(within(dialog).getByLabelText('Until'), { target: { value: '2020-01-01T08:00' } });
  await user.click(within(dialog).getByRole('button', { name: 'Pause' }));
  expect(await within(dialog).findByText('Choose a time that is still to come, or leave it empty.')).toBeVisible();
  fireEvent.change(within(dialog).getByLabelText('Until'), { target: { value: '' } });
  expect(dialog).toHaveTextContent('clockhouse pause example/health-check --environment development --note Maintenance');
  await user.click(within(dialog).getByRole('button', { name: 'Pause' }));
  await waitFor(() => expect(paused[0]?.body).toEqual({ note: 'Maintenance', until: null }));
});

test('one start takes other values, and only what was changed is sent', async () => {
  deployed({ deployment: inDevelopment });
  const sent = answers('post', `${BASE}/environments/development/run`, execution({ id: 'exe_9', state: 'queued', origin: 'manual' }), 201);
  answers('get', '/executions/exe_9', { ...execution({ id: 'exe_9' }), attempts: [], stop_requested_by: null });
  const { user, router } = renderAt(HERE);
  await user.click(within(await cardOf('Development')).getByRole('button', { name: 'More for Development' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Run with other values' }));
  const dialog = await screen.findByRole('dialog', { name: 'Run once in Development' });
  await user.clear(within(dialog).getByRole('textbox', { name: 'url' }));
  await write(user, within(dialog).getByRole('textbox', { name: 'url' }), 'https://once.example.com');
  expect(dialog).toHaveTextContent('clockhouse run example/health-check --environment development --set url=https://once.example.com');
  await user.click(within(dialog).getByRole('button', { name: 'Run' }));
  await waitFor(() => expect(router.state.location.pathname).toMatch(/exe_9$/));
  expect(sent[0]?.body).toEqual({ arguments: { url: 'https://once.example.com' } });
});

test('editing a schedule keeps the build that is there, though there is a newer one', async () => {
  answers('get', `${BASE}/builds`, [build({ ...NEWEST, number: 5 }), NEWEST]);
  deployed({ deployment: inDevelopment });
  const { user, router } = renderAt(HERE);
  await user.click(within(await cardOf('Development')).getByRole('button', { name: 'More for Development' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Edit schedule' }));
  expect(router.state.location.search).toBe('?deploy=development&build=3');
  const form = await drawer();
  await waitFor(() => expect(form).toHaveTextContent('deploy example/health-check --environment development --build 3'));
});

test('run now leads to the execution that it started', async () => {
  deployed({ deployment: inDevelopment });
  const sent = answers('post', `${BASE}/environments/development/run`, execution({ id: 'exe_9', state: 'queued', origin: 'manual' }), 201);
  const { user } = renderAt(HERE);
  const here = await cardOf('Development');
  await user.click(within(here).getByRole('button', { name: 'Run now' }));
  expect(await within(here).findByRole('link', { name: 'Watch the execution' })).toHaveAttribute('href', '/projects/example/components/health-check/executions/exe_9');
  expect(sent[0]?.body).toEqual({ arguments: {} });
});

test('stopping says what it means before it is done', async () => {
  deployed({ deployment: inDevelopment });
  const sent = answers('post', `${BASE}/environments/development/stop`, { ...inDevelopment, status: 'stopped' });
  const { user } = renderAt(HERE);
  await user.click(within(await cardOf('Development')).getByRole('button', { name: 'More for Development' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Stop in Development' }));
  const dialog = await screen.findByRole('dialog', { name: 'Stop in Development?' });
  expect(dialog).toHaveTextContent('Nothing falls due in Development any more');
  await user.click(within(dialog).getByRole('button', { name: 'Stop' }));
  await waitFor(() => expect(sent).toHaveLength(1));
});

test('a first deployment sends the configuration and the schedule that were chosen', async () => {
  const sent = answers('post', `${BASE}/deployments`, inDevelopment, 201);
  const { user, router } = renderAt(HERE);
  await user.click(within(await cardOf('Development')).getByRole('link', { name: 'Deploy to Development' }));
  const form = await drawer();
  expect(await within(form).findByRole('textbox', { name: /url/ })).toHaveAttribute('placeholder', 'for example https://example.org/health');
  await write(user, within(form).getByRole('textbox', { name: /url/ }), 'https://a.example');
  await write(user, within(form).getByLabelText(/^token/), 's3cret');
  expect(await within(form).findByRole('list', { name: /Next due times/ })).toHaveTextContent('08:01:00');
  await user.click(within(form).getByRole('button', { name: 'Deploy to Development' }));
  await waitFor(() => expect(router.state.location.search).toBe(''));
  expect(sent[0]?.body).toEqual({
    environment: 'development',
    build: 3,
    configuration: { url: 'https://a.example', expected: 200, verify: true, method: 'GET', token: 's3cret' },
    schedules: [{ trigger: { kind: 'interval', every_s: 60 }, overlap: 'skip', catch_up: { mode: 'last', after_pause: false } }],
    time_out_s: null,
    retry: { attempts: 1, delay_s: 1, backoff: 'fixed', max_delay_s: null },
    at_once: null,
    container: { cpus: null, memory_bytes: null, processes: null, network: null },
    watch: false,
  });
});

test('what the server refuses stands at its field, and the first one gets the focus', async () => {
  refuses('post', `${BASE}/deployments`, 422, 'Some values are not right.', {
    'configuration.url': 'A value is needed.',
    'schedules.0.trigger.every_s': 'An interval must be longer than nothing.',
    'retry.attempts': 'At least one try.',
  });
  const { user } = renderAt(`${HERE}?deploy=development`);
  const form = await drawer();
  await user.click(await within(form).findByRole('button', { name: 'Deploy to Development' }));
  expect(await within(form).findByText('A value is needed.')).toBeVisible();
  expect(within(form).getByRole('textbox', { name: /url/ })).toHaveFocus();
  expect(within(form).getByText('An interval must be longer than nothing.')).toBeInTheDocument();
  expect(within(form).getByText('At least one try.')).toBeInTheDocument();
  expect(within(form).getByRole('alert')).toHaveTextContent('Some values are not right.');
  await user.type(within(form).getByRole('textbox', { name: /url/ }), 'h');
  expect(within(form).queryByText('A value is needed.')).not.toBeInTheDocument();
});

test('a secret stays unless it is replaced or removed', async () => {
  deployed({ deployment: inDevelopment });
  const sent = answers('post', `${BASE}/deployments`, inDevelopment, 201);
  const { user } = renderAt(`${HERE}?deploy=development`);
  const form = await drawer();
  await user.click(await within(form).findByRole('button', { name: 'Replace token' }));
  await user.click(within(form).getByRole('button', { name: 'Keep the present value' }));
  await user.click(within(form).getByRole('button', { name: 'Remove token' }));
  await user.click(within(form).getByRole('button', { name: 'Deploy to Development' }));
  await waitFor(() => expect(sent[0]?.body).toMatchObject({ configuration: { token: null } }));
});

test('what the component’s file says stands in the place of its field', async () => {
  const said = { schedules: null, limits: [], configuration: { url: 'https://said.example' } };
  const inForce = { text: 'x', build: null, by: 'ada', at: NEWEST.created_at, words: 'the clockhouse.yaml that ada applied', remedy: 'Change the file.', environments: { development: said } };
  answers('get', `${BASE}/declaration`, { in_force: inForce, export: '', ignored: [] });
  deployed({ deployment: inDevelopment });
  renderAt(`${HERE}?deploy=development&build=3`);
  const form = within(await drawer());
  const url = await form.findByRole('group', { name: 'url' });
  expect(url).toHaveTextContent('https://said.examplesaid by the clockhouse.yaml that ada applied');
  expect(form.queryByRole('textbox', { name: /^url/ })).not.toBeInTheDocument();
  expect(form.getByRole('textbox', { name: /^expected/ })).toBeEnabled();
});

test('an older deployment can be deployed again as it was', async () => {
  const older = deployment({ ...inDevelopment, id: 'dep_old', number: 1, status: 'superseded', configuration: { ...inDevelopment.configuration, url: { value: 'https://old.example', is_secret: false } } });
  deployed({ deployment: inDevelopment });
  // Each environment counts its own: a number alone names none.
  answers('get', `${BASE}/deployments`, [entry(inDevelopment), entry({ ...inProduction, number: 1 }), entry(older)]);
  const { user } = renderAt(HERE);
  await user.click(await screen.findByRole('link', { name: 'Change and deploy: #1 to Development' }));
  expect(await within(await drawer()).findByRole('textbox', { name: /url/ })).toHaveValue('https://old.example');
});

test('an older deployment comes back by one click', async () => {
  deployed({ deployment: inDevelopment });
  answers('get', `${BASE}/deployments`, [entry(inDevelopment), entry({ ...inDevelopment, id: 'dep_old', number: 2, status: 'superseded' })]);
  const sent = answers('post', `${BASE}/environments/development/rollback`, deployment({ number: 5, rolled_back_to: 2 }), 201);
  const { user } = renderAt(HERE);
  await user.click(await screen.findByRole('button', { name: 'Roll back Development to #2' }));
  expect(await screen.findByText('Development is back to 2, as deployment 5.')).toBeVisible();
  expect(sent[0]?.body).toEqual({ to: 2 });
});

test('the history says what each deployment changed', async () => {
  const changes = [
    { part: 'limit' as const, name: 'time_out', before: null, after: '30 s' },
    { part: 'setting' as const, name: 'token', before: null, after: null },
    { part: 'pause' as const, name: 'pause', before: null, after: 'Clockhouse' },
  ];
  deployed({ deployment: inDevelopment });
  answers('get', `${BASE}/deployments`, [entry({ ...inDevelopment, rolled_back_to: 2, changes, watch: { state: 'kept', back_to: 3 } })]);
  renderAt(HERE);
  const history = await screen.findByRole('region', { name: 'History' });
  const [, row] = await within(history).findAllByRole('row');
  expect(row).toHaveTextContent('time out: none → 30 s');
  expect(row).toHaveTextContent('token (a secret)Paused');
  expect(row).toHaveTextContent('Rolled back to 2');
  expect(row).toHaveTextContent('Its first occurrence succeeded');
});

test('where others have to approve, a deployment is asked for', async () => {
  deployed({ deployment: inDevelopment, environment: { ...development, approval: { role: 'operator', people: ['Bea'] } } });
  const sent = answers('post', `${BASE}/requests`, request(), 201);
  const { user } = renderAt(`${HERE}?deploy=development`);
  const form = await drawer();
  await user.click(await within(form).findByRole('checkbox', { name: 'Watch the first occurrence' }));
  await write(user, within(form).getByRole('textbox', { name: 'Note for those who approve (operators or Bea)' }), 'It is ready');
  await user.click(within(form).getByRole('button', { name: 'Ask to deploy to Development' }));
  await waitFor(() => expect(sent[0]?.body).toMatchObject({ note: 'It is ready', deployment: { environment: 'development', watch: true } }));
});

test('what waits is approved with a comment', async () => {
  deployed({ deployment: inDevelopment });
  answers('get', `${BASE}/requests`, [request({ number: 3, note: 'It is ready', changes: [{ part: 'release', name: 'build', before: '1', after: '3' }] })]);
  const sent = answers('post', `${BASE}/requests/3/approve`, request({ number: 3, status: 'approved', deployment: 5 }));
  const { user } = renderAt(HERE);
  const waiting = await screen.findByRole('article', { name: 'Request 3 for Production' });
  expect(waiting).toHaveTextContent('build: 1 → 3');
  await write(user, within(waiting).getByRole('textbox', { name: 'Comment on request 3' }), 'Fine');
  await user.click(within(waiting).getByRole('button', { name: 'Approve and deploy' }));
  await waitFor(() => expect(sent[0]?.body).toEqual({ comment: 'Fine' }));
});

test('who approves of what cannot be deployed any more is told why', async () => {
  deployed({ deployment: inDevelopment });
  answers('get', `${BASE}/requests`, [request({ number: 3 })]);
  answers('post', `${BASE}/requests/3/approve`, request({ number: 3, status: 'failed', problem: 'What build 3 made was removed.' }));
  const { user } = renderAt(HERE);
  const waiting = await screen.findByRole('article', { name: 'Request 3 for Production' });
  await user.click(within(waiting).getByRole('button', { name: 'Approve and deploy' }));
  expect(await screen.findByText('What build 3 made was removed.')).toBeVisible();
});

test('a roll back says that it waits for no approval', async () => {
  deployed({ deployment: inDevelopment, environment: { ...development, approval: { role: 'operator', people: [] } } });
  answers('get', `${BASE}/deployments`, [entry(inDevelopment), entry({ ...inDevelopment, id: 'dep_0', number: 3, status: 'superseded' })]);
  renderAt(HERE);
  const history = await screen.findByRole('region', { name: 'History' });
  expect(history).toHaveTextContent('Development asks for approval. A roll back does not wait for it');
  expect(within(history).getByRole('link', { name: 'Change and ask to deploy: #3 to Development' })).toBeVisible();
});

test('the card says that the first occurrence is watched', async () => {
  deployed({ deployment: { ...inDevelopment, watch: { state: 'waiting', back_to: 3 } } });
  renderAt(HERE);
  expect(await screen.findByText(/Watching the first occurrence/)).toHaveTextContent('if it fails, deployment 3 comes back, paused.');
});

test('without a build, building is what there is to do', async () => {
  answers('get', `${BASE}/builds`, []);
  renderAt(HERE);
  expect(await screen.findByRole('button', { name: 'Build latest' })).toBeVisible();
  expect(screen.queryByRole('link', { name: /Deploy to/ })).not.toBeInTheDocument();
});

test('cards that cannot be loaded are said so, with another try', async () => {
  refuses('get', BASE, 503, 'The database is busy.');
  renderAt(HERE);
  expect(await screen.findByText('The environments could not be loaded.')).toBeVisible();
  expect(screen.getByRole('button', { name: 'Try again' })).toBeVisible();
});

test('Escape closes the form as long as nothing was filled in', async () => {
  const { user } = renderAt(`${HERE}?deploy=development`);
  const form = await drawer();
  await write(user, await within(form).findByRole('textbox', { name: /url/ }), 'https://new.example');
  await user.keyboard('{Escape}');
  expect(within(form).getByRole('textbox', { name: /url/ })).toHaveValue('https://new.example');
  await user.click(within(form).getByRole('button', { name: 'Close' }));
  await waitFor(() => expect(form).not.toBeInTheDocument());
});

test('Escape closes the form that was only looked at', async () => {
  const { user } = renderAt(`${HERE}?deploy=development`);
  const form = await drawer();
  await within(form).findByRole('textbox', { name: /url/ });
  await user.keyboard('{Escape}');
  await waitFor(() => expect(form).not.toBeInTheDocument());
});
