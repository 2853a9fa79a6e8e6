import { NativeSelect, NumberInput } from '@mantine/core';
import { useState } from 'react';
import classes from './alerts.module.css';

const UNITS = [
  { name: 'seconds', size: 1 },
  { name: 'minutes', size: 60 },
  { name: 'hours', size: 3_600 },
  { name: 'days', size: 86_400 },
] as const;

interface SpanInputProps {
  label: string;
  /** In seconds; null while nothing is typed. */
  value: number | null;
  onChange: (seconds: number | null) => void;
  isBad: boolean;
}

/** A time within a sentence: a number and its unit. */
export function SpanInput({ label, value, onChange, isBad }: SpanInputProps) {
  const [unit, setUnit] = useState(() => UNITS.findLast(({ size }) => value !== null && value >= size && value % size === 0) ?? UNITS[1]);
  const amount = value === null ? '' : Math.round((value / unit.size) * 1e6) / 1e6;
  return (
    <span className={classes['choice']}>
      <NumberInput
        size="xs"
        className={classes['count']}
        aria-label={label}
        value={amount}
        onChange={(next) => onChange(typeof next === 'number' ? next * unit.size : null)}
        min={0}
        clampBehavior="none"
        allowNegative={false}
        error={isBad}
      />
      <NativeSelect
        size="xs"
        aria-label={`${label}: unit`}
        data={UNITS.map((each) => each.name)}
        value={unit.name}
        onChange={(event) => {
          const next = UNITS.find((each) => each.name === event.currentTarget.value) ?? unit;
          setUnit(next);
          if (typeof amount === 'number') onChange(amount * next.size);
        }}
      />
    </span>
  );
}
