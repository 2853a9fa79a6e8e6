import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { localZone, toDate } from '@/lib/time';
import type { Once } from '@/lib/types';
import { about } from './draft';
import classes from './schedules.module.css';
import { ZoneSelect } from './zone-select';
import { instantOf, wallOf } from './zones';

interface OnceFieldsProps {
  trigger: Once;
  onChange: (trigger: Once) => void;
  errors: Readonly<Record<string, string>>;
  zone: string;
  onZone: (zone: string) => void;
}

/** One day and time on the clocks of a zone. */
export function OnceFields({ trigger, onChange, errors, zone, onZone }: OnceFieldsProps) {
  const [wall, setWall] = useState(() => wallAt(trigger.at, zone));
  const write = (nextWall: string, nextZone: string) => {
    setWall(nextWall);
    onChange({ ...trigger, at: instantOf(nextWall, nextZone)?.toISOString() ?? '' });
  };
  return (
    <div className={classes['pair']}>
      <TextInput
        type="datetime-local"
        label="Day and time"
        size="sm"
        value={wall}
        min={wallOf(new Date(), zone)}
        onChange={(event) => write(event.currentTarget.value, zone)}
        error={about(errors, 'at')}
      />
      <ZoneSelect
        value={zone}
        onChange={(next) => {
          onZone(next);
          write(wall, next);
        }}
        error={about(errors, 'zone')}
        {...(zone !== localZone() && { description: 'The clock beside is of this zone.' })}
      />
    </div>
  );
}

function wallAt(at: string, zone: string): string {
  const date = toDate(at);
  return Number.isNaN(date.getTime()) ? '' : wallOf(date, zone);
}
