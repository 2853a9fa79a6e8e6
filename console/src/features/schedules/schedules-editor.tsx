import { ActionIcon, Button, SegmentedControl, Tooltip } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import type { ApiError } from '@/lib/errors';
import { localZone } from '@/lib/time';
import type { NewSchedule, Trigger } from '@/lib/types';
import { Bounds } from './bounds';
import { NextDays } from './calendar';
import { CronFields } from './cron-fields';
import { CrowdHint } from './crowd-hint';
import { type Kind, newSchedule, newTrigger } from './draft';
import { IntervalFields } from './interval-fields';
import { OnceFields } from './once-fields';
import { Policies } from './policies';
import { Preview, useSettledPreview } from './preview';
import classes from './schedules.module.css';

const KINDS: { value: Kind; label: string }[] = [
  { value: 'interval', label: 'Interval' },
  { value: 'cron', label: 'Calendar' },
  { value: 'once', label: 'One time' },
];

const NONE = { value: 'none', label: 'By hand only' };

interface SchedulesEditorProps {
  value: readonly NewSchedule[];
  onChange: (schedules: NewSchedule[]) => void;
  /** The server's sentences, by their whole path: `schedules.0.trigger.expression`. */
  errors: Readonly<Record<string, string>>;
  /** `project/component`: what spreads a jitter. */
  spread: string;
  /** Where it is to be deployed: how long executions take is measured there. */
  environment?: string;
  /** Whether the next 90 days stand below; not where they are told otherwise. */
  calendar?: boolean;
}

/** When a deployment runs by itself: no schedule, one, or several. */
export function SchedulesEditor({ value, onChange, errors, spread, environment, calendar = true }: SchedulesEditorProps) {
  // A schedule has no name of its own until it is deployed; these keep each one's fields with it when one is removed.
  const [keys, setKeys] = useState<number[]>(() => value.map((_, index) => index));
  const keyOf = (index: number) => keys[index] ?? index;
  const write = (index: number, schedule: NewSchedule) => onChange(value.map((each, at) => (at === index ? schedule : each)));
  const add = (kind: Kind) => {
    setKeys([...value.map((_, index) => keyOf(index)), Math.max(-1, ...keys) + 1]);
    onChange([...value, newSchedule(kind, localZone())]);
  };
  const remove = (index: number) => {
    setKeys(value.map((_, at) => keyOf(at)).filter((_, at) => at !== index));
    onChange(value.filter((_, at) => at !== index));
  };

  if (value.length === 0) {
    return (
      <div className={classes['schedule']}>
        <SegmentedControl
          size="xs"
          fullWidth
          aria-label="Kind of schedule"
          data={[...KINDS, NONE]}
          value="none"
          onChange={(kind) => kind !== 'none' && add(kindOf(kind))}
        />
        <p className={classes['note']}>Nothing is due by itself. It runs when somebody presses “Run now” or calls the API.</p>
      </div>
    );
  }
  return (
    <div className={classes['schedules']}>
      {value.map((schedule, index) => (
        <ScheduleFields
          key={keyOf(index)}
          title={value.length > 1 ? `Schedule ${index + 1}` : 'Schedule'}
          alone={value.length === 1}
          value={schedule}
          onChange={(next) => write(index, next)}
          onRemove={() => remove(index)}
          errors={errorsOf(errors, index)}
          spread={spread}
        />
      ))}
      {value.length < 20 && (
        <Button variant="subtle" className={classes['add']} leftSection={<IconPlus size={14} aria-hidden />} onClick={() => add('cron')}>
          Add another schedule
        </Button>
      )}
      {calendar && <NextDays schedules={value} spread={spread} environment={environment} />}
    </div>
  );
}

const kindOf = (text: string): Kind => KINDS.find((each) => each.value === text)?.value ?? 'interval';

function errorsOf(errors: Readonly<Record<string, string>>, index: number): Record<string, string> {
  const prefix = `schedules.${index}.`;
  return Object.fromEntries(Object.entries(errors).filter(([path]) => path.startsWith(prefix)));
}

interface ScheduleFieldsProps {
  title: string;
  /** It is the only one: choosing "by hand only" removes it. */
  alone: boolean;
  value: NewSchedule;
  onChange: (schedule: NewSchedule) => void;
  onRemove: () => void;
  errors: Readonly<Record<string, string>>;
  spread: string;
}

function ScheduleFields({ title, alone, value, onChange, onRemove, errors, spread }: ScheduleFieldsProps) {
  const { trigger } = value;
  // What was chosen of each kind, so that looking at another kind loses nothing.
  const [others, setOthers] = useState<Partial<Record<Kind, Trigger>>>({});
  const [onceZone, setOnceZone] = useState(localZone);
  const { preview, error, lacks, fresh } = useSettledPreview(value, spread);
  const zone = trigger.kind === 'cron' ? trigger.zone : trigger.kind === 'once' ? onceZone : localZone();
  const all = { ...error?.fields, ...errors };
  const turnTo = (kind: Kind) => {
    setOthers({ ...others, [trigger.kind]: trigger });
    onChange({ ...value, trigger: others[kind] ?? newTrigger(kind, localZone()) });
  };
  const write = (next: Trigger) => onChange({ ...value, trigger: next });
  return (
    <fieldset className={classes['schedule']}>
      <legend className={classes['legend']}>{title}</legend>
      <div className={classes['head']}>
        <SegmentedControl
          size="xs"
          fullWidth
          className={classes['kinds']}
          aria-label={`${title}: kind`}
          data={alone ? [...KINDS, NONE] : KINDS}
          value={trigger.kind}
          onChange={(kind) => (kind === 'none' ? onRemove() : turnTo(kindOf(kind)))}
        />
        {!alone && (
          <Tooltip label="Remove this schedule">
            <ActionIcon size="lg" aria-label={`Remove ${title.toLowerCase()}`} onClick={onRemove}>
              <IconTrash size={16} stroke={1.7} aria-hidden />
            </ActionIcon>
          </Tooltip>
        )}
      </div>
      {trigger.kind === 'interval' && <IntervalFields trigger={trigger} onChange={write} errors={all} />}
      {trigger.kind === 'cron' && <CronFields trigger={trigger} onChange={write} errors={all} />}
      {trigger.kind === 'once' && <OnceFields trigger={trigger} onChange={write} errors={all} zone={onceZone} onZone={setOnceZone} />}
      <Preview preview={preview} fresh={fresh} problem={problemOf(lacks, error)} zone={zone} />
      {trigger.kind === 'cron' && <CrowdHint trigger={trigger} due={fresh ? preview?.due[0] : undefined} onChange={write} />}
      <Bounds schedule={value} onChange={onChange} errors={all} zone={zone} />
      <Policies schedule={value} onChange={onChange} errors={errors} />
    </fieldset>
  );
}

/** Why no due times are shown; what has a field of its own is said there. */
function problemOf(lacks: Readonly<Record<string, string>>, error: ApiError | null): string | undefined {
  const [lack] = Object.values(lacks);
  if (lack) return lack;
  if (!error) return undefined;
  return Object.keys(error.fields).length > 0 ? 'The next due times stand here once this is right.' : `No due times: ${error.message}`;
}
