import { useDebouncedValue } from '@mantine/hooks';
import { IconCalendarStats } from '@tabler/icons-react';
import { toApiError } from '@/lib/errors';
import { plural } from '@/lib/format';
import { localZone } from '@/lib/time';
import type { Calendar as CalendarValue, NewSchedule } from '@/lib/types';
import { DueCalendar } from '@/ui/due-calendar';
import { useCalendar } from './api';
import { missing } from './draft';
import classes from './schedules.module.css';

interface NextDaysProps {
  schedules: readonly NewSchedule[];
  /** `project/component` */
  spread: string;
  environment?: string | undefined;
  atOnce?: number | null | undefined;
}

/** The next 90 days of all schedules of a deployment, by the very code that will fire; nothing while one is incomplete. */
export function NextDays({ schedules, spread, environment, atOnce }: NextDaysProps) {
  const [settled] = useDebouncedValue(schedules, 400);
  const complete = settled.length > 0 && settled.every(({ trigger }) => Object.keys(missing(trigger)).length === 0);
  const zone = zoneOf(settled);
  const calendar = useCalendar({ schedules: settled, spread, environment, zone, at_once: atOnce }, complete);
  if (!complete || schedules.length === 0) return null;
  if (calendar.error) {
    const error = toApiError(calendar.error);
    // What has a field of its own is said there.
    return Object.keys(error.fields).length > 0 ? null : <p className={classes['previewProblem']}>No calendar: {error.message}</p>;
  }
  return (
    <section className={classes['next']} aria-label="The next 90 days">
      <h4 className={classes['nextTitle']}>
        <IconCalendarStats size={16} stroke={1.7} aria-hidden />
        The next 90 days
        {calendar.data && <span className={classes['note']}>{plural(calendar.data.total, 'due time')}</span>}
      </h4>
      {calendar.data ? (
        <>
          <DueCalendar calendar={calendar.data} label={`Due times of the next 90 days in ${calendar.data.zone}`} stale={calendar.isPlaceholderData || settled !== schedules} />
          <Overlaps calendar={calendar.data} />
        </>
      ) : (
        <p className={classes['note']}>Reckoning…</p>
      )}
    </section>
  );
}

function Overlaps({ calendar: { overlaps, durations, total } }: { calendar: CalendarValue }) {
  if (total === 0) return null;
  if (!overlaps || !durations) return <p className={classes['note']}>Overlaps are foretold once executions have been measured.</p>;
  return (
    <p className={classes['note']}>
      {overlaps.sentence} Measured: {plural(durations.executions, 'execution')} of the last 30 days{durations.environment ? ` in ${durations.environment}` : ''}.
    </p>
  );
}

/** Whose days: those of the first calendar's clocks, else the reader's. */
function zoneOf(schedules: readonly NewSchedule[]): string {
  for (const { trigger } of schedules) if (trigger.kind === 'cron') return trigger.zone;
  return localZone();
}
