import { expect, test } from 'vitest';
import { fits, literalOf, splitAt, takesOf, written } from './literals';

test.each([
  ['"a"', 'a'],
  ["'it\\'s'", "it's"],
  ['"a\\nb\\u00e9\\x41"', 'a\nbéA'],
  ['"\\U0001F600"', '😀'],
  ['12', 12],
  ['-1_000.5', -1000.5],
  ['1e3', 1000],
  ['None', null],
  ['True', true],
  ['[1, "a, b", False,]', [1, 'a, b', false]],
  ['[]', []],
])('%s is a plain value', (text, value) => {
  expect(literalOf(text)).toEqual(value);
});

test.each(['name', 'f"{a}"', '"a" "b"', '"""a"""', '1 + 1', '007', '9007199254740993', '[a]', '[1', '"\\N{DASH}"', '"\\07"', '"\\q"', '"a\nb"', '"'])(
  '%s is an expression',
  (text) => {
    expect(literalOf(text)).toBeUndefined();
  },
);

test.each([
  ['plain', '"plain"'],
  ['say "hi"', `'say "hi"'`],
  [`both ' and "`, `"both ' and \\""`],
  ['two\nlines \\ \u0007', '"two\\nlines \\\\ \\u0007"'],
  [true, 'True'],
  [null, 'None'],
  [['a', 1], '["a", 1]'],
])('%j is written as Python', (value, text) => {
  expect(written(value)).toBe(text);
  expect(literalOf(text)).toEqual(value);
});

test('a text keeps the quotes of the one that it replaces', () => {
  expect(written('new', "'old'")).toBe("'new'");
  expect(written(['new'], "['old']")).toBe("['new']");
});

test('a type tells what may be given', () => {
  expect(takesOf('str')).toEqual({ kind: 'text' });
  expect(takesOf('int | None')).toEqual({ kind: 'integer' });
  expect(takesOf('Optional[float]')).toEqual({ kind: 'number' });
  expect(takesOf('typing.Literal["a", "b"]')).toEqual({ kind: 'choice', choices: ['a', 'b'] });
  expect(takesOf('list[str]')).toEqual({ kind: 'list', of: 'text' });
  expect(takesOf('dict[str, int]')).toBeNull();
  expect(takesOf(null)).toBeNull();
  expect(fits(5, { kind: 'integer' })).toBe(true);
  expect(fits(5.5, { kind: 'integer' })).toBe(false);
  expect(fits('c', { kind: 'choice', choices: ['a'] })).toBe(false);
});

test('pieces are split where nothing is open', () => {
  expect(splitAt('a, f(b, c), "d, e"', ',')).toEqual(['a', ' f(b, c)', ' "d, e"']);
  expect(splitAt('f(a', ',')).toBeNull();
  expect(splitAt('a)', ',')).toBeNull();
});
