/** The span of time that measurements are shown for, and how the address says it. */

export const RANGES = { '1h': 3600, '6h': 21_600, '24h': 86_400, '7d': 604_800, '30d': 2_592_000 } as const;

export type Range = keyof typeof RANGES;

export const RANGE_WORDS: Readonly<Record<Range, string>> = {
  '1h': '1 h',
  '6h': '6 h',
  '24h': '24 h',
  '7d': '7 d',
  '30d': '30 d',
};

/** Until now, or from one instant to another (ISO 8601, the end excluded). */
export type TimeWindow = { range: Range } | { start: string; end: string };

export interface Span {
  start: string;
  end: string;
}

export const isRange = (text: string | null): text is Range => text !== null && Object.hasOwn(RANGES, text);

/** Where the window begins and ends at `now`. */
export function windowAt(window: TimeWindow, now: Date): Span {
  if ('start' in window) return window;
  return { start: new Date(now.getTime() - RANGES[window.range] * 1000).toISOString(), end: now.toISOString() };
}

/** A span as the address has it, "2026-11-22T08:00:00Z/2026-11-22T09:00:00Z"; null when it is not one. */
export function parseSpan(text: string | null): Span | null {
  const [from, until] = (text ?? '').split('/').map((part) => new Date(part));
  if (!from || !until || Number.isNaN(from.getTime()) || !(until > from)) return null;
  return { start: isoOf(from), end: isoOf(until) };
}

export const writeSpan = ({ start, end }: Span): string => `${isoOf(new Date(start))}/${isoOf(new Date(end))}`;

/** Without a fraction of a second that says nothing. */
export const isoOf = (at: Date): string => at.toISOString().replace('.000Z', 'Z');
