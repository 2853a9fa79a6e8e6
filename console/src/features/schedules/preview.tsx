import { useDebouncedValue } from '@mantine/hooks';
import { IconCalendarTime } from '@tabler/icons-react';
import { toApiError } from '@/lib/errors';
import { clock, day, duration, zoneName } from '@/lib/time';
import type { NewSchedule, Preview as PreviewValue, Trigger } from '@/lib/types';
import { Countdown, Time } from '@/ui/time';
import { usePreview } from './api';
import { missing } from './draft';
import classes from './schedules.module.css';

const PAUSE_MS = 250;

/** What the server says about a trigger shortly after it was last changed. */
export function useSettledPreview({ trigger, max_count }: NewSchedule, spread: string) {
  const [settled] = useDebouncedValue(trigger, PAUSE_MS);
  const lacks = missing(trigger);
  const complete = Object.keys(lacks).length === 0;
  const asked = { trigger: settled, max_count: max_count || null, spread };
  const preview = usePreview(asked, complete && Object.keys(missing(settled)).length === 0);
  const fresh = settled === trigger && !preview.isPlaceholderData;
  const error = complete && fresh && preview.error ? toApiError(preview.error) : null;
  return { preview: complete && !preview.error ? preview.data : undefined, error, lacks, fresh };
}

interface PreviewProps {
  preview: PreviewValue | undefined;
  fresh: boolean;
  /** Why there is nothing to show. */
  problem: string | undefined;
  /** The zone in which the times are told. */
  zone: string;
}

/** A schedule in words and its next due times, or why there are none. */
export function Preview({ preview, fresh, problem, zone }: PreviewProps) {
  if (problem) return <p className={classes['previewProblem']}>{problem}</p>;
  if (!preview) return <p className={classes['previewProblem']}>Asking when this would be due…</p>;
  return (
    <div className={classes['preview']} aria-live="polite" data-stale={!fresh || undefined}>
      <p className={classes['words']}>
        <IconCalendarTime size={16} stroke={1.7} aria-hidden />
        {preview.words}
      </p>
      <ol className={classes['dues']} aria-label={`Next due times in ${zone}`}>
        {preview.due.map((due, index) => (
          <li key={due} className={classes['due']}>
            <Time at={due} zone={zone} as="full" />
            {index === 0 && (
              <span className={classes['first']}>
                <Countdown at={due} zone={zone} />
              </span>
            )}
          </li>
        ))}
      </ol>
      {preview.due.length === 0 && <p className={classes['note']}>It will not be due again.</p>}
    </div>
  );
}

/** A trigger in words: the server's, and until they are here a plain form of it. */
export function TriggerWords({ trigger }: { trigger: Trigger }) {
  const [settled] = useDebouncedValue(trigger, PAUSE_MS);
  const { data, isPlaceholderData } = usePreview({ trigger: settled, spread: '' }, Object.keys(missing(settled)).length === 0);
  return <>{data && settled === trigger && !isPlaceholderData ? data.words : plainWords(trigger)}</>;
}

function plainWords(trigger: Trigger): string {
  switch (trigger.kind) {
    case 'interval':
      return trigger.every_s > 0 ? `Every ${duration(trigger.every_s)}` : 'An interval';
    case 'cron':
      return `${trigger.expression} in ${trigger.zone}`;
    case 'once':
      return trigger.at ? `Once, ${day(trigger.at, 'UTC')} ${clock(trigger.at, 'UTC')} ${zoneName('UTC')}` : 'Once';
  }
}
