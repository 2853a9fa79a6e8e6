import { Button } from '@mantine/core';
import { plural } from '@/lib/format';
import type { Cron } from '@/lib/types';
import { useMinutes } from './api';
import { atMinute, crowdOf } from './crowd';
import classes from './schedules.module.css';

interface CrowdHintProps {
  trigger: Cron;
  /** One of its due times. */
  due: string | undefined;
  onChange: (trigger: Cron) => void;
}

/** Says that many others start at the same minute, and offers one at which there is room. */
export function CrowdHint({ trigger, due, onChange }: CrowdHintProps) {
  const { data } = useMinutes(due !== undefined);
  const crowd = crowdOf(trigger.expression, due, data?.counts ?? []);
  if (!crowd) return null;
  const two = String(crowd.quietest).padStart(2, '0');
  return (
    <div className={classes['crowd']} role="note">
      <span>
        {plural(crowd.here, 'schedule')} of this installation start at this minute. At :{two} {crowd.there === 0 ? 'there is none' : `there are ${crowd.there}`}.
      </span>
      <Button variant="default" size="compact-xs" onClick={() => onChange(atMinute(trigger, crowd.quietest))}>
        Move to :{two}
      </Button>
      <Button variant="default" size="compact-xs" onClick={() => onChange(atMinute(trigger, 'H'))} title="H stands for a minute that the component's name decides, the same one for ever.">
        Spread with H
      </Button>
    </div>
  );
}
