import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { Configuration, ConfigurationRow, Setting, StoredValue } from '@/lib/types';
import { renderAt } from '@/test/render';
import { answers, refuses } from '@/test/server';
import { request } from '@/test/values';
import { unset } from './words';

const AT = '2026-11-20T12:00:00Z';
const PATH = '/projects/example/components/health-check';

const setting = (own: Partial<Setting>): Setting => ({
  name: 'region',
  type: 'text',
  item_type: null,
  required: true,
  default: null,
  description: '',
  example: null,
  minimum: null,
  maximum: null,
  choices: null,
  pattern: null,
  ...own,
});
const value = (own: Partial<StoredValue>): StoredValue => ({ value: null, is_secret: false, fingerprint: null, reference: null, is_masked: true, file: null, set_at: AT, set_by: 'admin', ...own });
const cell = (environment: string, own: Partial<ConfigurationRow['cells'][number]> = {}): ConfigurationRow['cells'][number] => ({ environment, state: 'missing', own: null, said: null, deployed: null, waits: false, ...own });

const matrix = (...rows: ConfigurationRow[]): Configuration => ({
  build: 3,
  environments: [
    { slug: 'development', name: 'Development', is_production: false, is_deployed: true, needs_approval: false },
    { slug: 'production', name: 'Production', is_production: true, is_deployed: false, needs_approval: false },
  ],
  rows,
});
const region: ConfigurationRow = {
  name: 'region',
  setting: setting({}),
  everywhere: value({ value: 'eu' }),
  cells: [cell('development', { state: 'inherited' }), cell('production', { state: 'set', own: value({ value: 'us' }) })],
};
const key: ConfigurationRow = {
  name: 'api_key',
  setting: setting({ name: 'api_key', type: 'secret' }),
  everywhere: null,
  cells: [cell('development', { state: 'set', own: value({ is_secret: true, fingerprint: '1a2b3c4d' }), waits: true }), cell('production')],
};

test('of a build’s settings those are left that nothing is set for in the environment', () => {
  const names = (environment: string, known: Configuration | undefined) => unset([setting({}), setting({ name: 'api_key' }), setting({ name: 'url' })], known, environment).map(({ name }) => name);
  expect(names('development', matrix(region, key))).toEqual(['url']);
  expect(names('production', matrix(region, key))).toEqual(['api_key', 'url']);
  expect(names('production', undefined)).toEqual(['region', 'api_key', 'url']);
});

const shown = async () => screen.findByRole('region', { name: 'Settings by environment' });

test('each setting says where each environment has it from', async () => {
  answers('get', `${PATH}/configuration`, matrix(region, key));
  renderAt(`${PATH}/settings`);
  const table = within(await shown());
  expect(table.getByRole('button', { name: 'region in Development: eu from all' })).toBeVisible();
  expect(table.getByRole('button', { name: 'region in Production: us set here' })).toBeVisible();
  expect(table.getByRole('button', { name: 'api_key in Production: missing' })).toBeVisible();
  expect(table.getByRole('button', { name: 'api_key in Development: •••• 1a2b3c4d set here differs from what is deployed' })).toBeVisible();
});

test('what the file says stands in the place of what is set', async () => {
  const said = { value: 'us-2', by: 'clockhouse.yaml of build 3', remedy: 'Change the file, and build it.' };
  answers('get', `${PATH}/configuration`, matrix({ ...region, cells: [cell('development', { state: 'said', own: value({ value: 'eu-1' }), said })] }));
  const { user } = renderAt(`${PATH}/settings`);
  await user.click(within(await shown()).getByRole('button', { name: 'region in Development: us-2 said by the file' }));
  const dialog = await screen.findByRole('dialog');
  expect(dialog).toHaveTextContent('us-2 is said by clockhouse.yaml of build 3, and counts. Change the file, and build it.');
  expect(dialog).toHaveTextContent('Set here is eu-1');
});

