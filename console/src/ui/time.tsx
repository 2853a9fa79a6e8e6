import { Tooltip } from '@mantine/core';
import { clock, countdown, day, duration, full, type Instant, localZone, relative, secondsBetween, toDate, zoneName } from '@/lib/time';
import { useNow } from './now';

interface TimeProps {
  at: Instant;
  /** The zone it is told in; the reader's own when not given. */
  zone?: string | undefined;
  /** "3 min ago" · "08:00 Colombo" (with the day when it is not today) · "Sun 22 Nov 08:00:05 Colombo" */
  as?: 'relative' | 'clock' | 'full';
}

/** An instant; hovering or focusing it tells it in full, in its zone, the reader's own and UTC. */
export function Time({ at, zone = localZone(), as = 'relative' }: TimeProps) {
  return (
    <Tooltip label={<EveryZone at={at} zone={zone} />}>
      <time dateTime={toDate(at).toISOString()} className="number" style={as === 'full' ? undefined : { whiteSpace: 'nowrap' }}>
        {as === 'relative' ? <Relative at={at} /> : as === 'clock' ? <Clock at={at} zone={zone} /> : full(at, zone)}
      </time>
    </Tooltip>
  );
}

function Relative({ at }: { at: Instant }) {
  return relative(at, useNow(1000));
}

function Clock({ at, zone }: { at: Instant; zone: string }) {
  const now = useNow(60_000);
  const today = day(at, zone, now) === day(now, zone, now);
  const seconds = toDate(at).getTime() % 60_000 !== 0;
  return `${today ? '' : `${day(at, zone, now)} `}${clock(at, zone, { seconds })} ${zoneName(zone)}`;
}

function EveryZone({ at, zone }: { at: Instant; zone: string }) {
  const zones = [...new Set([zone, localZone(), 'UTC'])];
  return (
    <span className="number">
      {zones.map((each) => (
        <span key={each} style={{ display: 'block' }}>
          {full(at, each)}
        </span>
      ))}
    </span>
  );
}

/** What is left until `at`, ticking: "in 12 s", then "due now". */
export function Countdown({ at, zone }: { at: Instant; zone?: string | undefined }) {
  const now = useNow(1000);
  const due = secondsBetween(now, at) <= 0;
  return (
    <Tooltip label={<EveryZone at={at} zone={zone ?? localZone()} />}>
      <time dateTime={toDate(at).toISOString()} className="number" style={{ whiteSpace: 'nowrap' }}>
        {due ? 'due now' : `in ${countdown(at, now)}`}
      </time>
    </Tooltip>
  );
}

interface DurationProps {
  /** In seconds; null when it did not begin. */
  seconds?: number | null;
  /** Counts up from here instead. */
  since?: Instant | null;
}

/** How long something took, or has been taking. */
export function Duration({ seconds, since }: DurationProps) {
  if (seconds !== null && seconds !== undefined) return <span className="number">{duration(seconds)}</span>;
  return since ? <Elapsed since={since} /> : <span aria-label="no duration">–</span>;
}

function Elapsed({ since }: { since: Instant }) {
  const elapsed = Math.max(0, secondsBetween(since, useNow(1000)));
  return <span className="number">{elapsed < 1 ? 'just begun' : duration(Math.floor(elapsed))}</span>;
}
