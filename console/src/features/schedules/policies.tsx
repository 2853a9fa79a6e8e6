import { Radio, Stack, Switch } from '@mantine/core';
import type { NewSchedule } from '@/lib/types';
import { duration } from '@/lib/time';
import { DurationInput } from '@/ui/duration-input';
import { Fold } from '@/ui/fold';
import { about } from './draft';

interface Choice<Value extends string> {
  value: Value;
  label: string;
  consequence: string;
}

const OVERLAP: readonly Choice<NewSchedule['overlap']>[] = [
  { value: 'skip', label: 'Skip the new one', consequence: 'At most one runs at a time. The new one is recorded as skipped.' },
  { value: 'buffer_one', label: 'Let one wait', consequence: 'The first that has to wait starts when the previous one is over. Those behind it are recorded as skipped.' },
  { value: 'buffer_all', label: 'Let all wait', consequence: 'None is left out: they run one after the other. When each takes longer than the interval, more and more wait.' },
  { value: 'cancel_other', label: 'Stop the previous one', consequence: 'It is asked to end and recorded as cancelled. The new one starts when it has ended.' },
  { value: 'allow', label: 'Start it all the same', consequence: 'Several may run side by side when one takes long.' },
];

const OVERLAP_SUMMARY: Readonly<Record<NewSchedule['overlap'], string>> = {
  skip: 'One at a time',
  buffer_one: 'One at a time, and one waits',
  buffer_all: 'One after the other',
  cancel_other: 'The newest stops the one before',
  allow: 'Side by side',
};

type CatchUpMode = NewSchedule['catch_up']['mode'];

const CATCH_UP: readonly Choice<CatchUpMode>[] = [
  { value: 'last', label: 'Run the latest one', consequence: 'After an outage one execution makes up for all; the others are recorded as missed.' },
  { value: 'all', label: 'Run every one', consequence: 'After an outage each missed due time gets its execution.' },
  { value: 'none', label: 'Run none', consequence: 'What was missed is recorded as missed, and the next due time is awaited.' },
];

const GAP: readonly Choice<'after' | 'skip'>[] = [
  { value: 'after', label: 'Run right after the change', consequence: 'A time that does not exist that day runs at the first moment after it.' },
  { value: 'skip', label: 'Leave it out', consequence: 'A time that does not exist that day does not run.' },
];

const FOLD: readonly Choice<'first' | 'both'>[] = [
  { value: 'first', label: 'Run once', consequence: 'A time that comes twice that day runs the first time.' },
  { value: 'both', label: 'Run twice', consequence: 'A time that comes twice that day runs both times.' },
];

interface PoliciesProps {
  schedule: NewSchedule;
  onChange: (schedule: NewSchedule) => void;
  errors: Readonly<Record<string, string>>;
}

/** What happens when a due time cannot be kept, each choice with its consequence; folded, for the usual ones serve most. */
export function Policies({ schedule, onChange, errors }: PoliciesProps) {
  const { trigger, overlap, catch_up } = schedule;
  const lateness = about(errors, 'within_s') ?? about(errors, 'within');
  return (
    <Fold title="Overlap and catch-up" summary={summary(schedule)} open={lateness !== undefined || about(errors, 'catch_up.mode') !== undefined}>
      <Choices label="If the previous one is still running" choices={OVERLAP} value={overlap} onChange={(next) => onChange({ ...schedule, overlap: next })} />
      <Choices
        label="If due times were missed, because Clockhouse was down"
        choices={CATCH_UP}
        value={catch_up.mode}
        onChange={(mode) => onChange({ ...schedule, catch_up: { ...catch_up, mode } })}
        error={about(errors, 'catch_up.mode')}
      />
      {catch_up.mode !== 'none' && (
        <DurationInput
          label="Catch up no later than"
          description="A due time longer ago than this is recorded as missed. Empty means however late."
          value={catch_up.within_s ?? null}
          onChange={(within_s) => onChange({ ...schedule, catch_up: { ...catch_up, within_s } })}
          error={lateness}
          placeholder="no limit"
          unit="hours"
        />
      )}
      {catch_up.mode !== 'none' && (
        <Switch
          label="Catch up after a pause, too"
          description="What falls due while it is paused then waits for the end of the pause. If not, it is skipped."
          checked={catch_up.after_pause}
          onChange={(event) => onChange({ ...schedule, catch_up: { ...catch_up, after_pause: event.currentTarget.checked } })}
        />
      )}
      {trigger.kind === 'cron' && (
        <>
          <Choices label="When clocks go forward" choices={GAP} value={trigger.gap} onChange={(gap) => onChange({ ...schedule, trigger: { ...trigger, gap } })} />
          <Choices label="When clocks go back" choices={FOLD} value={trigger.fold} onChange={(fold) => onChange({ ...schedule, trigger: { ...trigger, fold } })} />
        </>
      )}
    </Fold>
  );
}

function summary({ overlap, catch_up }: NewSchedule): string {
  const late = catch_up.mode === 'none' ? 'missed ones stay missed' : catch_up.mode === 'last' ? 'the latest missed one is made up for' : 'every missed one is made up for';
  const within = catch_up.mode !== 'none' && catch_up.within_s ? `, up to ${duration(catch_up.within_s)} late` : '';
  const paused = catch_up.mode !== 'none' && catch_up.after_pause ? ', after a pause, too' : '';
  return `${OVERLAP_SUMMARY[overlap]}; ${late}${within}${paused}`;
}

interface ChoicesProps<Value extends string> {
  label: string;
  choices: readonly Choice<Value>[];
  value: Value;
  onChange: (value: Value) => void;
  error?: string | undefined;
}

function Choices<Value extends string>({ label, choices, value, onChange, error }: ChoicesProps<Value>) {
  return (
    <Radio.Group
      label={label}
      value={value}
      error={error}
      onChange={(next) => {
        const chosen = choices.find((choice) => choice.value === next);
        if (chosen) onChange(chosen.value);
      }}
    >
      <Stack gap={8} mt={6}>
        {choices.map((choice) => (
          <Radio key={choice.value} size="xs" value={choice.value} label={choice.label} description={choice.consequence} />
        ))}
      </Stack>
    </Radio.Group>
  );
}
