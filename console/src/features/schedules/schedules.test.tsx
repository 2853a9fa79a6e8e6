import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, expect, test, vi } from 'vitest';
import { renderAt } from '@/test/render';
import { answers, refuses } from '@/test/server';
import { build, card, commit, component, deployment, development, production } from '@/test/values';

vi.setConfig({ testTimeout: 20_000 });

const BASE = '/projects/:project/components/:component';
const HERE = '/projects/example/components/health-check/deploy?deploy=development';
const DUE = ['2026-11-22T02:30:00Z', '2026-11-23T02:30:00Z', '2026-11-24T02:30:00Z', '2026-11-25T02:30:00Z', '2026-11-26T02:30:00Z'];

let previews: ReturnType<typeof answers>;

beforeEach(() => {
  answers('get', `${BASE}/builds`, [build()]);
  answers('get', `${BASE}/commits`, [commit()]);
  answers('get', `${BASE}/deployments`, []);
  previews = answers('post', '/schedules/preview', { words: 'Every day at 08:00', zone: 'Asia/Colombo', due: DUE });
});

async function open() {
  const { user } = renderAt(HERE);
  const form = await screen.findByRole('dialog', { name: 'Deploy to Development' });
  await within(form).findByRole('radio', { name: 'Interval' });
  return { user, form };
}

const sentSchedules = (sent: { body: unknown }[]) => (sent[0]?.body as { schedules: unknown[] }).schedules;

/** Puts the text in at once: a key at a time is slow, and means nothing here. */
async function write(user: ReturnType<typeof renderAt>['user'], field: HTMLElement, text: string) {
  await user.click(field);
  await user.paste(text);
}

test('an interval is asked for as a number and its unit', async () => {
  const sent = answers('post', `${BASE}/deployments`, deployment(), 201);
  const { user, form } = await open();
  const every = within(form).getByRole('textbox', { name: 'Every' });
  expect(every).toHaveValue('1');
  await user.clear(every);
  expect(within(form).getAllByText('Write a number above zero.').length).toBeGreaterThan(0);
  await user.type(every, '1.5');
  await user.click(within(form).getByRole('button', { name: 'Deploy to Development' }));
  await waitFor(() => expect(sentSchedules(sent)).toMatchObject([{ trigger: { kind: 'interval', every_s: 90 } }]));
});

test('what is picked and the cron expression stay in step', async () => {
  const { user, form } = await open();
  await user.click(within(form).getByRole('radio', { name: 'Calendar' }));
  const expression = within(form).getByRole('textbox', { name: 'Cron expression' });
  expect(expression).toHaveValue('0 8 * * *');
  await user.click(within(form).getByRole('combobox', { name: 'When' }));
  await user.click(await screen.findByRole('option', { name: 'Every weekday at' }));
  expect(expression).toHaveValue('0 8 * * 1-5');
  await user.clear(expression);
  await write(user, expression, '30 6 * * 1,3');
  expect(within(form).getByRole('combobox', { name: 'When' })).toHaveValue('Every week on');
  expect(within(form).getByLabelText('Time')).toHaveValue('06:30');
  expect(within(form).getByRole('checkbox', { name: 'Wed' })).toBeChecked();
  await user.click(within(form).getByRole('checkbox', { name: 'Fri' }));
  expect(expression).toHaveValue('30 6 * * 1,3,5');
  await user.type(expression, '/2');
  expect(within(form).getByRole('combobox', { name: 'When' })).toHaveValue('An expression of my own');
});

