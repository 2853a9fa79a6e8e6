import { Button, NumberInput, SegmentedControl, Select, Switch, TagsInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { DeclaredSetting } from '@/lib/types';
import { Fold } from '@/ui/fold';
import classes from './settings.module.css';
import { isNumber, type Kind, KINDS, type Need, retyped, settingOf, type SettingWish } from './wish';

interface SettingFormProps {
  initial: SettingWish;
  isNew: boolean;
  /** Null when the code has it; else why not. */
  onSave: (setting: DeclaredSetting) => Promise<string | null>;
  onCancel: () => void;
}

/** A setting: its name and type, what it is for, and what holds when nothing is given. */
export function SettingForm({ initial, isNew, onSave, onCancel }: SettingFormProps) {
  const [wish, setWish] = useState(initial);
  const [refused, setRefused] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const change = (own: Partial<SettingWish>) => {
    setWish((now) => ({ ...now, ...own }));
    setRefused(null);
  };
  const save = async () => {
    setBusy(true);
    setRefused(await onSave(settingOf(wish)));
    setBusy(false);
  };
  const kinds = KINDS.some((each) => each.value === wish.kind) ? [...KINDS] : [...KINDS, { value: wish.kind, label: 'List of yes or no' }];
  return (
    <form
      className={classes['form']}
      aria-label={isNew ? 'New setting' : `Setting ${initial.name}`}
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented) return;
        event.stopPropagation();
        onCancel();
      }}
    >
      <TextInput size="xs" label="Name" required data-autofocus autoFocus value={wish.name} onChange={(event) => change({ name: event.currentTarget.value })} classNames={{ input: 'mono' }} autoComplete="off" spellCheck={false} />
      <Select size="xs" label="Type" data={kinds} value={wish.kind} allowDeselect={false} onChange={(kind) => kind && setWish((now) => retyped(now, kind as Kind))} />
      {wish.kind === 'choice' && <Choices wish={wish} onChange={change} />}
      <TextInput size="xs" label="Description" description="Whoever deploys the task reads it." value={wish.description} onChange={(event) => change({ description: event.currentTarget.value })} autoComplete="off" />
      <div>
        <span className={classes['label']} id="when-not-given">
          When no value is given
        </span>
        <SegmentedControl
          size="xs"
          aria-labelledby="when-not-given"
          value={wish.need}
          onChange={(need) => change({ need: need as Need })}
          data={[
            { value: 'required', label: 'Refuse' },
            ...(wish.kind === 'secret' ? [] : [{ value: 'default', label: 'Use a default' }]),
            { value: 'optional', label: 'It is None' },
          ]}
        />
      </div>
      {wish.need === 'default' && <DefaultField wish={wish} onChange={(byDefault) => change({ byDefault })} />}
      {wish.kind !== 'secret' && wish.kind !== 'flag' && <Further wish={wish} onChange={change} />}
      {refused !== null && (
        <p className={classes['wrong']} role="alert">
          {refused}
        </p>
      )}
      <div className={classes['buttons']}>
        <Button type="submit" loading={isBusy} disabled={!wish.name.trim()}>
          {isNew ? 'Add' : 'Apply'}
        </Button>
        <Button variant="default" onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </form>
  );
}

interface PartProps {
  wish: SettingWish;
  onChange: (own: Partial<SettingWish>) => void;
}

function Choices({ wish, onChange }: PartProps) {
  const known = wish.choices;
  return (
    <TagsInput
      size="xs"
      label="Choices"
      description="Enter adds one."
      value={known.map(String)}
      onChange={(next) => onChange({ choices: next.map((item) => known.find((each) => String(each) === item) ?? item) })}
      acceptValueOnBlur
    />
  );
}

function DefaultField({ wish, onChange }: { wish: SettingWish; onChange: (value: SettingWish['byDefault']) => void }) {
  const { kind, byDefault, choices } = wish;
  if (kind === 'flag') return <Switch label={byDefault === true ? 'Default: yes' : 'Default: no'} checked={byDefault === true} onChange={(event) => onChange(event.currentTarget.checked)} />;
  if (kind === 'choice') return <Select size="xs" label="Default" data={choices.map(String)} value={byDefault === '' ? null : String(byDefault)} onChange={(value) => onChange(value ?? '')} />;
  if (kind.startsWith('list')) return <TagsInput size="xs" label="Default" value={Array.isArray(byDefault) ? [...byDefault] : []} onChange={onChange} splitChars={[',']} acceptValueOnBlur />;
  if (isNumber(kind)) return <NumberInput size="xs" label="Default" hideControls allowDecimal={kind === 'number'} value={byDefault as string | number} onChange={onChange} />;
  return <TextInput size="xs" label="Default" value={String(byDefault)} onChange={(event) => onChange(event.currentTarget.value)} autoComplete="off" />;
}

/** What few settings need. */
function Further({ wish, onChange }: PartProps) {
  const { kind, example, minimum, maximum, pattern } = wish;
  const said = [example && `example ${example}`, minimum && `from ${minimum}`, maximum && `to ${maximum}`, pattern && `like ${pattern}`].filter(Boolean).join(', ');
  return (
    <Fold title="Example and limits" summary={said || 'none'}>
      <TextInput size="xs" label="Example" value={example} onChange={(event) => onChange({ example: event.currentTarget.value })} autoComplete="off" />
      {isNumber(kind) && (
        <>
          <TextInput size="xs" label="At least" inputMode="decimal" value={minimum} onChange={(event) => onChange({ minimum: event.currentTarget.value })} />
          <TextInput size="xs" label="At most" inputMode="decimal" value={maximum} onChange={(event) => onChange({ maximum: event.currentTarget.value })} />
        </>
      )}
      {kind === 'text' && (
        <TextInput size="xs" label="Pattern" description="A regular expression that the whole text must match." value={pattern} onChange={(event) => onChange({ pattern: event.currentTarget.value })} classNames={{ input: 'mono' }} spellCheck={false} />
      )}
    </Fold>
  );
}
