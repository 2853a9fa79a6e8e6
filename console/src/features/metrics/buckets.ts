/** What charts and tables both take from buckets. */
import { clock, day, localZone, zoneName } from '@/lib/time';
import type { OutcomeBucket, Outcomes, State } from '@/lib/types';
import { isoOf, type Span } from './window';

/** From the bottom of a stack to its top. */
export const STACK: readonly State[] = [
  'succeeded',
  'failed',
  'timed_out',
  'lost',
  'cancelled',
  'skipped',
  'missed',
  'queued',
  'started',
];

/** How many there are of each state that occurs, in the order of the stack. */
export function totals(outcomes: Outcomes): [state: State, count: number][] {
  return STACK.map((state): [State, number] => [
    state,
    outcomes.buckets.reduce((sum, bucket) => sum + (bucket.counts[state] ?? 0), 0),
  ]).filter(([, count]) => count > 0);
}

export function spanOf(bucket: OutcomeBucket, outcomes: Outcomes): Span {
  const from = new Date(bucket.at);
  return { start: isoOf(from), end: isoOf(new Date(from.getTime() + outcomes.bucket_s * 1000)) };
}

/** The bucket that holds this instant (milliseconds); undefined when none does. */
export function bucketAt(ms: number, outcomes: Outcomes): OutcomeBucket | undefined {
  const width = outcomes.bucket_s * 1000;
  return outcomes.buckets.find((each) => {
    const from = Date.parse(each.at);
    return ms >= from && ms < from + width;
  });
}

/** From the beginning of the bucket that holds `from` to the end of the one that holds `until`, in milliseconds. */
export function snapped(from: number, until: number, outcomes: Outcomes): Span | null {
  const [low, high] = from < until ? [from, until] : [until, from];
  const width = outcomes.bucket_s * 1000;
  const origin = Date.parse(outcomes.buckets[0]?.at ?? outcomes.start);
  const last = origin + outcomes.buckets.length * width;
  const start = Math.max(origin, origin + Math.floor((low - origin) / width) * width);
  const end = Math.min(last, origin + Math.ceil((high - origin) / width) * width);
  return end > start ? { start: isoOf(new Date(start)), end: isoOf(new Date(end)) } : null;
}

/** "Sun 22 Nov 08:00 – 08:30" */
export function spanWords({ start, end }: Span): string {
  const zone = localZone();
  const seconds = (Date.parse(end) - Date.parse(start)) % 60_000 !== 0;
  const days = [day(start, zone), day(end, zone)];
  const until = `${days[0] === days[1] ? '' : `${days[1]} `}${clock(end, zone, { seconds })}`;
  return `${days[0]} ${clock(start, zone, { seconds })} – ${until}`;
}

/** "Sun 22 Nov 08:00 – 08:30 Colombo" */
export const spanInZone = (span: Span): string => `${spanWords(span)} ${zoneName(localZone())}`;
