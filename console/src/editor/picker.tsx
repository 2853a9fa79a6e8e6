import { Modal, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useId, useState } from 'react';
import { Sentence } from '@/ui/sentence';
import classes from './picker.module.css';

export interface Choice {
  key: string;
  group: string;
  title: string;
  detail: string;
  /** A key that does the same. */
  keys?: string;
  /** Code, shown with the detail of the one that is looked at. */
  code?: string;
}

interface PickerProps<T extends Choice> {
  title: string;
  placeholder: string;
  /** What there is for a question, in order; those of a group beside each other. */
  find: (question: string) => readonly T[];
  onPick: (choice: T) => void;
  onClose: () => void;
  /** Shown above the choices. */
  children?: React.ReactNode;
  /** What there is to choose from is on its way. */
  isLoading?: boolean;
  /** Why the last one could not be taken. */
  problem?: string | null;
}

/** A list to choose from by typing: arrows move, Enter takes, Escape leaves. */
export function Picker<T extends Choice>(props: PickerProps<T>) {
  return (
    <Modal opened onClose={props.onClose} title={props.title} size={640} centered={false} yOffset="8vh" closeButtonProps={{ 'aria-label': 'Close' }} classNames={{ body: classes['body'] ?? '' }}>
      <Choosing {...props} />
    </Modal>
  );
}

function Choosing<T extends Choice>({ title, placeholder, find, onPick, children, isLoading = false, problem }: PickerProps<T>) {
  const [question, setQuestion] = useState('');
  const [at, setAt] = useState(0);
  const list = useId();
  const found = find(question);
  const index = Math.min(at, found.length - 1);
  const looked = found[index];
  const move = (to: number) => {
    const next = Math.max(0, Math.min(found.length - 1, to));
    setAt(next);
    document.getElementById(`${list}-${next}`)?.scrollIntoView({ block: 'nearest' });
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const go: Record<string, () => void> = {
      ArrowDown: () => move(index + 1),
      ArrowUp: () => move(index - 1),
      PageDown: () => move(index + 8),
      PageUp: () => move(index - 8),
      Enter: () => looked && onPick(looked),
    };
    const action = go[event.key];
    if (!action || event.nativeEvent.isComposing) return;
    event.preventDefault();
    action();
  };
  return (
    <>
      <TextInput
        data-autofocus
        role="combobox"
        aria-expanded="true"
        aria-controls={list}
        aria-activedescendant={looked ? `${list}-${index}` : undefined}
        aria-label={title}
        placeholder={placeholder}
        leftSection={<IconSearch size={15} aria-hidden />}
        value={question}
        onChange={(event) => {
          setQuestion(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
        spellCheck={false}
        autoComplete="off"
      />
      {children}
      {problem && (
        <p role="alert" className={classes['problem']}>
          {problem}
        </p>
      )}
      <div className={classes['columns']}>
        <div role="listbox" id={list} aria-label={title} className={classes['list']}>
          {found.map((choice, number) => (
            <div key={`${choice.group} ${choice.key}`} role="presentation">
              {question === '' && choice.group !== found[number - 1]?.group && (
                <div className={classes['group']} role="presentation">
                  {choice.group}
                </div>
              )}
              <div
                role="option"
                id={`${list}-${number}`}
                aria-selected={number === index}
                className={classes['choice']}
                onMouseMove={() => number !== index && setAt(number)}
                onClick={() => onPick(choice)}
              >
                <span>{choice.title}</span>
                {choice.keys && <kbd>{choice.keys}</kbd>}
              </div>
            </div>
          ))}
          {found.length === 0 && <p className={classes['none']}>{isLoading ? 'One moment …' : 'Nothing of that name.'}</p>}
        </div>
        {looked && (looked.detail || looked.code) && (
          <div className={classes['detail']} aria-live="polite">
            <strong>{looked.title}</strong>
            {looked.detail && <p><Sentence>{looked.detail}</Sentence></p>}
            {looked.code && <pre>{looked.code}</pre>}
          </div>
        )}
      </div>
    </>
  );
}
