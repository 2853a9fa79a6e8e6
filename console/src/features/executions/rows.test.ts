import { expect, test } from 'vitest';
import { execution } from '@/test/values';
import type { ExecutionPage } from '@/lib/types';
import { addedOnTop, beyondHead, ranApart, type Rows, withHead, withLater, withOlder } from './rows';

const items = (...numbers: number[]) => numbers.map((number) => execution({ id: `exe_${number}` }));
const page = (numbers: number[], next: string | null): ExecutionPage => ({ items: items(...numbers), next, counts: {} });
const ids = (rows: Rows) => rows.items.map((each) => Number(each.id.slice(4)));

const deep = withOlder(withHead(undefined, page([6, 5, 4], '4')), page([3, 2], '2'));

test('older pages are added below, once', () => {
  expect(ids(deep)).toEqual([6, 5, 4, 3, 2]);
  expect(ids(withOlder(deep, page([2, 1], null)))).toEqual([6, 5, 4, 3, 2, 1]);
});

test('new executions come on top of the older pages that were loaded', () => {
  const renewed = withHead(deep, page([8, 7, 6], '6'));
  expect(ids(renewed)).toEqual([8, 7, 6, 5, 4, 3, 2]);
  expect(renewed.next).toBe('2');
});

test('the newest page alone is replaced as a whole', () => {
  expect(ids(withHead(withHead(undefined, page([3, 2, 1], null)), page([5, 4, 3], '3')))).toEqual([5, 4, 3]);
});

test('an execution that left the newest page by losing its state leaves the list', () => {
  expect(ids(withHead(deep, page([6, 4, 3], '3')))).toEqual([6, 4, 3, 2]);
});

test('older pages are dropped when executions between them and the newest page may be missing', () => {
  const renewed = withHead(deep, page([99, 98, 97], '97'));
  expect(ids(renewed)).toEqual([99, 98, 97]);
  expect(renewed).toMatchObject({ next: '97', deep: false });
});

test('what lies beyond the newest page is named, so that what still runs there can be looked at', () => {
  expect(beyondHead(deep, page([7, 6, 5], '5')).map((each) => each.id)).toEqual(['exe_4', 'exe_3', 'exe_2']);
});

test('a row that was looked at again is renewed, or leaves a list that asks for another state', () => {
  const ended = execution({ id: 'exe_3', state: 'failed' });
  expect(withLater(deep, [ended], undefined).items[3]).toEqual(ended);
  expect(ids(withLater(deep, [ended], ['started']))).toEqual([6, 5, 4, 2]);
});

test('rows that came on top are counted', () => {
  expect(addedOnTop(items(3, 2), items(5, 4, 3, 2))).toBe(2);
  expect(addedOnTop(items(3, 2), items(3, 2))).toBe(0);
  expect(addedOnTop(items(3, 2), items(9, 8))).toBe(0);
  expect(addedOnTop([], items(1))).toBe(0);
});

test('where they ran is worth telling once there is more than one place', () => {
  const [here, there] = [execution({ ran_on: 'rack-1' }), execution({ ran_on: 'rack-2' })];
  expect(ranApart([here, here, execution({ ran_on: null })])).toBe(false);
  expect(ranApart([here, there])).toBe(true);
});
