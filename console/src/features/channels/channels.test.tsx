import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { renderAt } from '@/test/render';
import { answers, refuses } from '@/test/server';
import { channel } from '@/test/values';

const PROJECT = '/projects/example';
const CHANNELS = `${PROJECT}/channels`;

const section = () => screen.findByRole('region', { name: 'Notification channels' });
const row = async (name: string) => within(await within(await section()).findByRole('row', { name: new RegExp(`^${name}`) }));

test('a channel is told by its kind and host, and how its delivery goes', async () => {
  answers('get', CHANNELS, [channel({ waiting: 2, trouble: 'It does not answer.', next_at: '2030-01-01T00:00:00Z' }), channel({ name: 'room', kind: 'rocket_chat', host: null })]);
  renderAt(PROJECT);
  const ops = await row('ops');
  expect(ops.getByText('Mail at smtp.example.com')).toBeVisible();
  expect(ops.getByText(/Takes nothing at present: It does not answer\. 2 messages wait, next try/)).toBeVisible();
  expect((await row('room')).getByText('Rocket chat')).toBeVisible();
});

test('a channel is added by its address, which is hidden, and a refusal stands at its field', async () => {
  refuses('post', CHANNELS, 422, 'Some values are not right.', { address: 'An address begins with what it is of.' });
  const { user } = renderAt(PROJECT);
  await user.click(await within(await section()).findByRole('button', { name: 'Add a channel…' }));
  const dialog = within(await screen.findByRole('dialog'));
  await user.type(dialog.getByRole('textbox', { name: 'Name' }), 'desk');
  await user.click(dialog.getByRole('radio', { name: 'Slack' }));
  expect(dialog.getByText(/^https:\/\/hooks\.slack\.com/)).toBeVisible();
  const address = dialog.getByLabelText(/^Address/);
  expect(address).toHaveAttribute('type', 'password');
  await user.type(address, 'whisper');
  await user.click(dialog.getByRole('button', { name: 'Add the channel' }));
  expect(await dialog.findByText('An address begins with what it is of.')).toBeVisible();
  expect(dialog.getByText('clockhouse channel add example desk')).toBeVisible();
  const sent = answers('post', CHANNELS, channel({ name: 'desk', kind: 'slack' }), 201);
  await user.click(dialog.getByRole('button', { name: 'Add the channel' }));
  await waitFor(() => expect(sent[0]?.body).toEqual({ name: 'desk', address: 'whisper' }));
});

test('a test message says beside the channel how it went', async () => {
  answers('get', CHANNELS, [channel()]);
  answers('post', `${CHANNELS}/:channel/test`, { delivered: false, trouble: 'smtp.example.com did not answer in time.' });
  const { user } = renderAt(PROJECT);
  await user.click((await row('ops')).getByRole('button', { name: 'Send a test message to ops' }));
  expect(await screen.findByText('smtp.example.com did not answer in time.')).toBeVisible();
  answers('post', `${CHANNELS}/:channel/test`, { delivered: true, trouble: null });
  await user.click((await row('ops')).getByRole('button', { name: 'Send a test message to ops' }));
  expect(await screen.findByText('ops took the test message')).toBeVisible();
});

test('a channel that alerts tell is not removed, and says which', async () => {
  answers('get', CHANNELS, [channel()]);
  refuses('delete', `${CHANNELS}/:channel`, 409, 'Alerts tell the channel “ops”: 1 (Tell ops about any component: a failure).');
  const { user } = renderAt(PROJECT);
  await user.click((await row('ops')).getByRole('button', { name: 'More about ops' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Remove…' }));
  const dialog = within(await screen.findByRole('dialog'));
  await user.click(dialog.getByRole('button', { name: 'Remove the channel' }));
  expect(await dialog.findByRole('alert')).toHaveTextContent('1 (Tell ops about any component: a failure)');
});