test('a schedule is told in words with its next due times in its own zone', async () => {
  const { user, form } = await open();
  await user.click(within(form).getByRole('radio', { name: 'Calendar' }));
  await user.click(within(form).getByRole('combobox', { name: 'Time zone' }));
  await user.clear(within(form).getByRole('combobox', { name: 'Time zone' }));
  await write(user, within(form).getByRole('combobox', { name: 'Time zone' }), 'colombo');
  await user.click(await screen.findByRole('option', { name: /Asia\/Colombo/ }));
  const list = await within(form).findByRole('list', { name: 'Next due times in Asia/Colombo' });
  expect(within(list).getAllByRole('listitem')).toHaveLength(5);
  expect(list).toHaveTextContent('22 Nov 08:00:00 Colombo');
  await waitFor(() => expect(previews.at(-1)?.body).toMatchObject({ trigger: { kind: 'cron', expression: '0 8 * * *', zone: 'Asia/Colombo' }, count: 5 }));
});

test('an expression that is not understood is refused at its field', async () => {
  const { user, form } = await open();
  await user.click(within(form).getByRole('radio', { name: 'Calendar' }));
  refuses('post', '/schedules/preview', 422, 'Not a cron expression.', { 'trigger.expression': '“8” is no cron expression. Write five fields.' });
  const expression = within(form).getByRole('textbox', { name: 'Cron expression' });
  await user.clear(expression);
  await user.type(expression, '8');
  expect(await within(form).findByText('“8” is no cron expression. Write five fields.')).toBeVisible();
  expect(expression).toBeInvalid();
});

test('one time is a wall clock in a zone', async () => {
  const sent = answers('post', `${BASE}/deployments`, deployment(), 201);
  const { user, form } = await open();
  await user.click(within(form).getByRole('radio', { name: 'One time' }));
  expect(within(form).getByText('Choose a day and a time.')).toBeVisible();
  await write(user, within(form).getByLabelText('Day and time'), '2030-01-02T03:04');
  await user.click(within(form).getByRole('button', { name: 'Deploy to Development' }));
  await waitFor(() => expect(sentSchedules(sent)).toMatchObject([{ trigger: { kind: 'once', at: new Date('2030-01-02T03:04').toISOString() } }]));
});

test('a deployment can have no schedule, or several', async () => {
  const sent = answers('post', `${BASE}/deployments`, deployment(), 201);
  const { user, form } = await open();
  await user.click(within(form).getByRole('radio', { name: 'By hand only' }));
  expect(within(form).getByText(/Nothing is due by itself/)).toBeVisible();
  await user.click(within(form).getByRole('radio', { name: 'Interval' }));
  await user.click(within(form).getByRole('button', { name: 'Add another schedule' }));
  await user.click(within(form).getByRole('button', { name: 'Add another schedule' }));
  await user.click(within(form).getByRole('button', { name: 'Remove schedule 2' }));
  await user.click(within(form).getByRole('button', { name: 'Deploy to Development' }));
  await waitFor(() => expect(sentSchedules(sent)).toMatchObject([{ trigger: { kind: 'interval' } }, { trigger: { kind: 'cron' } }]));
});

test('policies are chosen by their consequence', async () => {
  const sent = answers('post', `${BASE}/deployments`, deployment(), 201);
  const { user, form } = await open();
  await user.click(within(form).getByText('Overlap and catch-up'));
  await user.click(within(form).getByRole('radio', { name: /Start it all the same/ }));
  await user.click(within(form).getByRole('radio', { name: /Run every one/ }));
  await user.type(within(form).getByRole('textbox', { name: 'Catch up no later than' }), '2');
  await user.click(within(form).getByRole('switch', { name: /Catch up after a pause, too/ }));
  await user.click(within(form).getByRole('button', { name: 'Deploy to Development' }));
  await waitFor(() => expect(sentSchedules(sent)).toMatchObject([{ overlap: 'allow', catch_up: { mode: 'all', within_s: 7200, after_pause: true } }]));
});

