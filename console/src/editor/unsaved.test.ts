import { expect, test } from 'vitest';
import { commit } from '@/test/values';
import { apply, begin } from './draft';
import { forget, keep, unsaved } from './unsaved';

const REF = { project: 'example', component: 'health-check' };
const AT = new Date('2026-03-01T11:32:00Z');
const source = (sha: string, text: string) => ({ commit: commit({ sha }), files: [{ path: 'main.py', text, size_bytes: text.length }] });
const FIRST = source('1'.repeat(40), 'one\n');
const typed = (text: string) => apply(begin(FIRST), { kind: 'write', path: 'main.py', text });

test('what was typed is kept until it is given up, for its own component only', () => {
  keep(REF, typed('two\n'), AT);
  expect(unsaved(REF, FIRST)).toEqual({ at: '2026-03-01T11:32:00.000Z', parent: FIRST.commit.sha, edits: { 'main.py': 'two\n' } });
  expect(unsaved({ ...REF, component: 'other' }, FIRST)).toBeNull();
  forget(REF);
  expect(unsaved(REF, FIRST)).toBeNull();
});

test('what somebody has saved meanwhile is not offered', () => {
  keep(REF, typed('two\n'), AT);
  expect(unsaved(REF, source('2'.repeat(40), 'two\n'))).toBeNull();
  expect(unsaved(REF, source('2'.repeat(40), 'three\n'))).not.toBeNull();
});

test('too much is not kept, and no older state in its place', () => {
  keep(REF, typed('two\n'), AT);
  keep(REF, typed('x'.repeat(1_000_001)), AT);
  expect(unsaved(REF, FIRST)).toBeNull();
});

test('what is not readable is nothing', () => {
  window.localStorage.setItem('clockhouse-unsaved example/health-check', '{');
  expect(unsaved(REF, FIRST)).toBeNull();
});
