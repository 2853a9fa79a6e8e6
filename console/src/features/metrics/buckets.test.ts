import { expect, test } from 'vitest';
import type { Outcomes } from '@/lib/types';
import { bucketAt, snapped, totals } from './buckets';
import { gathered, stepFor } from './chart-option';
import { parseSpan, windowAt, writeSpan } from './window';

const at = (minutes: number) => Date.parse('2026-11-22T08:00:00Z') + minutes * 60_000;
const iso = (minutes: number) => new Date(at(minutes)).toISOString().replace('.000Z', 'Z');

const outcomes: Outcomes = {
  start: iso(0),
  end: iso(25),
  bucket_s: 600,
  buckets: [0, 10, 20].map((minutes) => ({ at: iso(minutes), counts: { failed: 1, succeeded: minutes }, duration_p50_s: null, duration_p95_s: null })),
};

test('a drag is widened to whole buckets, whichever way it went', () => {
  expect(snapped(at(3), at(12), outcomes)).toEqual({ start: iso(0), end: iso(20) });
  expect(snapped(at(12), at(3), outcomes)).toEqual({ start: iso(0), end: iso(20) });
});

test('a drag never leaves the chart', () => {
  expect(snapped(at(-50), at(500), outcomes)).toEqual({ start: iso(0), end: iso(30) });
  expect(snapped(NaN, at(3), outcomes)).toBeNull();
});

test('a bucket holds its beginning and not its end', () => {
  expect(bucketAt(at(10), outcomes)?.at).toBe(iso(10));
  expect(bucketAt(at(30), outcomes)).toBeUndefined();
});

test('totals are in the order of the stack', () => {
  expect(totals(outcomes)).toEqual([
    ['succeeded', 30],
    ['failed', 3],
  ]);
});

test('a span survives the address; what is none is ignored', () => {
  const span = { start: iso(0), end: iso(10) };
  expect(parseSpan(writeSpan(span))).toEqual(span);
  for (const text of [null, '', 'yesterday', `${iso(10)}/${iso(0)}`, iso(0)]) expect(parseSpan(text)).toBeNull();
});

test('a range reaches until now', () => {
  expect(windowAt({ range: '1h' }, new Date(at(60)))).toEqual({ start: new Date(at(0)).toISOString(), end: new Date(at(60)).toISOString() });
});

test('marks that are too close to be told apart share a line', () => {
  const marks = [
    { at: iso(10.1), label: '#2' },
    { at: iso(10), label: '#1' },
    { at: iso(20), label: 'paused' },
    { at: iso(90), label: '#3' },
  ];
  expect(gathered(marks, at(0), at(30)).map((each) => each.label)).toEqual(['#1, #2', 'paused']);
});

test('the steps of the duration axis are numbers that people count in', () => {
  expect([0.3, 4, 290, 5000].map(stepFor)).toEqual([0.1, 2, 120, 1800]);
});
