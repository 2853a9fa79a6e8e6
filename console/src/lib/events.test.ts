import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { listen } from './events';

class FakeSource extends EventTarget {
  static readonly CLOSED = 2;
  static made: FakeSource[] = [];
  readyState = 1;

  constructor(readonly url: string) {
    super();
    FakeSource.made.push(this);
  }

  close = () => {
    this.readyState = FakeSource.CLOSED;
  };
}

const changed = (...topics: string[]) => new MessageEvent('change', { data: JSON.stringify({ topics }) });
const source = (index = 0) => {
  const found = FakeSource.made[index];
  if (!found) throw new Error('No connection was made.');
  return found;
};

beforeEach(() => {
  FakeSource.made = [];
  vi.useFakeTimers();
  vi.stubGlobal('EventSource', FakeSource);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function listening() {
  const heard: string[][] = [];
  const connected: boolean[] = [];
  const stop = listen({
    onChange: async (topics) => {
      heard.push([...topics]);
    },
    onConnected: (now) => connected.push(now),
  });
  return { heard, connected, stop };
}

test('hints that come together are handed on once', async () => {
  const { heard } = listening();
  source().dispatchEvent(changed('executions'));
  source().dispatchEvent(changed('executions', 'builds'));
  await vi.runAllTimersAsync();
  expect(heard).toEqual([['executions', 'builds']]);
});

test('what changes while the former is handed on comes afterwards', async () => {
  const heard: string[][] = [];
  let done: (() => void) | undefined;
  listen({
    onChange: (topics) => {
      heard.push([...topics]);
      return new Promise((resolve) => {
        done = resolve;
      });
    },
  });
  source().dispatchEvent(changed('builds'));
  await vi.runAllTimersAsync();
  source().dispatchEvent(changed('executions'));
  await vi.runAllTimersAsync();
  expect(heard).toEqual([['builds']]);
  done?.();
  await vi.runAllTimersAsync();
  expect(heard).toEqual([['builds'], ['executions']]);
});

test('after a lost connection everything counts as changed', async () => {
  const { heard, connected } = listening();
  source().dispatchEvent(new Event('error'));
  source().dispatchEvent(new Event('open'));
  await vi.runAllTimersAsync();
  expect(heard).toEqual([['executions', 'builds', 'deployments', 'projects', 'alerts']]);
  expect(connected).toEqual([false, true]);
});

test('a refused connection is tried again', async () => {
  listening();
  source().close();
  source().dispatchEvent(new Event('error'));
  await vi.runAllTimersAsync();
  expect(FakeSource.made).toHaveLength(2);
});

test('nothing is handed on after the end', async () => {
  const { heard, stop } = listening();
  source().dispatchEvent(changed('builds'));
  stop();
  await vi.runAllTimersAsync();
  expect(heard).toEqual([]);
  expect(source().readyState).toBe(FakeSource.CLOSED);
});
