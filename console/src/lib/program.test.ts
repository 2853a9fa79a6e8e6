import { expect, test } from 'vitest';
import { programOf } from './program';

test.each([
  ['Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0', 'Firefox on Linux'],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36 Edg/131.0', 'Edge on Windows'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) AppleWebKit/605 (KHTML, like Gecko) Version/18.0 Safari/605', 'Safari on macOS'],
  ['python-httpx/0.28.1', 'python-httpx/0.28.1'],
  ['curl/8.1 something', 'curl/8.1'],
  ['', null],
  [null, null],
])('%s', (said, told) => {
  expect(programOf(said)).toBe(told);
});
