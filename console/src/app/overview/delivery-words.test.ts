import { expect, test } from 'vitest';
import type { Delivery } from '@/lib/types';
import { deliveryWords } from './delivery-words';

const words = (own: Partial<Delivery>) =>
  deliveryWords({ start: '', end: '', promised: 720, delivered: 720, counts: {}, ...own }).replaceAll('\u00a0', ' ');

test('what was not delivered is told by why', () => {
  expect(words({ delivered: 717, counts: { succeeded: 717, skipped: 2, missed: 1 } })).toBe(
    'Last 30 days: 717 of 720 delivered, 2 skipped, 1 missed.',
  );
});

test('what was delivered and did not end well is told apart', () => {
  expect(words({ counts: { succeeded: 715, failed: 4, timed_out: 1 } })).toBe(
    'Last 30 days: 720 of 720 delivered. 4 failed, 1 timed out.',
  );
});

test('without a promise there is nothing to count', () => {
  expect(words({ promised: 0, delivered: 0 })).toBe('Nothing was due in the last 30 days.');
});
