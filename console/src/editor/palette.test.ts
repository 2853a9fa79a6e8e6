import { expect, test } from 'vitest';
import type { Block, Flow, FlowNode } from '@/flow/model';
import type { Palette } from '@/lib/types';
import { actionsOn, keyOf } from './actions';
import { asCode } from './clipboard';
import { insertion, matching, offers, RECENT, withRecent } from './palette';

const block = (path: readonly number[], nodes: readonly FlowNode[] = []): Block => ({ path, at: 0, nodes });
const node = (kind: FlowNode['kind'], path: readonly number[], more: Partial<FlowNode> = {}): FlowNode => ({ kind, label: kind, range: [0, 0], full: [0, 0], path, fields: [], branches: [], ...more });
const branch = (label: string, body: Block, fields: FlowNode['fields'] = []): FlowNode['branches'][number] => ({ label, header: [0, 0], fields, body });
const field = (name: string, text: string): FlowNode['fields'][number] => ({ name, kind: 'expression', range: [0, 0], text });

const loop = node('foreach', [1, 0, 0], { branches: [branch('for', block([1, 0, 0, 0], [node('pass', [1, 0, 0, 0, 0])]))] });
const flow: Flow = {
  valid: true,
  anchors: [],
  connections: { site: 'clockhouse.connectors.http.Client' },
  body: block([], [
    node('function', [0], { name: 'total', fields: [field('parameters', 'a, b: dict[str, int], c=1, *, d, e: int = 2')], branches: [branch('def', block([0, 0]))] }),
    node('function', [1], { name: 'main', is_entry: true, branches: [branch('def', block([1, 0], [loop]))] }),
  ]),
};
const template = (key: string, where: Palette['templates'][number]['where'], more: Partial<Palette['templates'][number]> = {}): Palette['templates'][number] => ({ key, group: 'Control', title: key, documentation: '', code: key, needs: [], where, edit: null, is_fresh: true, ...more });
const parameter = (name: string, type: string, more = {}) => ({ name, type, default: null, documentation: '', is_keyword: false, ...more });
const palette: Palette = {
  templates: [template('log', 'anywhere', { title: 'Log', needs: ['import logging'] }), template('break', 'loop'), template('return', 'function'), template('function', 'module'), template('main', 'module')],
  forms: {},
  connectors: [
    {
      key: 'http',
      module: 'clockhouse.connectors.http',
      name: 'Client',
      title: 'HTTP',
      group: 'Web',
      documentation: 'Asks over HTTP.',
      parameters: [parameter('base', 'str'), parameter('timeout', 'float', { default: '10.0', is_keyword: true })],
      operations: [
        { name: 'get', signature: '', documentation: 'Gets.', returns: 'Answer', is_async: false, parameters: [parameter('url', 'str'), parameter('headers', 'dict[str, str] | None', { is_keyword: true })] },
        { name: 'close', signature: '', documentation: '', returns: 'None', is_async: true, parameters: [] },
      ],
    },
  ],
};
const keys = (at: readonly number[]) => offers(palette, flow, { block: at, index: 0 }).map((offer) => offer.key);
const code = (key: string) => offers(palette, flow, { block: [1, 0], index: 0 }).find((offer) => offer.key === key)?.code;

test('what is offered makes sense at its place', () => {
  expect(keys([1, 0, 0, 0])).toEqual(expect.arrayContaining(['log', 'break', 'return']));
  expect(keys([1, 0])).not.toContain('break');
  expect(keys([])).not.toContain('return');
  expect(keys([])).not.toContain('main');
  expect(offers(palette, { ...flow, body: block([]) }, { block: [], index: 0 })[0]?.key).not.toBe('log');
});

test('a definition is put above the function that one is in', () => {
  expect(offers(palette, flow, { block: [1, 0, 0, 0], index: 3 }).find((offer) => offer.key === 'function')?.slot).toEqual({ block: [], index: 1 });
});

test('connections, their operations and functions of the file have a value for all that must be given', () => {
  expect(code('connection http')).toBe('http_client = http.Client("")');
  expect(code('operation clockhouse.connectors.http.Client.get')).toBe('answer = site.get("", headers={})');
  expect(code('operation clockhouse.connectors.http.Client.close')).toBe('await site.close()');
  expect(code('function total')).toBe('total(a, b, d=d)');
});

test('what is put in brings what it needs', () => {
  const [log] = offers(palette, flow, { block: [1, 0], index: 2 }).filter((offer) => offer.key === 'log');
  expect(log && insertion(log)).toEqual({ op: 'insert', block: [1, 0], index: 2, code: 'log', needs: ['import logging'], fresh: true });
});

test('titles that begin with what is typed come first', () => {
  const all = offers(palette, flow, { block: [1, 0, 0, 0], index: 0 });
  expect(matching(all, 'get site')[0]?.title).toBe('site.get');
  expect(matching(all, 'log').map((offer) => offer.key)[0]).toBe('log');
  expect(matching(all, 'nothing like it')).toEqual([]);
  expect(withRecent(all, ['return', 'gone'])[0]).toMatchObject({ key: 'return', group: RECENT });
});

test('a step has the branches that it can still get, and gives up those that it can do without', () => {
  const titles = (step: FlowNode) => actionsOn(flow, { nodes: [step], path: step.path, count: 1 }).filter((action) => action.group === 'Branches').map((action) => action.title);
  const either = node('if', [1, 0, 0], { branches: [branch('if', block([1, 0, 0, 0]), [field('condition', 'a')]), branch('else', block([1, 0, 0, 1]))] });
  expect(titles(either)).toEqual(['Add “else, if”', 'Remove “else”']);
  expect(titles(node('try', [1, 0, 0], { branches: [branch('try', block([1, 0, 0, 0])), branch('finally', block([1, 0, 0, 1]))] }))).toEqual(['Add “on a failure”', 'Remove “in any case”']);
  expect(titles(node('log', [1, 0, 0]))).toEqual([]);
});

test('keys are named as actions name theirs', () => {
  const pressed = (key: string, more = {}) => keyOf({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more });
  expect(pressed('z', { metaKey: true, shiftKey: true })).toBe('Ctrl+Shift+Z');
  expect(pressed('+', { shiftKey: true })).toBe('+');
  expect(pressed('Backspace')).toBe('Delete');
  expect(pressed('ArrowUp', { altKey: true })).toBe('Alt+ArrowUp');
  expect(pressed(' ')).toBe('Space');
});

test('pasted code loses the margin that all of it has', () => {
  expect(asCode('    if a:\n        b\n\n    c\n')).toBe('if a:\n    b\n\nc\n');
  expect(asCode('a\n    b')).toBe('a\n    b');
});
