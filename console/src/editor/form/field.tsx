import { ActionIcon, Tooltip } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useEffect, useId, useRef, useState } from 'react';
import { Sentence } from '@/ui/sentence';
import { type Surroundings, useFault } from './api';
import { type Draft, type Drafts, useDraft } from './drafts';
import { ExpressionField, type ExpressionHandle } from './expression-field';
import classes from './form.module.css';
import { fits, literalOf, type Takes, takesLike, takesOf } from './literals';
import { NameField } from './name-field';
import type { Row } from './rows';
import type { Signature } from './signature';
import { ValueField } from './value-field';

export interface FieldProps {
  row: Row;
  /** Of the step: what is typed is kept under it. */
  id: string;
  drafts: Drafts;
  surroundings: Surroundings;
  signatureOf: (name: string) => Signature | null;
  /** The key of the row in which one begins. */
  begin: string | null;
  /** Null takes the field away. Answers null, or why it is not done. */
  onSet: (row: Row, text: string | null) => Promise<string | null>;
  onRename: (row: Row, name: string) => Promise<string | null>;
}

/** One field of a step, with what it is for and what is wrong with it; a plain value is edited as such. */
export function Field(props: FieldProps) {
  const { row, id, drafts, surroundings, signatureOf, begin, onSet, onRename } = props;
  const [isRenaming, setRenaming] = useState(false);
  const isDefinition = row.kind === 'identifier';
  const renames = row.text !== null && (isRenaming || isDefinition);
  const draft = useDraft(drafts, `${id} ${row.key}`, row.text, async (text) => {
    const refused = text !== null && renames ? await onRename(row, text) : await onSet(row, text === '' && isOptional(row) ? null : text);
    if (refused === null) setRenaming(false);
    return refused;
  });
  const fault = useFault(draft.typed !== null && draft.typed !== '' ? draft.typed : null, row.kind, row.role);
  const wrong = draft.refused ?? fault;
  const [wanted, setWanted] = useState<'value' | 'expression' | null>(null);
  const describedBy = useId();
  const takes = row.kind === 'expression' ? takesOf(row.type) : null;
  const value = isCondition(row) ? null : valueTakes(draft.text, takes);
  const asValue = value !== null && (wanted ?? (isPlain(draft.text, value) ? 'value' : 'expression')) === 'value';
  // “1” may become “1 + rate”: what is being typed does not change into another field under the fingers.
  const [isHere, setHere] = useState(false);
  const [wasValue, setWasValue] = useState(asValue);
  const isValue = asValue && (wasValue || !isHere);
  if (isValue !== wasValue) setWasValue(isValue);
  const choose = (form: 'value' | 'expression') => {
    setWanted(form);
    setWasValue(form === 'value');
  };
  const line = useRef<ExpressionHandle>(null);
  const [isTypedOn, setTypedOn] = useState(false);
  useEffect(() => {
    if (isTypedOn) line.current?.focus();
  }, [isTypedOn]);
  const typeOn = (text: string) => {
    draft.write(text);
    choose('expression');
    setTypedOn(true);
  };
  const label = isRenaming ? `${row.title}: new name, everywhere` : row.title;
  const common = { label, isWrong: wrong !== null, describedBy };
  return (
    <div
      className={classes['field']}
      data-wrong={wrong !== null || undefined}
      data-begin={row.key === begin || undefined}
      onFocus={() => setHere(true)}
      onBlur={(event) => {
        const isStill = event.currentTarget.contains(event.relatedTarget);
        setHere(isStill);
        if (!isStill) setTypedOn(false);
      }}
    >
      <div className={classes['head']}>
        <span className={classes['label']}>
          {label}
          {row.isRequired && row.text === null && <span aria-hidden> *</span>}
        </span>
        {row.type && <code className={classes['type']}>{row.type}</code>}
        <span className={classes['tools']}>
          {value !== null && (
            <button type="button" className={classes['switch']} onClick={() => choose(isValue ? 'expression' : 'value')}>
              {isValue ? 'Expression' : 'Value'}
              <span className={classes['hidden']}> for {row.title}</span>
            </button>
          )}
          {row.isRemovable && row.text !== null && (
            <Tooltip label={row.role === null ? 'Remove' : 'Remove this argument'}>
              <ActionIcon size="xs" aria-label={`Remove ${row.title}`} onClick={() => void draft.commit(null)}>
                <IconX size={12} stroke={2} aria-hidden />
              </ActionIcon>
            </Tooltip>
          )}
        </span>
      </div>
      {isValue ? (
        <ValueField {...common} id={`${describedBy}-value`} takes={value} text={draft.text} byDefault={row.default} isRequired={row.isRequired} onWrite={draft.write} onCommit={draft.commit} onRevert={draft.revert} onExpression={typeOn} />
      ) : isName(row) ? (
        <NameField {...common} draft={draft} canRename={row.text !== null && !isDefinition} isRenaming={isRenaming} onRenaming={setRenaming} />
      ) : (
        <ExpressionField
          ref={line}
          {...common}
          value={draft.text ?? ''}
          hint={row.default ?? ''}
          onChange={draft.write}
          onApply={draft.commit}
          onBlur={draft.commit}
          onRevert={draft.revert}
          surroundings={surroundings}
          signatureOf={signatureOf}
          withInserts={row.kind === 'expression'}
        />
      )}
      <Told id={describedBy} row={row} wrong={wrong} draft={draft} />
    </div>
  );
}

function Told({ id, row, wrong, draft }: { id: string; row: Row; wrong: string | null; draft: Draft }) {
  return (
    <div id={id} className={classes['told']}>
      {row.documentation && <p><Sentence>{row.documentation}</Sentence></p>}
      {wrong !== null && (
        <p className={classes['wrong']} role="alert">
          {wrong}
          {draft.refused !== null && ' The source is as it was; what you typed stays here.'}
        </p>
      )}
    </div>
  );
}

const isOptional = (row: Row): boolean => row.text === null || row.isRemovable;

/** A name that stands alone: what a variable, a function or a type is called. */
const isName = (row: Row): boolean => (row.kind === 'target' || row.kind === 'identifier') && /^(?:[^\W\d]\w*)?$/u.test(row.text ?? '');

/** What decides is worked out: a switch for True would only be in the way. */
const isCondition = (row: Row): boolean => row.field === 'condition';

/** What the field for a value takes; null where only an expression makes sense. */
function valueTakes(text: string | null, takes: Takes | null): Takes | null {
  if (takes !== null) return takes;
  return takesLike(text);
}

/** Whether the present text is such a value, or nothing yet. */
function isPlain(text: string | null, takes: Takes): boolean {
  return text === null || text === '' || fits(literalOf(text), takes) || isHalfNumber(text, takes);
}

/** A number that is being typed. */
const isHalfNumber = (text: string, takes: Takes): boolean => (takes.kind === 'number' || takes.kind === 'integer') && /^-?\d*\.?\d*$/.test(text);
