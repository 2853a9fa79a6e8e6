import { Group, Input, NumberInput, Select } from '@mantine/core';
import { useId, useState } from 'react';
import classes from './duration-input.module.css';

const UNITS = [
  { name: 'seconds', seconds: 1 },
  { name: 'minutes', seconds: 60 },
  { name: 'hours', seconds: 3600 },
  { name: 'days', seconds: 86_400 },
] as const;

type Unit = (typeof UNITS)[number]['name'];

const secondsOf = (unit: Unit): number => UNITS.find((each) => each.name === unit)?.seconds ?? 1;

/** The largest unit in which a number of seconds is whole. */
function unitOf(seconds: number): Unit {
  return UNITS.filter((unit) => seconds >= unit.seconds && seconds % unit.seconds === 0).at(-1)?.name ?? 'seconds';
}

/** Rounded to the microsecond, so that 0.1 minutes are 6 s; null when it is no number yet. */
function secondsIn(amount: string | number, unit: Unit): number | null {
  const number = typeof amount === 'number' ? amount : Number.parseFloat(amount);
  return Number.isFinite(number) ? Math.round(number * secondsOf(unit) * 1e6) / 1e6 : null;
}

interface DurationInputProps {
  label: string;
  /** What it means that this long has passed, in a sentence. */
  description?: React.ReactNode;
  /** In seconds; null when there is none. */
  value: number | null;
  onChange: (seconds: number | null) => void;
  error?: React.ReactNode;
  placeholder?: string;
  /** The unit that an empty field begins with. */
  unit?: Unit;
}

/** A duration as a number and its unit. */
export function DurationInput({ label, description, value, onChange, error, placeholder, unit: first = 'seconds' }: DurationInputProps) {
  const id = useId();
  const [unit, setUnit] = useState<Unit>(() => (value ? unitOf(value) : first));
  // What is typed, which may be on its way to a number: "1." becomes "1.5".
  const [typed, setTyped] = useState<string | number>('');
  const amount = secondsIn(typed, unit) === value ? typed : value === null ? '' : value / secondsOf(unit);
  return (
    <Input.Wrapper id={id} label={label} description={description} error={error}>
      <Group gap={6} wrap="nowrap" className={classes['fields']}>
        <NumberInput
          id={id}
          size="sm"
          className={classes['amount']}
          value={amount}
          onChange={(next) => {
            setTyped(next);
            onChange(secondsIn(next, unit));
          }}
          min={0}
          clampBehavior="none"
          allowNegative={false}
          decimalScale={6}
          error={Boolean(error)}
          placeholder={placeholder}
        />
        <Select
          size="sm"
          aria-label={`${label}: unit`}
          className={classes['unit']}
          data={UNITS.map((each) => each.name)}
          value={unit}
          allowDeselect={false}
          onChange={(next) => {
            const chosen = UNITS.find((each) => each.name === next)?.name ?? unit;
            setUnit(chosen);
            setTyped(amount);
            onChange(secondsIn(amount, chosen));
          }}
        />
      </Group>
    </Input.Wrapper>
  );
}
