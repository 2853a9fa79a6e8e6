import { expect, test } from 'vitest';
import type { Trigger } from '@/lib/types';
import { changed, countriesOf, datesOf, excludedWords, withCountry, withDates } from './excluded';

const interval: Trigger = { kind: 'interval', every_s: 10 };
const cron: Trigger = { kind: 'cron', expression: '0 8 * * *', zone: 'Asia/Colombo', gap: 'after', fold: 'first' };

test('single days are kept in order, beside the holidays', () => {
  const trigger = withDates(withCountry(interval, 'LK', 'UTC'), ['2027-01-01', '2026-12-25'], 'Asia/Colombo');
  expect(trigger.excluding).toEqual([
    { country: 'LK', zone: 'UTC' },
    { dates: ['2026-12-25', '2027-01-01'], zone: 'Asia/Colombo' },
  ]);
  expect(datesOf(trigger)).toEqual(['2026-12-25', '2027-01-01']);
  expect(withDates(trigger, [], 'UTC').excluding).toEqual([{ country: 'LK', zone: 'UTC' }]);
});

test('the days of a cron are those of its own zone', () => {
  expect(withCountry(cron, 'LK', 'Europe/Berlin').excluding).toEqual([{ country: 'LK' }]);
});

test('an entry changes or goes, and the last one leaves nothing behind', () => {
  const trigger = withCountry(interval, 'DE', 'UTC');
  expect(countriesOf(changed(trigger, 0, { country: 'DE', subdivision: 'BE' }))).toEqual([{ index: 0, country: 'DE', subdivision: 'BE' }]);
  expect(changed(trigger, 0, null).excluding).toBeNull();
});

test('what is left out is told in words', () => {
  expect(excludedWords(interval)).toBe('');
  expect(excludedWords(withDates({ ...interval, excluding: [{ country: 'DE', subdivision: 'BE' }] }, ['2026-12-25'], 'UTC'))).toBe('public holidays (DE, BE) and 2026-12-25');
});
