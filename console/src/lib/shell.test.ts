import { expect, test } from 'vitest';
import { quote } from './shell';

test('a word is quoted when a shell would read it otherwise', () => {
  expect(['shop/front-page', 'Web shop', "Ann's $HOME", ''].map(quote)).toEqual([
    'shop/front-page',
    "'Web shop'",
    "'Ann'\\''s $HOME'",
    "''",
  ]);
});
