/** The present, shared by all that count up or down: one timer a pace, however many look at it. */
import { useSyncExternalStore } from 'react';

const FRESH_MS = 200;

interface Ticker {
  subscribe: (listener: () => void) => () => void;
  now: () => Date;
}

/**
 * While somebody looks, the present changes with the ticks and for who joins, never by being read: a page that takes
 * longer to draw than that would be drawn for ever.
 */
function started(paceMs: number): Ticker {
  const listeners = new Set<() => void>();
  let timer: ReturnType<typeof setInterval> | undefined;
  let now = new Date();

  const freshen = () => {
    // Between two ticks something new may be shown: told by an old instant, a due time 2 s away would be "in 3 s".
    if (Math.abs(Date.now() - now.getTime()) > Math.min(paceMs, FRESH_MS)) now = new Date();
  };
  return {
    subscribe: (listener) => {
      freshen();
      listeners.add(listener);
      timer ??= setInterval(() => {
        now = new Date();
        listeners.forEach((each) => each());
      }, paceMs);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
    now: () => {
      if (listeners.size === 0) freshen();
      return now;
    },
  };
}

const tickers = new Map<number, Ticker>();

function tickerOf(paceMs: number): Ticker {
  const ticker = tickers.get(paceMs) ?? started(paceMs);
  tickers.set(paceMs, ticker);
  return ticker;
}

/** The present, renewed every `paceMs` milliseconds. */
export function useNow(paceMs = 1000): Date {
  const ticker = tickerOf(paceMs);
  return useSyncExternalStore(ticker.subscribe, ticker.now);
}
