import { expect, test } from 'vitest';
import type { LogLine } from '@/lib/types';
import { cut, lineOf, linesFrom, linesWith, placeOf, shownText } from './lines';

type Part = Pick<LogLine, 'level' | 'text'> & { stream?: string };
const log = (...parts: Part[]) => {
  const lines = parts.map((part, index): LogLine => ({ seq: index + 1, at: '2026-11-22T08:00:00Z', stream: 'stderr', ...part }));
  return (seq: number) => lines[seq - 1];
};

test('lines below the level are left out; those without one count as information', () => {
  const at = log({ level: 'debug', text: 'a' }, { level: null, text: 'b', stream: 'stdout' }, { level: 'warning', text: 'c' }, { level: 'error', text: 'd' });
  expect(linesFrom('info', 4, at)).toEqual([2, 3, 4]);
  expect(linesFrom('error', 4, at)).toEqual([4]);
});

test('a traceback stays together: its lines belong to the error before them on the same stream', () => {
  const at = log(
    { level: 'error', text: 'Traceback (most recent call last):' },
    { level: null, text: '  File "main.py", line 1' },
    { level: null, text: 'printed meanwhile', stream: 'stdout' },
    { level: null, text: 'ValueError: no' },
    { level: 'info', text: 'INFO next' },
    { level: null, text: 'and its second line' },
  );
  expect(linesFrom('error', 6, at)).toEqual([1, 2, 4]);
});

test('a search finds whatever the case, among the lines that are shown', () => {
  const at = log({ level: null, text: 'Healthy: 200' }, { level: null, text: 'unHEALTHY' }, { level: null, text: 'other' });
  expect(linesWith('healthy', 3, null, at)).toEqual([1, 2]);
  expect(linesWith('healthy', 3, [2, 3], at)).toEqual([2]);
});

test.each([
  ['INFO Healthy', 'info', 'Healthy'],
  ['[WARN] slow', 'warning', 'slow'],
  ['ERROR:   indented', 'error', '  indented'],
  ['INFO is a word here', null, 'INFO is a word here'],
  ['\u001b[31mred\u001b[0m', null, 'red'],
] as const)('%j is shown without what stands in the margin', (text, level, shown) => {
  const line: LogLine = { seq: 1, at: '2026-11-22T08:00:00Z', stream: 'stderr', level, text };
  expect(shownText(line)).toBe(shown);
});

test('every second part of a cut text is a match', () => {
  expect(cut('abcABC', 'b')).toEqual(['a', 'b', 'cA', 'B', 'C']);
  expect(cut('abc', '')).toEqual(['abc']);
});

test('an address names a line or none', () => {
  expect(lineOf('#L12')).toBe(12);
  expect(lineOf('#main')).toBeNull();
});

test('the place of a number in a sorted list', () => {
  expect([1, 2, 5, 9, 10].map((seq) => placeOf(seq, [2, 5, 9]))).toEqual([0, 0, 1, 2, 3]);
});
