import { describe, expect, test } from 'vitest';
import { clock, countdown, day, distance, duration, full, relative } from './time';

const NOON = '2026-11-22T12:00:00Z';
const later = (seconds: number) => new Date(Date.parse(NOON) + seconds * 1000);

describe('durations', () => {
  test.each([
    [0.0412, '41 ms'],
    [0.9996, '1 s'],
    [1.24, '1.2 s'],
    [9.97, '10 s'],
    [59.6, '1 min'],
    [192, '3 min 12 s'],
    [3599.7, '1 h'],
    [7500, '2 h 5 min'],
    [86_399, '1 d'],
    [356_400, '4 d 3 h'],
    [-2, '−2 s'],
  ])('%d s is told as %s', (seconds, words) => expect(duration(seconds)).toBe(words));

  test('a distance has one unit', () => {
    expect([distance(12.9), distance(250), distance(-7300), distance(800_000), distance(9_000_000)]).toEqual([
      '12 s',
      '4 min',
      '2 h',
      '9 d',
      '3 months',
    ]);
  });
});

describe('instants', () => {
  test('are told from the present', () => {
    expect(relative(later(12), NOON)).toBe('in 12 s');
    expect(relative(later(-200), NOON)).toBe('3 min ago');
    expect(relative(later(0.4), NOON)).toBe('now');
  });

  test('count down to zero and not below', () => {
    expect(countdown(later(12), NOON)).toBe('12 s');
    expect(countdown(later(243), NOON)).toBe('4 min 03 s');
    expect(countdown(later(-5), NOON)).toBe('0 s');
  });

  test('are told in the zone that is asked for', () => {
    expect(clock('2026-11-22T02:30:05Z', 'Asia/Colombo', { seconds: true })).toBe('08:00:05');
    expect(full('2026-11-22T02:30:05Z', 'Asia/Colombo')).toMatch(/^Sun 22 Nov( 2026)? 08:00:05 Colombo$/);
  });

  test('midnight is 00:00', () => expect(clock('2026-11-22T00:00:00Z', 'UTC')).toBe('00:00'));

  test('a day of another year says which', () => {
    expect(day('2025-01-02T12:00:00Z', 'UTC', NOON)).toBe('Thu 2 Jan 2025');
    expect(day('2026-01-02T12:00:00Z', 'UTC', NOON)).toBe('Fri 2 Jan');
  });
});
