import { Button, TextInput } from '@mantine/core';
import { useId, useRef, useState } from 'react';
import { useFault } from './api';
import { ExpressionField } from './expression-field';
import type { FieldProps } from './field';
import classes from './form.module.css';
import type { Row } from './rows';

interface AddArgumentProps extends Omit<FieldProps, 'row'> {
  /** The number that it gets when it goes by place. */
  placed: number;
  onDone: () => void;
}

/** One more argument for a call of which nobody knows what it takes: by place, or by its name. */
export function AddArgument({ placed, onDone, onSet, surroundings, signatureOf }: AddArgumentProps) {
  const [name, setName] = useState('');
  const [text, setText] = useState('');
  const [refused, setRefused] = useState<string | null>(null);
  const describedBy = useId();
  const isBusy = useRef(false);
  const fault = useFault(text || null, 'expression', name ? 'keyword' : 'argument');
  const wrong = refused ?? fault;
  const add = async () => {
    if (isBusy.current || !text.trim()) return;
    isBusy.current = true;
    const told = await onSet(rowFor(name.trim() || `arg${placed}`), text);
    isBusy.current = false;
    if (told === null) onDone();
    else setRefused(told);
  };
  return (
    <div className={classes['adding']} role="group" aria-label="New argument">
      <TextInput size="xs" label="Name" description="Empty for the next one by place." value={name} onChange={(event) => setName(event.currentTarget.value)} classNames={{ input: 'mono' }} data-autofocus autoFocus autoComplete="off" />
      <span className={classes['label']}>Value</span>
      <ExpressionField
        label="Value of the new argument"
        value={text}
        onChange={(next) => {
          setText(next);
          setRefused(null);
        }}
        onApply={() => void add()}
        onRevert={() => {
          onDone();
          return true;
        }}
        surroundings={surroundings}
        signatureOf={signatureOf}
        isWrong={wrong !== null}
        describedBy={describedBy}
      />
      <div id={describedBy} className={classes['told']}>
        {wrong !== null && (
          <p className={classes['wrong']} role="alert">
            {wrong}
          </p>
        )}
      </div>
      <div className={classes['buttons']}>
        <Button disabled={!text.trim()} onClick={() => void add()}>
          Add
        </Button>
        <Button variant="default" onClick={onDone}>
          Cancel
        </Button>
      </div>
    </div>
  );
}

const rowFor = (field: string): Row => ({
  key: field,
  branch: null,
  field,
  title: field,
  documentation: '',
  kind: 'expression',
  role: null,
  type: null,
  text: null,
  default: null,
  isRequired: true,
  isRemovable: false,
});
