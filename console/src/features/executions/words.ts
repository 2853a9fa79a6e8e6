/** An execution in words, for those who hover and those who listen. */
import { isAskedLater, STATES } from '@/lib/outcome';
import { clock, day, duration, full, type Instant, localZone, secondsBetween, toDate } from '@/lib/time';
import type { Execution } from '@/lib/types';

/** "Failed in 1.2 s, due Sun 22 Nov 08:00:00 Colombo: The task ended with exit code 1." */
export function sentenceOf(execution: Execution): string {
  const took = execution.duration_s === null ? '' : ` in ${duration(execution.duration_s)}`;
  const why = execution.reason ? `: ${execution.reason.sentence}` : '';
  return `${STATES[execution.state].label}${took}, due ${full(execution.due_at, localZone())}${why}`;
}

/** The clock to the millisecond: "08:00:00.013". */
export const exactClock = (at: Instant, zone: string): string =>
  `${clock(at, zone, { seconds: true })}.${String(toDate(at).getUTCMilliseconds()).padStart(3, '0')}`;

/** The instant in the reader's zone and in UTC. */
export function everyZone(at: Instant): string {
  const zone = localZone();
  const told = [`${day(at, zone)} ${exactClock(at, zone)} ${zone}`];
  if (zone !== 'UTC') told.push(`${day(at, 'UTC')} ${exactClock(at, 'UTC')} UTC`);
  return told.join('\n');
}

/** Seconds from when it should have started to the first line of user code; null when it did not start. */
export const startDelay = (execution: Execution): number | null =>
  execution.started_at === null ? null : secondsBetween(isAskedLater(execution) ? (execution.queued_at ?? execution.due_at) : execution.due_at, execution.started_at);
