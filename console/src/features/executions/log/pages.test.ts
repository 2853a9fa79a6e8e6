import { expect, test, vi } from 'vitest';
import type { Log, LogLine } from '@/lib/types';
import { LogPages, PAGE } from './pages';

const line = (seq: number, own: Partial<LogLine> = {}): LogLine => ({
  seq,
  at: '2026-11-22T08:00:00Z',
  stream: 'stdout',
  level: null,
  text: `line ${seq}`,
  ...own,
});

/** A server with a log of so many lines. */
function logOf(length: number, own: (seq: number) => Partial<LogLine> = () => ({})) {
  return vi.fn(async (after: number, limit: number): Promise<Log> => {
    const count = Math.max(0, Math.min(limit, length - after));
    const lines = Array.from({ length: count }, (_, index) => line(after + 1 + index, own(after + 1 + index)));
    return { lines, complete: true, more: after + count < length };
  });
}

test('a short log is one request', async () => {
  const fetch = logOf(3);
  const pages = new LogPages(fetch);
  await pages.open();
  expect(pages.snapshot()).toMatchObject({ status: 'open', last: 3, loaded: 3 });
  expect(fetch).toHaveBeenCalledTimes(1);
});

test.each([PAGE + 1, 2 * PAGE, 2 * PAGE + 1, 123_456])('the end of a log of %i lines is found without reading it', async (length) => {
  const fetch = logOf(length);
  const pages = new LogPages(fetch);
  await pages.open();
  expect(pages.snapshot().last).toBe(length);
  expect(pages.line(length)?.text).toBe(`line ${length}`);
  expect(pages.snapshot().loaded).toBeLessThanOrEqual(2 * PAGE);
  expect(fetch.mock.calls.length).toBeLessThan(20);
});

test('only the pages that are looked at are fetched, each once', async () => {
  const fetch = logOf(100_000);
  const pages = new LogPages(fetch);
  await pages.open();
  fetch.mockClear();
  await Promise.all([pages.need(50_990, 51_010), pages.need(50_990, 51_010)]);
  expect(fetch.mock.calls.map(([after]) => after)).toEqual([50_000, 51_000]);
  expect(pages.line(51_010)?.seq).toBe(51_010);
  expect(pages.line(60_000)).toBeUndefined();
  await pages.need(50_990, 51_010);
  expect(fetch).toHaveBeenCalledTimes(2);
});

test('everything is fetched for a search', async () => {
  const pages = new LogPages(logOf(5500));
  await pages.open();
  await pages.all(new AbortController().signal);
  expect(pages.snapshot().loaded).toBe(5500);
});

test('the first line that passes is found, reading no further than it', async () => {
  const fetch = logOf(50_000, (seq) => (seq === 2345 ? { level: 'error' } : {}));
  const pages = new LogPages(fetch);
  await pages.open();
  fetch.mockClear();
  expect(await pages.first((each) => each.level === 'error')).toBe(2345);
  expect(fetch).toHaveBeenCalledTimes(2);
});

test('lines that come by themselves are told of, once for many', async () => {
  const pages = new LogPages(logOf(0));
  await pages.open();
  const told = vi.fn();
  pages.subscribe(told);
  pages.add([line(1)]);
  pages.add([line(2), line(3)]);
  await vi.waitFor(() => expect(told).toHaveBeenCalledTimes(1));
  expect(pages.snapshot()).toMatchObject({ last: 3, loaded: 3 });
});

test('a log that could not be opened can be opened again', async () => {
  const fetch = logOf(2);
  fetch.mockRejectedValueOnce(new Error('busy'));
  const pages = new LogPages(fetch);
  await pages.open();
  expect(pages.snapshot()).toMatchObject({ status: 'failed', error: new Error('busy') });
  await pages.open();
  expect(pages.snapshot()).toMatchObject({ status: 'open', last: 2 });
});
