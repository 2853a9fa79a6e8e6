import { expect, test } from 'vitest';
import { asked, command, readChosen } from './filter';

const NOW = new Date('2026-11-22T12:00:40Z');

test('a span is reckoned back from the minute at hand, and other instants are left aside', () => {
  expect(asked({ since: '24h', from: '2026-01-01T00:00' }, NOW)).toEqual({ from: '2026-11-21T12:00:00.000Z' });
  expect(asked({ since: 'between', from: '2026-01-01T00:00Z', to: 'soon' }, NOW)).toEqual({ from: '2026-01-01T00:00:00.000Z' });
});

test('what nobody knows is not asked for', () => {
  expect(asked(readChosen(new URLSearchParams('outcome=odd&actor=Ada&other=1')), NOW)).toEqual({ actor: 'Ada' });
});

test('the command asks the same', () => {
  expect(command({ text: 'two words', since: '7d', actor: "O'Hara" })).toMatch(/^audit 'two words' --actor .+ --since 7d$/);
  expect(command({ since: 'between', from: '2026-01-01T00:00Z' })).toBe('audit --since 2026-01-01T00:00:00.000Z');
});
