import { expect, test } from 'vitest';
import type { LogLine } from '@/lib/types';
import { execution } from '@/test/values';
import { apart, partingOf } from './comparison';

const lines = (...texts: string[]): LogLine[] => texts.map((text, index) => ({ seq: index + 1, at: '2026-11-22T08:00:00Z', stream: 'stdout', level: null, text }));
const texts = (parting: ReturnType<typeof partingOf>) => parting && [parting.before?.text, parting.after?.text];

test('only what is not alike is told, and the duration in any case', () => {
  const before = execution({ duration_s: 1.5 });
  expect(apart(before, execution({ duration_s: 30 }))).toEqual([{ name: 'Duration', before: '1.5 s', after: '30 s' }]);
  const after = execution({ build: 2, deployment: 3, arguments: { url: 'https://once.example' }, ran_on: 'rack-1' });
  expect(apart(before, after).map(({ name, after: is }) => [name, is])).toEqual([
    ['Build', '#2'],
    ['Deployment', '#3'],
    ['Ran on', 'rack-1'],
    ['With', 'url = "https://once.example"'],
    ['Duration', '400 ms'],
  ]);
});

test('logs part at the first line that says something else, whatever its numbers', () => {
  const before = lines('Asked 17 at 08:00:01', 'took 12.5ms', 'Healthy');
  expect(texts(partingOf(before, lines('Asked 4 at 09:12:55', 'took 3ms', 'Unhealthy'), true))).toEqual(['Healthy', 'Unhealthy']);
  expect(partingOf(before, lines('Asked 4 at 09:12:55', 'took 3ms', 'Healthy'), true)).toBeNull();
});

test('how the lines of two streams mix is no difference', () => {
  const mixed = (stream: string, texts: string[], from: number): LogLine[] => lines(...texts).map((line) => ({ ...line, stream: stream as LogLine['stream'], seq: line.seq + from }));
  const before = [...mixed('stdout', ['Healthy'], 0), ...mixed('stderr', ['Asking'], 1)];
  const after = [...mixed('stderr', ['Asking', 'No answer'], 0)];
  expect(partingOf(before, after, true)).toMatchObject({ before: null, after: { seq: 2, text: 'No answer' } });
  expect(partingOf(before, [...mixed('stderr', ['Asking'], 0), ...mixed('stdout', ['Healthy'], 1)], true)).toBeNull();
});

test('a log that ends early parts where it ends, unless no more of it is known', () => {
  const [before, after] = [lines('one', 'two'), lines('one')];
  expect(texts(partingOf(before, after, true))).toEqual(['two', undefined]);
  expect(partingOf(before, after, false)).toBeNull();
});
