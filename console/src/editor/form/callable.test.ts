import { expect, test } from 'vitest';
import type { Field, Flow, FlowNode } from '@/flow/model';
import type { Palette } from '@/lib/types';
import { isMarked, signatureOfName, signatureOfStep } from './callable';

const field = (name: string, text: string): Field => ({ name, kind: 'expression', range: [0, 0], text });
const node = (own: Partial<FlowNode>): FlowNode => ({ kind: 'call', label: '', range: [0, 0], full: [0, 0], path: [0], fields: [], branches: [], ...own });
const body = (...nodes: FlowNode[]) => [{ label: 'def', header: [0, 0] as const, fields: [], body: { path: [0, 0], at: 0, nodes } }];
const record = node({
  kind: 'class',
  name: 'Address',
  decorators: ['@dataclasses.dataclass(frozen=True)'],
  branches: body(node({ kind: 'variable', fields: [field('target', 'city'), field('type', 'str')] }), node({ kind: 'variable', fields: [field('target', 'zip'), field('type', 'str'), field('value', '""')] })),
});
const counting = node({
  kind: 'function',
  name: 'count',
  qualname: 'count',
  fields: [field('name', 'count'), field('parameters', 'url: str'), field('returns', 'int')],
  branches: body(node({ kind: 'doc', label: '"""How many."""' })),
});
const flow: Flow = { valid: true, anchors: [], connections: { gh: 'clockhouse.connectors.github.Client' }, body: { path: [], at: 0, nodes: [record, counting] } };
const parameter = { name: 'token', type: 'Secret', default: null, documentation: '', is_keyword: true };
const palette = {
  templates: [],
  forms: {},
  connectors: [
    {
      module: 'clockhouse.connectors.github',
      name: 'Client',
      documentation: 'GitHub.',
      parameters: [parameter],
      operations: [{ name: 'count_issues', documentation: 'How many issues.', returns: 'int', parameters: [{ ...parameter, name: 'state' }] }],
    },
  ],
} as unknown as Palette;

test('functions and records of the source tell what they take', () => {
  expect(signatureOfName('count', flow, palette)).toMatchObject({ documentation: 'How many.', returns: 'int', parameters: [{ name: 'url', type: 'str' }] });
  expect(signatureOfName('Address', flow, palette)?.parameters.map((each) => [each.name, each.default])).toEqual([
    ['city', null],
    ['zip', '""'],
  ]);
  expect(signatureOfName('other', flow, palette)).toBeNull();
});

test('a connection tells what it takes, and so do its operations', () => {
  expect(signatureOfName('gh.count_issues', flow, palette)).toMatchObject({ documentation: 'How many issues.', parameters: [{ name: 'state' }] });
  const connector = 'clockhouse.connectors.github.Client';
  expect(signatureOfStep(node({ kind: 'connection', connector }), flow, palette)?.parameters).toEqual([parameter]);
  expect(signatureOfStep(node({ kind: 'connector_call', connector, operation: 'count_issues' }), flow, palette)?.documentation).toBe('How many issues.');
  expect(signatureOfStep(node({ kind: 'connector_call', connector, operation: 'gone' }), flow, palette)).toBeNull();
});

test('a pause takes seconds, however it is imported', () => {
  for (const callee of ['time.sleep', 'sleep']) expect(signatureOfStep(node({ kind: 'wait', callee }), flow, palette)?.parameters[0]?.name).toBe('seconds');
  expect(signatureOfStep(node({ kind: 'wait', callee: 'asyncio.gather' }), flow, palette)).toBeNull();
});

test('a mark is known however it is written', () => {
  for (const mark of ['@data_mapper', '@ kit.data_mapper', 'data_mapper()']) expect(isMarked(node({ decorators: [mark] }), 'data_mapper')).toBe(true);
  expect(isMarked(node({ decorators: ['@my_data_mapper'] }), 'data_mapper')).toBe(false);
});