test('a value is set in its cell', async () => {
  answers('get', `${PATH}/configuration`, matrix(region));
  const sent = answers('put', `${PATH}/configuration/region`, matrix({ ...region, everywhere: value({ value: 'ap' }) }));
  const { user } = renderAt(`${PATH}/settings`);
  await user.click(within(await shown()).getByRole('button', { name: 'region for all environments: eu' }));
  const dialog = within(await screen.findByRole('dialog'));
  const field = dialog.getByRole('textbox', { name: /region/ });
  await user.clear(field);
  await user.type(field, 'ap');
  expect(dialog.getByText(/config set example\/health-check region=ap/)).toBeVisible();
  await user.click(dialog.getByRole('button', { name: 'Set it' }));
  expect(await within(await shown()).findByRole('button', { name: 'region for all environments: ap' })).toBeVisible();
  expect(sent[0]?.body).toEqual({ value: 'ap', file: null });
  expect(sent[0]?.url.search).toBe('');
});

test('a secret is replaced without being shown, and its command names no value', async () => {
  answers('get', `${PATH}/configuration`, matrix(key));
  const sent = answers('put', `${PATH}/configuration/api_key`, matrix(key));
  const { user } = renderAt(`${PATH}/settings`);
  await user.click(within(await shown()).getByRole('button', { name: /api_key in Development/ }));
  const dialog = within(await screen.findByRole('dialog'));
  await user.type(dialog.getByLabelText(/^api_key/), 's3cret-of-theirs');
  expect(dialog.getByText(/config set example\/health-check api_key -e development/)).toBeVisible();
  await user.click(dialog.getByRole('button', { name: 'Replace it' }));
  await waitFor(() => expect(sent[0]?.body).toEqual({ value: 's3cret-of-theirs', file: null }));
  expect(sent[0]?.url.search).toBe('?environment=development');
});

test('an external store is named in the place of a secret, and a refusal stands at its field', async () => {
  answers('get', `${PATH}/configuration`, matrix(key));
  refuses('put', `${PATH}/configuration/api_key`, 422, 'No.', { reference: 'Say which field of it.' });
  const { user } = renderAt(`${PATH}/settings`);
  await user.click(within(await shown()).getByRole('button', { name: /api_key in Production/ }));
  const dialog = within(await screen.findByRole('dialog'));
  await user.click(dialog.getByRole('radio', { name: 'An external store has it' }));
  await user.type(dialog.getByRole('textbox', { name: 'Reference' }), 'vault:secret/data/shop');
  await user.click(dialog.getByRole('button', { name: 'Set it' }));
  expect(await dialog.findByText('Say which field of it.')).toBeVisible();
});

test('what is deployed is deployed again with what is set', async () => {
  answers('get', `${PATH}/configuration`, matrix(key));
  const sent = answers('post', `${PATH}/environments/development/redeploy`, { number: 7 }, 201);
  const { user } = renderAt(`${PATH}/settings`);
  expect(await screen.findByText(/What is deployed in Development has another value/)).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Redeploy Development' }));
  expect(await screen.findByText('Development has what is set here, as deployment 7.')).toBeVisible();
  expect(sent).toHaveLength(1);
});

test('where others have to approve, what is set is asked for', async () => {
  const asking = matrix(key);
  answers('get', `${PATH}/configuration`, { ...asking, environments: asking.environments.map((each) => ({ ...each, needs_approval: true })) });
  const sent = answers('post', `${PATH}/requests`, request(), 201);
  const { user } = renderAt(`${PATH}/settings`);
  await user.click(await screen.findByRole('button', { name: 'Ask to redeploy Development…' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Ask to redeploy Development' }));
  await user.type(dialog.getByRole('textbox', { name: 'Note for those who approve' }), 'A new key');
  await user.click(dialog.getByRole('button', { name: 'Ask to redeploy Development' }));
  expect(await screen.findByText('Others are asked to approve of what is set for Development.')).toBeVisible();
  expect(sent[0]?.body).toEqual({ redeploy: { environment: 'development' }, note: 'A new key' });
});

test('code that asks for no values says how it would', async () => {
  answers('get', `${PATH}/configuration`, matrix());
  renderAt(`${PATH}/settings`);
  expect(await screen.findByText('The code asks for no values')).toBeVisible();
});
