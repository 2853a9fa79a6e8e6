import { Chip, Group, Input, NumberInput, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Cron } from '@/lib/types';
import { asKind, fromExpression, MINUTE_STEPS, type Preset, type PresetKind, toExpression, WEEKDAYS } from './cron';
import { about } from './draft';
import classes from './schedules.module.css';
import { ZoneSelect } from './zone-select';

const CHOICES: { value: PresetKind | 'custom'; label: string }[] = [
  { value: 'minutes', label: 'Every few minutes' },
  { value: 'hourly', label: 'Every hour at' },
  { value: 'daily', label: 'Every day at' },
  { value: 'weekdays', label: 'Every weekday at' },
  { value: 'weekly', label: 'Every week on' },
  { value: 'monthly', label: 'Every month on' },
  { value: 'custom', label: 'An expression of my own' },
];

interface CronFieldsProps {
  trigger: Cron;
  onChange: (trigger: Cron) => void;
  errors: Readonly<Record<string, string>>;
}

/** A calendar: picked from common ones or written as a cron expression, both of the same value. */
export function CronFields({ trigger, onChange, errors }: CronFieldsProps) {
  const [own, setOwn] = useState(false);
  const preset = own ? null : fromExpression(trigger.expression);
  const pick = (next: Preset) => onChange({ ...trigger, expression: toExpression(next) });
  return (
    <>
      <div className={classes['pick']}>
        <Select
          label="When"
          size="sm"
          className={classes['when']}
          data={CHOICES}
          value={preset?.kind ?? 'custom'}
          allowDeselect={false}
          maxDropdownHeight={280}
          onChange={(value) => {
            const chosen = CHOICES.find((each) => each.value === value)?.value;
            setOwn(chosen === 'custom');
            if (chosen && chosen !== 'custom') pick(asKind(chosen, fromExpression(trigger.expression)));
          }}
        />
        {preset && <PresetFields preset={preset} onChange={pick} />}
      </div>
      <div className={classes['pair']}>
        <TextInput
          label="Cron expression"
          size="sm"
          value={trigger.expression}
          onChange={(event) => onChange({ ...trigger, expression: event.currentTarget.value })}
          error={about(errors, 'expression')}
          description={`${hasSeconds(trigger.expression) ? 'Second, minute' : 'Minute'}, hour, day of month, month, weekday.`}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          spellCheck={false}
          autoComplete="off"
          classNames={{ input: 'mono' }}
        />
        <ZoneSelect value={trigger.zone} onChange={(zone) => onChange({ ...trigger, zone })} error={about(errors, 'zone')} />
      </div>
    </>
  );
}

/** A sixth field stands in front of the usual five. */
const hasSeconds = (expression: string): boolean => expression.trim().split(/\s+/).length === 6;

function PresetFields({ preset, onChange }: { preset: Preset; onChange: (preset: Preset) => void }) {
  switch (preset.kind) {
    case 'minutes':
      return (
        <Select
          label="Minutes"
          size="sm"
          w={92}
          data={MINUTE_STEPS.map(String)}
          value={String(preset.every)}
          allowDeselect={false}
          onChange={(value) => onChange({ ...preset, every: Number(value) })}
        />
      );
    case 'hourly':
      return (
        <NumberInput
          label="Minute"
          size="sm"
          w={92}
          min={0}
          max={59}
          clampBehavior="strict"
          allowDecimal={false}
          value={preset.minute}
          onChange={(value) => typeof value === 'number' && onChange({ ...preset, minute: value })}
        />
      );
    case 'weekly':
      return (
        <>
          <Days days={preset.days} onChange={(days) => onChange({ ...preset, days })} />
          <TimeOfDay preset={preset} onChange={onChange} />
        </>
      );
    case 'monthly':
      return (
        <>
          <Select
            label="Day"
            size="sm"
            w={110}
            data={[...Array.from({ length: 31 }, (_, index) => String(index + 1)), { value: 'last', label: 'Last day' }]}
            value={String(preset.day)}
            allowDeselect={false}
            onChange={(value) => onChange({ ...preset, day: value === 'last' ? 'last' : Number(value) })}
          />
          <TimeOfDay preset={preset} onChange={onChange} />
        </>
      );
    default:
      return <TimeOfDay preset={preset} onChange={onChange} />;
  }
}

function Days({ days, onChange }: { days: number[]; onChange: (days: number[]) => void }) {
  return (
    <Input.Wrapper label="Days" labelElement="div">
      <Chip.Group multiple value={days.map(String)} onChange={(chosen) => chosen.length > 0 && onChange(chosen.map(Number))}>
        <Group gap={4} h={36} role="group" aria-label="Days">
          {WEEKDAYS.map(([day, name]) => (
            <Chip key={day} value={String(day)} size="xs" radius="sm" variant="light">
              {name}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
    </Input.Wrapper>
  );
}

type Timed = Extract<Preset, { hour: number }>;

function TimeOfDay({ preset, onChange }: { preset: Timed; onChange: (preset: Preset) => void }) {
  const two = (value: number) => String(value).padStart(2, '0');
  return (
    <TextInput
      type="time"
      label="Time"
      size="sm"
      w={136}
      value={`${two(preset.hour)}:${two(preset.minute)}`}
      onChange={(event) => {
        const [hour, minute] = event.currentTarget.value.split(':').map(Number);
        // A time that is half typed has no value yet.
        if (hour !== undefined && minute !== undefined) onChange({ ...preset, hour, minute });
      }}
    />
  );
}
