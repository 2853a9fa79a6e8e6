/** What a card says about time: which zone its next due time is told in. */
import type { Card, Schedule } from './types';

/** The zone a schedule was written in; undefined when it has none (an interval), so that the reader's own is used. */
export const zoneOf = (schedule: Schedule): string | undefined =>
  schedule.trigger.kind === 'cron' ? schedule.zone : undefined;

/** The zone of the schedule that is due next in this environment. */
export function nextZone({ deployment, next_due_at }: Card): string | undefined {
  const schedules = deployment?.schedules ?? [];
  const next = schedules.find((schedule) => schedule.next_due_at === next_due_at) ?? schedules[0];
  return next && zoneOf(next);
}
