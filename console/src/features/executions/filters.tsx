import { Button, Select } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { count } from '@/lib/format';
import { ORIGINS, STATE_ORDER, STATES } from '@/lib/outcome';
import type { ExecutionPage, Origin, State } from '@/lib/types';
import { Glyph } from '@/ui/outcome';
import type { Chosen } from './filter';
import classes from './filters.module.css';

export interface Option {
  value: string;
  label: string;
}

interface FiltersProps {
  chosen: Chosen;
  onChoose: (change: Partial<Chosen>) => void;
  counts: ExecutionPage['counts'] | undefined;
  /** Without it, no environment is asked for. */
  environments?: readonly Option[] | undefined;
  projects?: readonly Option[] | undefined;
}

const ORIGIN_OPTIONS = Object.entries(ORIGINS).map(([value, label]) => ({ value, label }));

/** Chips by state with their counts, and what else a list may be narrowed by. */
export function Filters({ chosen, onChoose, counts, environments, projects }: FiltersProps) {
  return (
    <div className={classes['filters']}>
      <StateChips states={chosen.states} counts={counts} onChange={(states) => onChoose({ states })} />
      <div className={classes['selects']}>
        {projects && (
          <Choice label="Project" all="All projects" options={projects} value={chosen.project} onChange={(project) => onChoose({ project })} />
        )}
        {environments && (
          <Choice
            label="Environment"
            all="All environments"
            options={environments}
            value={chosen.environment}
            onChange={(environment) => onChoose({ environment })}
          />
        )}
        <Choice
          label="Origin"
          all="All origins"
          options={ORIGIN_OPTIONS}
          value={chosen.origin}
          onChange={(origin) => onChoose({ origin: origin as Origin | null })}
        />
        {chosen.backfill && (
          <Button variant="default" size="xs" rightSection={<IconX size={13} aria-hidden />} onClick={() => onChoose({ backfill: null })}>
            Only one backfill
          </Button>
        )}
      </div>
    </div>
  );
}

interface StateChipsProps {
  states: readonly State[];
  counts: ExecutionPage['counts'] | undefined;
  onChange: (states: State[]) => void;
}

function StateChips({ states, counts, onChange }: StateChipsProps) {
  const shown = STATE_ORDER.filter((state) => (counts?.[state] ?? 0) > 0 || states.includes(state));
  const total = Object.values(counts ?? {}).reduce((sum: number, each) => sum + (each ?? 0), 0);
  const toggle = (state: State) =>
    onChange(states.includes(state) ? states.filter((each) => each !== state) : [...states, state]);
  return (
    <div className={classes['chips']} role="group" aria-label="Filter by outcome">
      <button type="button" className={classes['chip']} aria-pressed={states.length === 0} onClick={() => onChange([])}>
        All <span className={classes['count']}>{counts ? count(total) : '–'}</span>
      </button>
      {shown.map((state) => (
        <button
          key={state}
          type="button"
          className={classes['chip']}
          aria-pressed={states.includes(state)}
          onClick={() => toggle(state)}
        >
          <Glyph shape={STATES[state].shape} colour={STATES[state].colour} size={12} />
          {STATES[state].label} <span className={classes['count']}>{count(counts?.[state] ?? 0)}</span>
          {states.includes(state) && <IconX size={11} stroke={2.2} aria-hidden />}
        </button>
      ))}
    </div>
  );
}

interface ChoiceProps {
  label: string;
  all: string;
  options: readonly Option[];
  value: string | null;
  onChange: (value: string | null) => void;
}

function Choice({ label, all, options, value, onChange }: ChoiceProps) {
  return (
    <Select
      size="xs"
      aria-label={label}
      className={classes['select'] ?? ''}
      data={[{ value: '', label: all }, ...options]}
      value={value ?? ''}
      onChange={(next) => onChange(next || null)}
      allowDeselect={false}
      data-chosen={value !== null || undefined}
      comboboxProps={{ withinPortal: true }}
    />
  );
}
