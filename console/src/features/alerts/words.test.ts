import { expect, test } from 'vitest';
import { alert, condition } from '@/test/values';
import { addCommand, conditionWords, editCommand, failuresWords, listed, messagesWords, placeWords, span, tryCommand, written } from './words';

const shops = [{ slug: 'import', name: 'Import' }];
const places = [{ slug: 'production', name: 'Production' }];

test('each condition is a sentence for people, and one for the command line', () => {
  expect(conditionWords(condition({ count: 1 }))).toBe('an execution fails');
  expect(written(condition({ count: 1 }))).toBe('a failure');
  expect(conditionWords(condition({ count: 3 }))).toBe('3 executions in a row fail');
  expect(written(condition({ count: 3 }))).toBe('3 failures in a row');
  expect(conditionWords(condition({ kind: 'did_not_happen', count: null }))).toBe('an occurrence does not happen');
  expect(conditionWords(condition({ kind: 'runs_longer', count: null, limit_s: 600 }))).toBe('an execution runs longer than 10 min');
  expect(written(condition({ kind: 'runs_longer', count: null, limit_s: 600 }))).toBe('it runs longer than 10m');
  expect(written(condition({ kind: 'starts_late', count: null, limit_s: 90 }))).toBe('it starts later than 90s after its due time');
  expect(written(condition({ kind: 'no_success', count: null, limit_s: 86_400 }))).toBe('no success for 1d');
});

test('where it looks is told by names; the component of the page goes without', () => {
  expect(placeWords({ component: 'import', environment: 'production' }, shops, places)).toBe('in Import in Production');
  expect(placeWords({ component: 'import', environment: 'production' }, shops, places, true)).toBe('in Production');
  expect(placeWords({ component: null, environment: null }, shops, places)).toBe('in any component in any environment');
  expect(placeWords({ component: null, environment: 'gone' }, shops, places)).toBe('in any component in gone');
});

test('a time is written in the largest unit in which it is whole', () => {
  expect([1, 60, 90, 5400, 7200, 172_800, 0.5].map(span)).toEqual(['1s', '1m', '90s', '90m', '2h', '2d', '0.5s']);
});

test('commands say what differs from what they do by themselves', () => {
  expect(addCommand('shop', alert())).toBe("alert add shop 'a failure' -e production --tell ops");
  expect(addCommand('shop', alert({ component: 'import', channels: [], tells_end: false }))).toBe("alert add shop 'a failure' --component import -e production --tell CHANNEL --no-end");
  expect(tryCommand('shop', alert())).toBe("alert try shop 'a failure' -e production");
  expect(editCommand('shop', alert(), alert())).toBeNull();
  expect(editCommand('shop', alert(), alert({ condition: condition({ count: 2 }), environment: null, channels: ['ops', 'desk'] }))).toBe(
    "alert edit shop 1 --when '2 failures in a row' -e all --tell ops --tell desk",
  );
});

test('how many failed is told as far as it is counted', () => {
  expect([null, 0, 1, 4, 1000].map((failures) => failuresWords({ failures }))).toEqual(['', '', ', 1 execution', ', 4 executions', ', 1,000 executions or more']);
});

test('names and messages are told in a few words', () => {
  expect([[], ['ops'], ['ops', 'desk'], ['ops', 'desk', 'night']].map(listed)).toEqual(['nobody', 'ops', 'ops and desk', 'ops, desk and night']);
  const message = { channel: 'ops', side: 'began' as const, attempts: 1, error: null, created_at: '', settled_at: null };
  expect(messagesWords({ messages: [] })).toBe('nobody was told');
  expect(messagesWords({ messages: [{ ...message, state: 'failed' }, { ...message, state: 'sent' }, { ...message, state: 'sent' }] })).toBe('2 sent, 1 failed');
});
