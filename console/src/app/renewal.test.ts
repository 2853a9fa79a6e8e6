import { afterEach, expect, test } from 'vitest';
import { mayBeginAnew } from './renewal';

afterEach(() => window.sessionStorage.clear());

test('a page begins anew for a part that is no more, and not again and again for one that stays away', () => {
  expect(mayBeginAnew(1_000_000)).toBe(true);
  expect(mayBeginAnew(1_002_000)).toBe(false);
  expect(mayBeginAnew(1_029_999)).toBe(false);
  expect(mayBeginAnew(1_030_000)).toBe(true);
});
