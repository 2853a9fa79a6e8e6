import { expect, test } from 'vitest';
import { atMinute, crowdOf } from './crowd';

const full = (at: Record<number, number>, others = 3) => Array.from({ length: 60 }, (_, minute) => at[minute] ?? others);

test('a crowded minute names the nearest quietest one on its own clock', () => {
  expect(crowdOf('0 8 * * *', '2026-11-23T07:00:00Z', full({ 0: 20, 7: 0, 50: 0 }))).toEqual({ here: 20, quietest: 7, there: 0 });
  // Colombo is five and a half hours ahead: its full hour is half past in UTC.
  expect(crowdOf('0 8 * * *', '2026-11-23T02:30:00Z', full({ 30: 9, 35: 1 }))).toEqual({ here: 9, quietest: 5, there: 1 });
});

test('nothing is said where there is room, or the minute is not a fixed one', () => {
  expect(crowdOf('0 8 * * *', '2026-11-23T07:00:00Z', full({ 0: 4 }, 0))).toBeNull();
  expect(crowdOf('0 8 * * *', '2026-11-23T07:00:00Z', full({}, 20))).toBeNull();
  expect(crowdOf('*/5 * * * *', '2026-11-23T07:00:00Z', full({ 0: 20 }, 0))).toBeNull();
  expect(crowdOf('H 8 * * *', '2026-11-23T07:00:00Z', full({ 0: 20 }, 0))).toBeNull();
});

test('another minute keeps the rest of the expression', () => {
  const cron = { kind: 'cron', expression: '0 8 * * 1-5', zone: 'UTC', gap: 'after', fold: 'first' } as const;
  expect(atMinute(cron, 17).expression).toBe('17 8 * * 1-5');
  expect(atMinute({ ...cron, expression: '30 0 8 * * *' }, 'H').expression).toBe('30 H 8 * * *');
  expect(atMinute({ ...cron, expression: '@daily' }, 'H').expression).toBe('H 0 * * *');
});
