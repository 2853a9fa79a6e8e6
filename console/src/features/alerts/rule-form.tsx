import { Button, Group, Modal, MultiSelect, NativeSelect, NumberInput, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { Alert, Channel, NewAlert } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { formErrors } from '@/ui/form-errors';
import { May, useRefusedIn } from '@/ui/may';
import { notifyDone } from '@/ui/notify';
import classes from './alerts.module.css';
import { useAddAlert, useChangeAlert } from './api';
import { conditionOf, type Draft, ofKind, problem, requestOf, ruleOf, takesLimit, wishOf } from './draft';
import { SpanInput } from './span-input';
import { Trial } from './trial';
import { addCommand, conditionWords, editCommand, type Kind, type Named } from './words';

/** A button that leads to another channel, and says how it is called once it is there. */
export type ChannelSlot = (onAdded: (name: string) => void, label?: string) => React.ReactNode;

export interface Around {
  project: string;
  /** The component that the page is about; its rules are for it alone. */
  component?: string | undefined;
  components: readonly Named[];
  environments: readonly Named[];
  channels: readonly Channel[];
  addChannel: ChannelSlot;
}

interface RuleFormProps extends Around {
  /** What it begins with; null: closed. */
  draft: Draft | null;
  /** The one that is changed; a new one when not given. */
  alert?: Alert;
  onClose: () => void;
}

const TOP = 70;

/** A rule as a sentence in which each choice can be made, with what it would have told. */
export function RuleForm({ draft, onClose, alert, ...around }: RuleFormProps) {
  return (
    <Modal
      size={780}
      yOffset={TOP}
      centered={false}
      opened={draft !== null}
      onClose={onClose}
      title={alert ? `Alert ${alert.number}` : 'New alert'}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {draft && (alert ? <Change {...around} draft={draft} alert={alert} onClose={onClose} /> : <Add {...around} draft={draft} onClose={onClose} />)}
    </Modal>
  );
}

interface FormProps extends Around {
  draft: Draft;
  onClose: () => void;
}

function Add(props: FormProps) {
  const add = useAddAlert(props.project);
  const save = (body: NewAlert) =>
    add.mutate(body, {
      onSuccess: (made) => {
        notifyDone(`Alert ${made.number} looks at what ends from now on.`);
        props.onClose();
      },
    });
  return <Form {...props} action="Add the alert" command={(draft) => addCommand(props.project, wishOf(draft))} onSave={(draft) => save(requestOf(draft, true))} isBusy={add.isPending} error={add.error} />;
}

function Change({ alert, ...props }: FormProps & { alert: Alert }) {
  const change = useChangeAlert(props.project, alert.number);
  const save = (body: NewAlert) =>
    change.mutate(body, {
      onSuccess: () => {
        notifyDone(`Alert ${alert.number} is changed.`);
        props.onClose();
      },
    });
  return (
    <Form
      {...props}
      action="Save"
      note={alert.open > 0 ? 'Another rule begins anew: what is open ends without being told.' : undefined}
      command={(draft) => editCommand(props.project, alert, wishOf(draft))}
      onSave={(draft) => save(requestOf(draft, alert.is_on))}
      isBusy={change.isPending}
      error={change.error}
    />
  );
}

interface FieldsProps extends FormProps {
  action: string;
  note?: string | undefined;
  command: (draft: Draft) => string | null;
  onSave: (draft: Draft) => void;
  isBusy: boolean;
  error: unknown;
}

function Form({ draft: beginning, action, note, command, onSave, onClose, isBusy, error, ...around }: FieldsProps) {
  const [draft, setDraft] = useState(beginning);
  const [isSent, setSent] = useState(false);
  const { project, components, environments } = around;
  const chosen = environments.find((each) => each.slug === draft.environment);
  const refused = useRefusedIn(project, chosen ? [chosen] : environments);
  const missing = problem(draft) ?? (draft.channels.length === 0 ? 'Choose whom it tells.' : null);
  const { fields, rest } = formErrors(error, []);
  const line = command(draft);
  const submit = (event: React.SubmitEvent) => {
    event.preventDefault();
    setSent(true);
    if (!missing) onSave(draft);
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <RuleSentence {...around} draft={draft} onChange={(change) => setDraft((present) => ({ ...present, ...change }))} />
        <Trial project={project} rule={ruleOf(draft)} components={components} environments={environments} />
        {((isSent && missing) || rest || Object.keys(fields).length > 0) && (
          <Text role="alert" c="red" size="sm">
            {(isSent && missing) || rest}
          </Text>
        )}
        {note && (
          <Text size="sm" c="var(--ink-soft)">
            {note}
          </Text>
        )}
        {line && <CliHint command={line} whole />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <May do="operate" project={project} environment={refused ?? chosen}>
            <Button type="submit" loading={isBusy}>
              {action}
            </Button>
          </May>
        </Group>
      </Stack>
    </form>
  );
}

const KINDS: readonly Kind[] = ['failures', 'did_not_happen', 'runs_longer', 'starts_late', 'no_success'];

const KIND_WORDS: Record<Exclude<Kind, 'failures'>, string> = {
  did_not_happen: 'an occurrence does not happen',
  runs_longer: 'an execution runs longer than',
  starts_late: 'an occurrence starts later than',
  no_success: 'nothing has succeeded for',
};

interface SentenceProps extends Around {
  draft: Draft;
  onChange: (change: Partial<Draft>) => void;
}

function RuleSentence({ component, components, environments, channels, addChannel, draft, onChange }: SentenceProps) {
  const kindOptions = KINDS.map((kind) => ({
    value: kind,
    label: kind === 'failures' ? (draft.count === 1 ? 'execution fails' : 'executions in a row fail') : KIND_WORDS[kind],
  }));
  const bad = problem(draft) !== null;
  return (
    <fieldset className={classes['rule']} aria-label={`When ${conditionWords(conditionOf(draft))}`}>
      <span>When</span>
      {draft.kind === 'failures' && (
        <NumberInput
          size="xs"
          className={classes['count']}
          aria-label="Failures in a row"
          value={draft.count ?? ''}
          onChange={(value) => onChange({ count: typeof value === 'number' ? value : null })}
          min={1}
          max={1000}
          clampBehavior="none"
          allowDecimal={false}
          allowNegative={false}
          error={bad}
        />
      )}
      <NativeSelect
        size="xs"
        aria-label="What happens"
        data-autofocus
        data={kindOptions}
        value={draft.kind}
        onChange={(event) => onChange(ofKind(draft, KINDS.find((each) => each === event.currentTarget.value) ?? draft.kind))}
      />
      {takesLimit(draft.kind) && <SpanInput key={draft.kind} label="How long" value={draft.limitS} onChange={(limitS) => onChange({ limitS })} isBad={bad} />}
      {draft.kind === 'starts_late' && <span>after its due time</span>}
      {component === undefined && (
        <Choice label="Component" any="any component" all={components} value={draft.component} onChange={(next) => onChange({ component: next })} />
      )}
      <Choice label="Environment" any="any environment" all={environments} value={draft.environment} onChange={(next) => onChange({ environment: next })} />
      <span>tell</span>
      {channels.length > 0 && (
        <MultiSelect
          size="xs"
          className={classes['channels']}
          aria-label="Channels"
          placeholder={draft.channels.length === 0 ? 'whom?' : ''}
          data={channels.map((each) => each.name)}
          value={draft.channels}
          onChange={(next) => onChange({ channels: next })}
          onKeyDown={(event) => {
            if (event.key === 'Enter') event.preventDefault(); // it chooses, and never adds the alert
          }}
          hidePickedOptions
        />
      )}
      {addChannel((name) => onChange({ channels: [...draft.channels, name] }))}
      <NativeSelect
        size="xs"
        aria-label="When it is over"
        data={[
          { value: 'again', label: 'and again when it is over.' },
          { value: 'once', label: 'when it begins only.' },
        ]}
        value={draft.tellsEnd ? 'again' : 'once'}
        onChange={(event) => onChange({ tellsEnd: event.currentTarget.value === 'again' })}
      />
    </fieldset>
  );
}

interface ChoiceProps {
  label: string;
  any: string;
  all: readonly Named[];
  value: string | null;
  onChange: (value: string | null) => void;
}

function Choice({ label, any, all, value, onChange }: ChoiceProps) {
  const gone = value !== null && !all.some((each) => each.slug === value) ? [{ value, label: value }] : [];
  return (
    <span className={classes['choice']}>
      <span>in</span>
      <NativeSelect
        size="xs"
        aria-label={label}
        data={[{ value: '', label: any }, ...all.map((each) => ({ value: each.slug, label: each.name })), ...gone]}
        value={value ?? ''}
        onChange={(event) => onChange(event.currentTarget.value || null)}
      />
    </span>
  );
}
