import { expect, test } from 'vitest';
import { instantOf, offsetName, wallOf } from './zones';

const iso = (wall: string, zone: string) => instantOf(wall, zone)?.toISOString();

test('a wall clock and its instant are the same moment, in summer and winter', () => {
  expect(iso('2026-11-22T08:00', 'Asia/Colombo')).toBe('2026-11-22T02:30:00.000Z');
  expect(iso('2026-07-01T08:00', 'America/New_York')).toBe('2026-07-01T12:00:00.000Z');
  expect(wallOf(new Date('2026-01-01T00:00:00Z'), 'America/New_York')).toBe('2025-12-31T19:00');
});

test('a time that a clock change repeats is its first pass', () => {
  expect(iso('2026-10-25T02:30', 'Europe/Berlin')).toBe('2026-10-25T00:30:00.000Z');
});

test('a time that a clock change skips comes after the change', () => {
  expect(iso('2026-03-29T02:30', 'Europe/Berlin')).toBe('2026-03-29T01:30:00.000Z');
});

test('what is no date-time is no instant', () => {
  expect(instantOf('', 'UTC')).toBeNull();
  expect(instantOf('2026-13-45T08:00', 'UTC')).toBeNull();
});

test('offsets are told in hours and minutes', () => {
  const at = new Date('2026-11-22T00:00:00Z');
  expect(offsetName('Asia/Colombo', at)).toBe('UTC+5:30');
  expect(offsetName('America/New_York', at)).toBe('UTC−5');
  expect(offsetName('UTC', at)).toBe('UTC');
});
