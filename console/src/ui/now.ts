/** The present, shared by all that count up or down: one timer a pace, however many look at it. */
import { useSyncExternalStore } from 'react';

const FRESH_MS = 200;

interface Ticker {
  now: Date;
  listeners: Set<() => void>;
  timer: ReturnType<typeof setInterval> | undefined;
}

const tickers = new Map<number, Ticker>();

function tickerOf(paceMs: number): Ticker {
  let ticker = tickers.get(paceMs);
  if (!ticker) {
    ticker = { now: new Date(), listeners: new Set(), timer: undefined };
    tickers.set(paceMs, ticker);
  }
  return ticker;
}

function subscribe(paceMs: number, listener: () => void): () => void {
  const ticker = tickerOf(paceMs);
  ticker.listeners.add(listener);
  ticker.timer ??= setInterval(() => {
    ticker.now = new Date();
    ticker.listeners.forEach((each) => each());
  }, paceMs);
  return () => {
    ticker.listeners.delete(listener);
    if (ticker.listeners.size > 0) return;
    clearInterval(ticker.timer);
    ticker.timer = undefined;
  };
}

function present(paceMs: number): Date {
  const ticker = tickerOf(paceMs);
  // Between two ticks something new may be shown: told by an old instant, a due time 2 s away would be "in 3 s".
  if (Date.now() - ticker.now.getTime() > Math.min(paceMs, FRESH_MS)) ticker.now = new Date();
  return ticker.now;
}

/** The present, renewed every `paceMs` milliseconds. */
export function useNow(paceMs = 1000): Date {
  return useSyncExternalStore(
    (listener) => subscribe(paceMs, listener),
    () => present(paceMs),
  );
}