test.each([
  [/Let one wait/, 'buffer_one', 'One at a time, and one waits; the latest missed one is made up for'],
  [/Let all wait/, 'buffer_all', 'One after the other; the latest missed one is made up for'],
  [/Stop the previous one/, 'cancel_other', 'The newest stops the one before; the latest missed one is made up for'],
] as const)('while the previous one runs, %s is a choice', async (name, overlap, summary) => {
  const sent = answers('post', `${BASE}/deployments`, deployment(), 201);
  const { user, form } = await open();
  await user.click(within(form).getByText('Overlap and catch-up'));
  await user.click(within(form).getByRole('radio', { name }));
  expect(within(form).getByText(summary)).toBeInTheDocument();
  await user.click(within(form).getByRole('button', { name: 'Deploy to Development' }));
  await waitFor(() => expect(sentSchedules(sent)).toMatchObject([{ overlap }]));
});

test('a schedule ends, is spread, and leaves out days', async () => {
  const sent = answers('post', `${BASE}/deployments`, deployment(), 201);
  answers('get', '/schedules/holidays', [{ country: 'LK', subdivisions: [] }, { country: 'US', subdivisions: ['CA', 'TX'] }]);
  const { user, form } = await open();
  await user.click(within(form).getByText('Limits and days left out'));
  await user.type(within(form).getByRole('textbox', { name: 'End after so many executions' }), '5');
  await user.type(within(form).getByRole('textbox', { name: 'End after so many failures in a row' }), '3');
  await user.type(within(form).getByRole('textbox', { name: 'Put off each time by up to' }), '30');
  const add = within(form).getByRole('button', { name: 'Leave out public holidays' });
  await waitFor(() => expect(add).toBeEnabled());
  await user.click(add);
  expect(within(form).getByRole('combobox', { name: 'Public holidays of' })).toHaveValue('United States');
  await user.click(within(form).getByRole('combobox', { name: 'Region' }));
  await user.click(await screen.findByRole('option', { name: 'TX' }));
  await write(user, within(form).getByLabelText('Single days left out'), '2026-12-24');
  await user.click(within(form).getByRole('button', { name: 'Leave out' }));
  expect(within(form).getByText('5 times; ends after 3 failures in a row; up to 30 s later; without public holidays (US, TX) and 2026-12-24')).toBeInTheDocument();
  await waitFor(() => expect(previews.at(-1)?.body).toMatchObject({ max_count: 5, key: 'example/health-check', trigger: { jitter: { by_s: 30 } } }));
  await user.click(within(form).getByRole('button', { name: 'Deploy to Development' }));
  await waitFor(() =>
    expect(sentSchedules(sent)).toMatchObject([
      { max_count: 5, end_after_failures: 3, trigger: { jitter: { by_s: 30 }, excluding: [{ country: 'US', subdivision: 'TX' }, { dates: ['2026-12-24'] }] } },
    ]),
  );
});

test('an interval may begin later and end', async () => {
  answers('get', '/schedules/holidays', []);
  const sent = answers('post', `${BASE}/deployments`, deployment(), 201);
  const { user, form } = await open();
  await user.click(within(form).getByText('Limits and days left out'));
  await write(user, within(form).getByLabelText('Not before'), '2030-01-01T00:00');
  await write(user, within(form).getByLabelText('Not after'), '2030-01-02T00:00');
  await user.click(within(form).getByRole('button', { name: 'Deploy to Development' }));
  const start = new Date('2030-01-01T00:00').toISOString();
  const end = new Date('2030-01-02T00:00').toISOString();
  await waitFor(() => expect(sentSchedules(sent)).toMatchObject([{ trigger: { start, end } }]));
});

test('what was chosen of one kind is there again after a look at another', async () => {
  answers('get', BASE, component({ environments: [card({ environment: development, deployment: deployment() }), card({ environment: production })] }));
  const { user, form } = await open();
  expect(within(form).getByRole('textbox', { name: 'Every' })).toHaveValue('10');
  await user.click(within(form).getByRole('radio', { name: 'Calendar' }));
  await user.click(within(form).getByRole('radio', { name: 'Interval' }));
  expect(within(form).getByRole('textbox', { name: 'Every' })).toHaveValue('10');
});
