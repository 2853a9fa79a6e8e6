import { IconFileCode } from '@tabler/icons-react';
import type { InForce, NewSchedule, Trigger } from '@/lib/types';
import classes from './declarations.module.css';

interface SaidNoteProps {
  by: InForce;
  /** What else it says of the environment, in words. */
  limits: string;
  schedules: readonly NewSchedule[];
  words: (trigger: Trigger) => React.ReactNode;
}

/** In the place of fields for schedules: the component's file says them. */
export function SaidNote({ by, limits, schedules, words }: SaidNoteProps) {
  return (
    <div className={classes['note']} role="note">
      <IconFileCode size={16} aria-hidden className={classes['mark']} />
      <div>
        {schedules.length === 0 ? (
          <p>No schedule: it runs only when somebody starts it.</p>
        ) : (
          <ul>
            {schedules.map((schedule) => (
              <li key={JSON.stringify(schedule)}>{words(schedule.trigger)}</li>
            ))}
          </ul>
        )}
        <p>
          Said by {by.words}
          {limits && <>, which also says: {limits}</>}. {by.remedy}
        </p>
      </div>
    </div>
  );
}
