import { expect, test } from 'vitest';
import { merged } from './merged';

const BASE = 'one\ntwo\nthree\nfour\nfive\n';

test('changes that do not touch are put together', () => {
  expect(merged(BASE, 'ONE\ntwo\nthree\nfour\nfive\n', 'one\ntwo\nthree\nfour\nFIVE\nsix\n')).toBe('ONE\ntwo\nthree\nfour\nFIVE\nsix\n');
  expect(merged(BASE, 'zero\none\ntwo\nthree\nfour\nfive\n', 'one\ntwo\nthree\nfive\n')).toBe('zero\none\ntwo\nthree\nfive\n');
});

test('the same change by both is made once', () => {
  expect(merged(BASE, 'one\nTWO\nthree\nfour\nfive\n', 'one\nTWO\nthree\nfour\nFIVE\n')).toBe('one\nTWO\nthree\nfour\nFIVE\n');
});

test('what both changed is left to a person', () => {
  expect(merged(BASE, 'one\nTWO\nthree\nfour\nfive\n', 'one\nZWEI\nthree\nfour\nfive\n')).toBeNull();
  expect(merged(BASE, 'one\ntwo\ntheirs\nthree\nfour\nfive\n', 'one\ntwo\nmine\nthree\nfour\nfive\n')).toBeNull();
  expect(merged(BASE, 'one\ntwo\nTHREE\nfour\nfive\n', 'one\ntwo\nthree\nFOUR\nfive\n')).toBeNull();
});
