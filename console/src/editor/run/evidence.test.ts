import { expect, test } from 'vitest';
import { drawn, idOf } from '@/flow/mapping';
import type { Flow, FlowNode } from '@/flow/model';
import type { Noted } from '@/lib/types';
import { type Evidence, evidenceOf, matched } from './evidence';
import { begun, lost, told } from './state';

/** A flow of simple steps, one a line. */
function flowOf(text: string): Flow {
  const nodes: FlowNode[] = [];
  let at = 0;
  text.split('\n').forEach((line) => {
    if (line) nodes.push({ kind: 'variable', label: line, range: [at, at + line.length], full: [at, at + line.length + 1], path: [nodes.length], fields: [], branches: [] });
    at += line.length + 1;
  });
  return { valid: true, anchors: [], body: { path: [], at: 0, nodes } };
}

const note = (line: number, text: string, more: Partial<Noted> = {}): Noted => ({ path: 'main.py', line, column: 0, begun: 1, ended: 1, took_s: 0.002, type: 'int', text, ...more });
const ran = (text: string, notes: Noted[], more: Partial<Evidence> = {}): Evidence => ({ texts: { 'main.py': text }, notes, end: { end: 'succeeded', sentence: '' }, failure: null, ...more });

function words(now: string, evidence: Evidence): Record<string, string> {
  const seen = drawn(null, now, flowOf(now));
  const found = evidenceOf(seen, 'main.py', evidence);
  return Object.fromEntries(seen.flow.body.nodes.map((node) => [node.label, found.get(idOf(seen, node))?.mark.words ?? '-']));
}

test('steps say how often they ran, how long it took and what came of it', () => {
  const text = 'a = 1\nb = 2\nc = 3\n';
  expect(words(text, ran(text, [note(1, '1'), note(2, '2', { begun: 3, ended: 3, took_s: 0 })]))).toEqual({
    'a = 1': 'Ran once, took 2 ms. Value: 1',
    'b = 2': 'Ran 3 times. Value: 2',
    'c = 3': 'Not run',
  });
});

test('steps are found again where they are by now, and those that changed say so', () => {
  const evidence = ran('a = 1\nb = 2\nc = 3\n', [note(1, '1'), note(2, '2'), note(3, '3')]);
  expect(words('new = 0\na = 1\nb = 22\nc = 3\n', evidence)).toEqual({
    'new = 0': '-',
    'a = 1': 'Ran once, took 2 ms. Value: 1',
    'b = 22': 'Ran once, took 2 ms. Value: 2. Changed since',
    'c = 3': 'Ran once, took 2 ms. Value: 3',
  });
});

test('a failure is at its line, and with nothing else known nothing else is said', () => {
  const text = 'a = 1\nb = 1 / 0\n';
  const failure = { error: 'ZeroDivisionError: no', type: 'ZeroDivisionError', frames: [{ path: 'main.py', line: 2, function: '', variables: [] }] };
  expect(words(text, ran(text, [], { end: null, failure }))).toEqual({ 'a = 1': '-', 'b = 1 / 0': 'Failed here: ZeroDivisionError: no' });
});

test('what was at work when it was ended is told from what raised and was caught', () => {
  const text = 'a = 1\n';
  const open = [note(1, '', { begun: 1, ended: 0, text: null })];
  expect(words(text, ran(text, open, { end: { end: 'timed_out', sentence: '' } }))['a = 1']).toContain('when it was ended');
  expect(words(text, ran(text, open))['a = 1']).toContain('an error that was caught');
  expect(words(text, ran(text, open, { end: null }))['a = 1']).toContain('Running now');
});

test('lines are matched by what they say, and as many in the place of as many others by their order', () => {
  const found = matched(['a', 'b', 'c', 'd'], ['a', 'x', 'c', 'new', 'more', 'd']);
  expect([...found].sort(([one], [other]) => one - other)).toEqual([
    [1, { line: 1, isSame: true }],
    [2, { line: 2, isSame: false }],
    [3, { line: 3, isSame: true }],
    [6, { line: 4, isSame: true }],
  ]);
});

test('news add to a run, and a new connection tells it from the beginning', () => {
  const line = { seq: 1, at: '2026-11-22T12:00:00Z', stream: 'stdout', level: null, text: 'one' } as const;
  const news = { phase: 'running', lines: [line], dropped: 0, notes: [note(1, '1')], is_whole: true, end: null } as const;
  const first = told(begun('t', 1, {}), { ...news, lines: [line], notes: [note(1, '1')] }, true);
  const second = told(first, { ...news, lines: [{ ...line, seq: 2, text: 'two' }], notes: [note(1, '2')] }, false);
  expect(second.lines.map(({ text }) => text)).toEqual(['one', 'two']);
  expect([...second.notes.values()].map(({ text }) => text)).toEqual(['2']);
  expect(told(second, { ...news, lines: [line], notes: [] }, true).lines).toHaveLength(1);
  expect(lost(second).end?.sentence).toContain('started again');
});
