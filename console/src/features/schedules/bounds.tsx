import { NumberInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import { duration, toDate } from '@/lib/time';
import type { NewSchedule } from '@/lib/types';
import { DurationInput } from '@/ui/duration-input';
import { Fold } from '@/ui/fold';
import { DaysFields } from './days-fields';
import { about } from './draft';
import { excludedWords } from './excluded';
import classes from './schedules.module.css';
import { instantOf, wallOf } from './zones';

interface BoundsProps {
  schedule: NewSchedule;
  onChange: (schedule: NewSchedule) => void;
  errors: Readonly<Record<string, string>>;
  /** On whose clocks the instants are told. */
  zone: string;
}

/** From when to when, how often at most, on which days not, and how much apart; folded, for most need none of it. */
export function Bounds({ schedule, onChange, errors, zone }: BoundsProps) {
  const { trigger } = schedule;
  const wrong = ['start', 'end', 'max_count', 'end_after_failures', 'by_s'].some((field) => about(errors, field)) || Object.keys(errors).some((path) => path.includes('excluding'));
  return (
    <Fold title="Limits and days left out" summary={summary(schedule)} open={wrong}>
      {trigger.kind !== 'once' && (
        <div className={classes['pair']}>
          <InstantInput label="Not before" value={trigger.start ?? null} zone={zone} onChange={(start) => onChange({ ...schedule, trigger: { ...trigger, start } })} error={about(errors, 'start')} />
          <InstantInput label="Not after" value={trigger.end ?? null} zone={zone} onChange={(end) => onChange({ ...schedule, trigger: { ...trigger, end } })} error={about(errors, 'end')} />
        </div>
      )}
      <CountInput
        label="End after so many executions"
        description="What is skipped or missed does not count. Empty means no such end."
        value={schedule.max_count ?? null}
        onChange={(max_count) => onChange({ ...schedule, max_count })}
        error={about(errors, 'max_count')}
      />
      <CountInput
        label="End after so many failures in a row"
        description="When so many have failed or timed out, with all their tries, nothing more starts until it is deployed again. Empty means never for that."
        value={schedule.end_after_failures ?? null}
        onChange={(end_after_failures) => onChange({ ...schedule, end_after_failures })}
        error={about(errors, 'end_after_failures')}
      />
      <DurationInput
        label="Put off each time by up to"
        description="Each due time comes a little later, always by the same, so that not everything starts at once. Empty means on the dot."
        value={trigger.jitter?.by_s ?? null}
        onChange={(by_s) => onChange({ ...schedule, trigger: { ...trigger, jitter: by_s ? { ...trigger.jitter, by_s } : null } })}
        error={about(errors, 'by_s')}
        placeholder="on the dot"
      />
      <DaysFields trigger={trigger} onChange={(next) => onChange({ ...schedule, trigger: next })} errors={errors} zone={zone} />
    </Fold>
  );
}

function summary({ trigger, max_count, end_after_failures }: NewSchedule): string {
  const without = excludedWords(trigger);
  const words = [
    trigger.kind !== 'once' && trigger.end ? 'has an end' : '',
    max_count ? `${max_count} times` : '',
    end_after_failures ? `ends after ${end_after_failures} failures in a row` : '',
    trigger.jitter ? `up to ${duration(trigger.jitter.by_s)} later` : '',
    without ? `without ${without}` : '',
  ].filter(Boolean);
  return words.length > 0 ? words.join('; ') : 'none';
}

interface InstantInputProps {
  label: string;
  /** ISO 8601; null when there is none. */
  value: string | null;
  zone: string;
  onChange: (at: string | null) => void;
  error: string | undefined;
}

function InstantInput({ label, value, zone, onChange, error }: InstantInputProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const shown = value ? wallOf(toDate(value), zone) : '';
  return (
    <TextInput
      type="datetime-local"
      label={label}
      size="sm"
      value={typed ?? shown}
      onChange={(event) => {
        const wall = event.currentTarget.value;
        setTyped(wall);
        onChange(wall === '' ? null : (instantOf(wall, zone)?.toISOString() ?? null));
      }}
      onBlur={() => setTyped(null)}
      description={zone}
      error={error}
    />
  );
}

interface CountInputProps {
  label: string;
  description: string;
  value: number | null;
  onChange: (count: number | null) => void;
  error: string | undefined;
}

function CountInput({ label, description, value, onChange, error }: CountInputProps) {
  return (
    <NumberInput
      label={label}
      description={description}
      size="sm"
      maw={320}
      min={1}
      allowDecimal={false}
      allowNegative={false}
      clampBehavior="none"
      placeholder="no limit"
      value={value ?? ''}
      onChange={(count) => onChange(typeof count === 'number' ? count : null)}
      error={error}
    />
  );
}
