import { describe, expect, test } from 'vitest';
import { commit } from '@/test/values';
import { apply, begin, type Change, contested, type Draft, filesOf, importProblem, isClean, pathProblem, rebase, suggestMessage, textOf } from './draft';

const source = (files: Record<string, string | null>, sha = 'a'.repeat(40)) => ({
  commit: commit({ sha }),
  files: Object.entries(files).map(([path, text]) => ({ path, text, size_bytes: text?.length ?? 9 })),
});
const after = (...changes: Change[]): Draft => changes.reduce(apply, begin(source({ 'main.py': 'one', 'lib/text.py': 'two', 'logo.png': null })));

test('what is typed and taken back is no change', () => {
  const typed = after({ kind: 'write', path: 'main.py', text: 'other' });
  expect(typed.edits).toEqual({ 'main.py': 'other' });
  expect(isClean(apply(typed, { kind: 'write', path: 'main.py', text: 'one' }))).toBe(true);
});

test('a new file that is deleted again leaves nothing', () => {
  expect(isClean(after({ kind: 'write', path: 'new.py', text: '' }, { kind: 'delete', path: 'new.py' }))).toBe(true);
});

test('a renamed file keeps what was typed into it', () => {
  const renamed = after({ kind: 'write', path: 'main.py', text: 'other' }, { kind: 'rename', path: 'main.py', to: 'task.py' });
  expect(renamed.edits).toEqual({ 'main.py': null, 'task.py': 'other' });
  expect(apply(renamed, { kind: 'rename', path: 'task.py', to: 'main.py' }).edits).toEqual({ 'main.py': 'other' });
});

test('a file that cannot be shown can be deleted and not renamed', () => {
  expect(isClean(after({ kind: 'rename', path: 'logo.png', to: 'mark.png' }))).toBe(true);
  expect(after({ kind: 'delete', path: 'logo.png' }).edits).toEqual({ 'logo.png': null });
});

test('reverting a file leaves the changes to others', () => {
  const draft = after({ kind: 'write', path: 'main.py', text: 'x' }, { kind: 'delete', path: 'lib/text.py' }, { kind: 'revert', path: 'lib/text.py' });
  expect(draft.edits).toEqual({ 'main.py': 'x' });
});

test('files are listed by path with folders first, and what became of each', () => {
  const draft = after({ kind: 'write', path: 'main.py', text: 'x' }, { kind: 'write', path: 'a.py', text: '' }, { kind: 'delete', path: 'lib/text.py' });
  expect(filesOf(draft).map((file) => [file.path, file.status])).toEqual([
    ['lib/text.py', 'deleted'],
    ['a.py', 'added'],
    ['logo.png', 'same'],
    ['main.py', 'changed'],
  ]);
});

describe('when somebody else saved meanwhile', () => {
  const mine = after({ kind: 'write', path: 'main.py', text: 'mine' });

  test('my changes come on top of theirs, and their other files are kept', () => {
    const theirs = source({ 'main.py': 'theirs', 'lib/text.py': 'theirs too' }, 'b'.repeat(40));
    const rebased = rebase(mine, theirs);
    expect(rebased.parent).toBe('b'.repeat(40));
    expect(rebased.edits).toEqual({ 'main.py': 'mine' });
    expect(textOf(rebased, 'lib/text.py')).toBe('theirs too');
  });

  test('only files that both changed differently are contested', () => {
    expect(contested(mine, source({ 'main.py': 'theirs', 'lib/text.py': 'two' }))).toEqual(['main.py']);
    expect(contested(mine, source({ 'main.py': 'mine', 'lib/text.py': 'two' }))).toEqual([]);
    expect(contested(mine, source({ 'main.py': 'one', 'lib/text.py': 'changed' }))).toEqual([]);
  });

  test('when they saved the very same, nothing is left to save', () => {
    expect(isClean(rebase(mine, source({ 'main.py': 'mine', 'lib/text.py': 'two' })))).toBe(true);
  });
});

test.each([
  ['', /Write a name/],
  ['/etc/passwd', /from the top/],
  ['a\\b.py', /from the top/],
  ['lib/../main.py', /leaves the folder/],
  ['./main.py', /only a dot/],
  ['lib/', /has no name/],
  ['lib//a.py', /no name/],
  ['.git/config', /belongs to the repository/],
  ['main.py', /of this name/],
  ['lib', /file and a folder/],
  ['main.py/x.py', /file and a folder/],
])('%j is no name for a new file', (path, sentence) => {
  expect(pathProblem(after(), path)).toMatch(sentence);
});

test('a deleted file leaves its name free', () => {
  expect(pathProblem(after({ kind: 'delete', path: 'main.py' }), 'main.py')).toBeNull();
});

test.each<[string, Change[]]>([
  ['Change main.py', [{ kind: 'write', path: 'main.py', text: 'x' }]],
  ['Add new.py', [{ kind: 'write', path: 'new.py', text: '' }]],
  ['Delete main.py', [{ kind: 'delete', path: 'main.py' }]],
  ['Rename main.py to task.py', [{ kind: 'rename', path: 'main.py', to: 'task.py' }]],
  ['Change lib/text.py and main.py', [{ kind: 'write', path: 'main.py', text: 'x' }, { kind: 'write', path: 'lib/text.py', text: 'x' }]],
  ['Add a.py and 1 other file', [{ kind: 'write', path: 'a.py', text: '' }, { kind: 'delete', path: 'main.py' }]],
])('a commit is called “%s” unless somebody says otherwise', (message, changes) => {
  expect(suggestMessage(after(...changes))).toBe(message);
});

test('a file that Python cannot import is told so, and nothing else is', () => {
  expect(importProblem('my-file.py')).toContain('“my-file”');
  expect(importProblem('lib/2nd.py')).toContain('“2nd”');
  for (const path of ['main.py', 'lib/text_2.py', 'größe.py', 'my-notes.md', '']) expect(importProblem(path)).toBeNull();
});
