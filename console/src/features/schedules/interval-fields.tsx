import type { Interval } from '@/lib/types';
import { DurationInput } from '@/ui/duration-input';
import { about } from './draft';

interface IntervalFieldsProps {
  trigger: Interval;
  onChange: (trigger: Interval) => void;
  errors: Readonly<Record<string, string>>;
}

/** How often. */
export function IntervalFields({ trigger, onChange, errors }: IntervalFieldsProps) {
  return (
    <DurationInput
      label="Every"
      value={trigger.every_s > 0 ? trigger.every_s : null}
      onChange={(seconds) => onChange({ ...trigger, every_s: seconds ?? 0 })}
      error={about(errors, 'every_s') ?? about(errors, 'every')}
      unit="minutes"
    />
  );
}
