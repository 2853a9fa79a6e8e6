import { expect, test } from 'vitest';
import type { Field, FlowNode } from '@/flow/model';
import { firstToFill, sectionsOf } from './rows';
import { signatureOf } from './signature';

const forms = {
  call: [
    { name: 'function', title: 'Function', kind: 'callee' as const, documentation: '', is_optional: false },
    { name: 'arg{}', title: 'Argument', kind: 'expression' as const, documentation: '', is_optional: false },
    { name: 'result', title: 'Result', kind: 'target' as const, documentation: '', is_optional: true },
    { name: 'type', title: 'Type', kind: 'type' as const, documentation: '', is_optional: true },
  ],
  with: [
    { name: 'resource{}', title: 'Resource', kind: 'expression' as const, documentation: '', is_optional: false },
    { name: 'as{}', title: 'Name', kind: 'target' as const, documentation: '', is_optional: true },
  ],
  return: [{ name: 'value', title: 'Value', kind: 'expression' as const, documentation: '', is_optional: true }],
  try: [
    { name: 'type', title: 'Failure', kind: 'type' as const, documentation: '', is_optional: true },
    { name: 'as', title: 'Name', kind: 'identifier' as const, documentation: '', is_optional: true },
  ],
};
const field = (name: string, text: string, own: Partial<Field> = {}): Field => ({ name, kind: 'expression', range: [0, 0], text, ...own });
const node = (kind: FlowNode['kind'], own: Partial<FlowNode> = {}): FlowNode => ({ kind, label: '', range: [0, 0], full: [0, 0], path: [0], fields: [], branches: [], ...own });
const call = (...passed: Field[]) => node('call', { fields: [field('function', 'f', { kind: 'callee' }), ...passed] });

test('a call has a field for each argument of its signature, and the optional ones apart', () => {
  const signature = signatureOf('url: str, method: str, *, timeout: float = 5, retries: int = 0');
  const [section] = sectionsOf(call(field('arg0', 'a', { role: 'argument' }), field('retries', '3', { role: 'keyword' })), forms, signature);
  expect(section?.rows.map(({ field: name, title, text, isRequired, isRemovable }) => ({ name, title, text, isRequired, isRemovable }))).toEqual([
    { name: 'function', title: 'Function', text: 'f', isRequired: true, isRemovable: false },
    { name: 'arg0', title: 'url', text: 'a', isRequired: true, isRemovable: false },
    { name: 'retries', title: 'retries', text: '3', isRequired: false, isRemovable: true },
    { name: 'method', title: 'method', text: null, isRequired: true, isRemovable: false },
  ]);
  expect(section?.more.map((row) => row.field)).toEqual(['timeout', 'result']);
  expect(section?.more[0]).toMatchObject({ default: '5', type: 'float' });
  expect(section?.placed).toBeNull();
});

test('an unknown call takes further arguments, by place', () => {
  const [section] = sectionsOf(call(field('arg0', 'a', { role: 'argument' })), forms, null);
  expect(section?.placed).toBe(1);
  expect(section?.rows.at(-1)).toMatchObject({ title: 'Argument 1', isRemovable: true });
});

test('what brings several arguments at once may bring the required ones', () => {
  const [section] = sectionsOf(call(field('arg0', '*args', { role: 'argument' })), forms, signatureOf('a, b'));
  expect(section?.rows.map((row) => row.field)).toEqual(['function', 'arg0']);
});

test('a call can have a type only beside a result', () => {
  const fields = [field('result', 'r', { kind: 'target' }), field('function', 'f', { kind: 'callee' })];
  const [section] = sectionsOf(node('call', { fields }), forms, signatureOf(''));
  expect(section?.rows.map((row) => row.field)).toEqual(['function', 'result']);
  expect(section?.more.map((row) => row.field)).toEqual(['type']);
});

test('each resource can have a name', () => {
  const fields = [field('resource0', 'open(a)'), field('as0', 'a', { kind: 'target' }), field('resource1', 'open(b)')];
  const [section] = sectionsOf(node('with', { fields }), forms, null);
  expect(section?.rows.map((row) => row.title)).toEqual(['Resource', 'Resource 2', 'Name']);
  expect(section?.more.map((row) => row.field)).toEqual(['as1']);
});

test('each branch that has something to say has a part of its own', () => {
  const branch = (label: string, ...fields: Field[]) => ({ label, header: [0, 0] as const, fields, body: { path: [0, 0], at: 0, nodes: [] } });
  const sections = sectionsOf(node('try', { branches: [branch('try'), branch('except', field('type', 'OSError', { kind: 'type' })), branch('except'), branch('finally')] }), forms, null);
  expect(sections.map(({ title, rows, more }) => [title, rows.map((row) => row.key), more.map((row) => row.key)])).toEqual([
    ['On a failure', ['1 type'], ['1 as']],
    ['On a failure', [], ['2 type']],
  ]);
});

test('a form begins with what a step may do without when it has nothing else', () => {
  const sections = sectionsOf(node('return'), forms, null);
  expect(sections.map(({ rows, more }) => [rows.map((row) => row.field), more])).toEqual([[['value'], []]]);
  expect(firstToFill(sections)).toBe('value');
});

test('which connection it is stands apart, and one begins with what it takes', () => {
  const fields = [field('result', 'web', { kind: 'target' }), field('function', 'http.Client', { kind: 'callee' })];
  const sections = sectionsOf(node('connection', { fields }), { ...forms, connection: forms.call }, signatureOf('base_url: str = ""'));
  expect(sections[0]?.rows.map((row) => row.field)).toEqual(['result']);
  expect(sections[0]?.more.map((row) => row.field)).toContain('function');
});
