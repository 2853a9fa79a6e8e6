import { expect, test } from 'vitest';
import { byMonth, dayName, intensity, remarksOf } from './calendar';
import type { CalendarDay } from './types';

const day = (date: string, own: Partial<CalendarDay> = {}): CalendarDay => ({ date, count: 0, due: [], changes: [], left_out: [], overlapping: 0, skipped: 0, ...own });

test('days stand below their weekday, in their month', () => {
  const [november, december] = byMonth({ days: [day('2026-11-29'), day('2026-11-30'), day('2026-12-01')], months: [{ month: '2026-11', count: 3 }, { month: '2026-12', count: 0 }] });
  expect(november).toMatchObject({ name: 'November 2026', offset: 6, count: 3 });
  expect(november?.days.map(({ date }) => date)).toEqual(['2026-11-29', '2026-11-30']);
  expect(december).toMatchObject({ name: 'December 2026', offset: 1 });
  expect(dayName('2026-12-01')).toBe('Tue 1 Dec');
});

test('a day without due times has no colour, any other has one, the fullest the strongest', () => {
  expect(intensity(0, 10)).toBe(0);
  expect(intensity(1, 1)).toBe(4);
  expect(intensity(1, 86_400)).toBe(1);
  expect(intensity(86_400, 86_400)).toBe(4);
});

test('what is out of the ordinary is told in sentences', () => {
  expect(remarksOf(day('2026-12-25', { left_out: [{ schedule: 0, why: 'Christmas Day', count: 2 }, { schedule: 1, why: null, count: 1 }] }))).toEqual([
    '3 left out: Christmas Day, the day is left out.',
  ]);
  expect(remarksOf(day('2026-12-25', { overlapping: 4, skipped: 1 }))).toEqual(['4 probably due while one before still runs; 1 of them skipped.']);
  expect(remarksOf(day('2026-12-25'))).toEqual([]);
});
