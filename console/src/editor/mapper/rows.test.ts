import { expect, test } from 'vitest';
import type { MapperSource, MapperTarget } from '@/lib/types';
import { keyOf, linesOf, sourceRows, targetRows, wayInto, wordsOf } from './rows';

const source = (way: string[], own: Partial<MapperSource> = {}): MapperSource => ({ name: way.at(-1) ?? '', way, type: 'str', kind: 'value', parts: [], ...own });
const target = (way: string[], own: Partial<MapperTarget> = {}): MapperTarget => ({
  name: way.at(-1) ?? '',
  way,
  type: 'str',
  kind: 'value',
  is_required: true,
  is_made: false,
  text: null,
  range: null,
  link: null,
  each: null,
  where: null,
  problem: null,
  parts: [],
  ...own,
});

const items = source(['order', 'items'], {
  kind: 'list',
  parts: [source(['order', 'items', '[]'], { kind: 'record', parts: [source(['order', 'items', '[]', 'sku'])] })],
});
const order = source(['order'], { kind: 'record', parts: [source(['order', 'number']), items] });
const lines = target(['lines'], {
  kind: 'list',
  link: ['order', 'items'],
  parts: [target(['lines', '[]'], { kind: 'record', is_made: true, parts: [target(['lines', '[]', 'article'], { link: ['order', 'items', '[]', 'sku'] })] })],
});
const whole = target([], { kind: 'record', is_made: true, parts: [target(['reference'], { link: ['order', 'number'] }), lines] });
const names = (rows: { name: string; depth: number }[]) => rows.map((row) => `${'-'.repeat(row.depth)}${row.name}`);

test('both trees are rows, with the fields of each item right below their list', () => {
  expect(names(sourceRows([order], new Set(), ''))).toEqual(['order', '-number', '-items', '--sku']);
  expect(names(targetRows(whole, new Set(), ''))).toEqual(['reference', 'lines', '-article']);
});

test('each link is a line between two rows, and leads to what its source is folded away in', () => {
  const right = targetRows(whole, new Set(), '');
  expect(linesOf(sourceRows([order], new Set(), ''), right)).toEqual([
    { key: keyOf(['reference']), from: 1, to: 0, isNear: false },
    { key: keyOf(['lines']), from: 2, to: 1, isNear: false },
    { key: keyOf(['lines', '[]', 'article']), from: 3, to: 2, isNear: false },
  ]);
  const folded = sourceRows([order], new Set([keyOf(['order'])]), '');
  expect(linesOf(folded, right).map(({ from, isNear }) => [from, isNear])).toEqual([
    [0, true],
    [0, true],
    [0, true],
  ]);
});

test('a search shows what has the word in its name, with what it is in, folded or not', () => {
  expect(names(sourceRows([order], new Set([keyOf(['order'])]), 'SKU'))).toEqual(['order', '-items', '--sku']);
  expect(names(targetRows(whole, new Set(), 'ref'))).toEqual(['reference']);
});

test('what takes any field gets one under the name of its source', () => {
  expect(wayInto(target([], { kind: 'open' }), source(['order', 'number']))).toEqual(['number']);
  expect(wayInto(target(['more'], { kind: 'open', text: 'other()' }), source(['order', 'number']))).toEqual(['more']);
  expect(wordsOf(['order', 'items', '[]', 'sku'])).toBe('order › items › each › sku');
});
