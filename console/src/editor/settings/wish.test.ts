import { expect, test } from 'vitest';
import type { Setting } from '@/lib/types';
import { drawn } from '@/flow/mapping';
import type { FlowNode } from '@/flow/model';
import { stepWith, usesOf } from './uses';
import { needWords, NEW, retyped, settingOf, typeWords, wishOf } from './wish';

const setting = (own: Partial<Setting>): Setting => ({
  name: 'limit',
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

test.each<Partial<Setting>>([
  { type: 'text', pattern: 'a+', example: 'aa', description: 'So many' },
  { type: 'integer', required: false, default: 5, minimum: 1, maximum: 9 },
  { type: 'number', required: false, default: 0.5 },
  { type: 'flag', required: false, default: false },
  { type: 'flag', required: false },
  { type: 'secret' },
  { type: 'list', item_type: 'integer', required: false, default: [1, 2], example: [3] },
  { type: 'list', item_type: 'flag', required: false, default: [true] },
  { type: 'choice', choices: ['a', 2], required: false, default: 2 },
])('%j comes back from its form as it was', (own) => {
  expect(settingOf(wishOf(setting(own)))).toEqual(setting(own));
});

test('another type leaves out what does not fit it', () => {
  const number = wishOf(setting({ type: 'integer', required: false, default: 5, minimum: 1 }));
  expect(settingOf(retyped(number, 'secret'))).toMatchObject({ type: 'secret', required: true, default: null, minimum: null });
  expect(settingOf(retyped(NEW, 'list number'))).toMatchObject({ type: 'list', item_type: 'number' });
});

test('a setting is told in words', () => {
  expect(typeWords(setting({ type: 'choice', choices: ['fast', 'slow'] }))).toBe('fast or slow');
  expect(typeWords(setting({ type: 'list', item_type: 'text' }))).toBe('list of texts');
  expect(needWords(setting({}))).toBe('required');
  expect(needWords(setting({ required: false }))).toBe('optional');
  expect(needWords(setting({ required: false, default: true }))).toBe('default yes');
  expect(needWords(setting({ required: false, default: [] }))).toBe('default empty');
});

test('uses of a setting are counted, and not those of its namesakes', () => {
  expect(usesOf('config.url + config . url + config.urls + my.config.url + configs.url', 'config', 'url')).toBe(2);
});

test('a step takes a setting below the selected one, or at the end of main', () => {
  const node = (own: Partial<FlowNode>): FlowNode => ({ kind: 'pass', label: '', range: [0, 0], full: [0, 0], path: [0], fields: [], branches: [], ...own });
  const block = (path: number[], nodes: FlowNode[]) => ({ path, at: 0, nodes });
  const steps = [node({ path: [1, 0, 0], range: [30, 34] }), node({ path: [1, 0, 1], range: [40, 44] })];
  const main = node({
    kind: 'function',
    is_entry: true,
    path: [1],
    range: [10, 44],
    fields: [{ name: 'parameters', kind: 'parameters', range: [0, 0], text: 'settings: Config' }],
    branches: [{ label: 'def', header: [10, 20], fields: [], body: block([1, 0], steps) }],
  });
  const flow = drawn(null, '', { valid: true, anchors: [], body: block([], [node({ path: [0], range: [0, 4] }), main]) });
  const first = [...flow.ids].find(([path]) => path === '1.0.0')?.[1] ?? null;
  expect(stepWith(flow, first, 'url')).toEqual({ op: 'insert', block: [1, 0], index: 1, code: 'url = settings.url', needs: [], fresh: true });
  expect(stepWith(flow, null, 'url')).toMatchObject({ block: [1, 0], index: 2 });
  expect(stepWith(drawn(null, '', { valid: true, anchors: [], body: block([], []) }), null, 'url')).toBeNull();
});
