import { expect, test } from 'vitest';
import { callAt, signatureOf, signatureOfDetail } from './signature';

test('parameters are read with their types and defaults, by place or by name', () => {
  const found = signatureOf('url: str, /, states: dict[str, int] = {"a": 1}, *, timeout=5, **more', 'int');
  expect(found?.parameters).toEqual([
    { name: 'url', type: 'str', default: null, documentation: '', is_keyword: false, is_placed: true },
    { name: 'states', type: 'dict[str, int]', default: '{"a": 1}', documentation: '', is_keyword: false },
    { name: 'timeout', type: '', default: '5', documentation: '', is_keyword: true },
  ]);
  expect(found).toMatchObject({ returns: 'int', is_open: true });
  expect(signatureOf('')?.parameters).toEqual([]);
  expect(signatureOf('broken: (')).toBeNull();
});

test('what a list of known things tells is read, too', () => {
  expect(signatureOfDetail('(text: str, *, upper: bool=False) -> str')).toMatchObject({ returns: 'str', parameters: [{ name: 'text' }, { name: 'upper', default: 'False' }] });
  expect(signatureOfDetail('str')).toBeNull();
});

test.each([
  ['f(|)', { name: 'f', argument: 0 }],
  ['f(a, |b)', { name: 'f', argument: 1 }],
  ['gh.count(a, state=|', { name: 'gh.count', argument: 'state' }],
  ['f(g(1, 2|), 3)', { name: 'g', argument: 1 }],
  ['f([1, 2|], 3)', { name: 'f', argument: 0 }],
  ['f("a, (|', { name: 'f', argument: 0 }],
  ['f(a == |', { name: 'f', argument: 0 }],
  ['f(a)|', null],
  ['(1, |', null],
])('in %s, the call is found that the cursor is in', (marked, found) => {
  expect(callAt(marked.replace('|', ''), marked.indexOf('|'))).toEqual(found);
});
