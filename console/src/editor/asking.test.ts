import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Asking } from './asking';

/** Questions that are answered when the test says so. */
function asked() {
  const underway: { signal: AbortSignal; answer: (again?: number) => void }[] = [];
  const asking = new Asking((signal) => new Promise((resolve) => underway.push({ signal, answer: (again) => resolve(again ?? null) })));
  return { asking, underway };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('asks one question at a time, and once more for all that came meanwhile', async () => {
  const { asking, underway } = asked();
  asking.wake();
  await vi.advanceTimersByTimeAsync(20);
  asking.wake();
  asking.wake();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(underway).toHaveLength(1);
  underway[0]?.answer();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(underway).toHaveLength(2);
});

test('rests after a slow answer, so that the server has time for others', async () => {
  const { asking, underway } = asked();
  asking.wake();
  await vi.advanceTimersByTimeAsync(400);
  asking.wake();
  underway[0]?.answer();
  await vi.advanceTimersByTimeAsync(400);
  expect(underway).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(400);
  expect(underway).toHaveLength(2);
});

test('gives up what is under way for what is wanted soon', async () => {
  const { asking, underway } = asked();
  asking.wake();
  await vi.advanceTimersByTimeAsync(20);
  asking.wake({ isSoon: true });
  await vi.advanceTimersByTimeAsync(1);
  expect(underway.map(({ signal }) => signal.aborted)).toEqual([true, false]);
  underway[0]?.answer();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(underway).toHaveLength(2);
});

test('asks again when told to, unless nothing is wanted any more', async () => {
  const { asking, underway } = asked();
  asking.wake();
  await vi.advanceTimersByTimeAsync(20);
  underway[0]?.answer(3_000);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(underway).toHaveLength(2);
  underway[1]?.answer(3_000);
  await vi.advanceTimersByTimeAsync(10);
  asking.stop();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(underway).toHaveLength(2);
});
