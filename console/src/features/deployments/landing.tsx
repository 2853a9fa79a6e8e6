import { Checkbox, Textarea } from '@mantine/core';
import type { Deployment, Environment } from '@/lib/types';
import classes from './landing.module.css';

/** How a deployment comes about, beside what it is. */
export interface Landing {
  watch: boolean;
  /** For those who have to approve. */
  note: string;
}

export const AT_ONCE: Landing = { watch: false, note: '' };

interface LandingFieldsProps {
  target: Environment;
  current: Deployment | null;
  /** Whether there is a schedule, and so a first occurrence. */
  hasSchedule: boolean;
  value: Landing;
  onChange: (value: Landing) => void;
}

/** Whether the first occurrence decides, and what those should know who have to approve. */
export function LandingFields({ target, current, hasSchedule, value, onChange }: LandingFieldsProps) {
  return (
    <div className={classes['fields']}>
      {hasSchedule && (
        <Checkbox
          size="sm"
          label="Watch the first occurrence"
          description={current ? `If it fails, deployment ${current.number} comes back, paused.` : 'If it fails, it is paused.'}
          checked={value.watch}
          onChange={(event) => onChange({ ...value, watch: event.currentTarget.checked })}
        />
      )}
      {target.approval && (
        <Textarea
          size="sm"
          label={`Note for those who approve (${approvers(target.approval)})`}
          rows={2}
          maxLength={1000}
          value={value.note}
          onChange={(event) => onChange({ ...value, note: event.currentTarget.value })}
        />
      )}
    </div>
  );
}

const ROLES = { viewer: 'anybody who may see it', developer: 'developers', operator: 'operators', admin: 'administrators' } as const;

/** Who may approve, in words. */
export function approvers({ role, people }: NonNullable<Environment['approval']>): string {
  return new Intl.ListFormat('en-GB', { type: 'disjunction' }).format([...(role ? [ROLES[role]] : []), ...people]);
}

/** Where one has to be let deploy to: what others approve of may be asked for by who may deploy anywhere. */
export const askedIn = (target: Environment): Environment | undefined => (target.approval ? undefined : target);
