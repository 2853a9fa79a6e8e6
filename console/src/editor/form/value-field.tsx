import { NumberInput, Select, Switch, TagsInput, TextInput } from '@mantine/core';
import classes from './form.module.css';
import { type Literal, literalOf, type Plain, type Takes, written } from './literals';

export interface ValueFieldProps {
  id: string;
  label: string;
  takes: Takes;
  /** As Python; null when there is none. */
  text: string | null;
  /** What holds without one, as Python. */
  byDefault: string | null;
  isRequired: boolean;
  isWrong: boolean;
  describedBy: string;
  onWrite: (text: string) => void;
  /** Applies what is written, or this; null takes the value away. */
  onCommit: (text?: string | null) => void;
  onRevert: () => boolean;
  /** What is typed is no plain value, but this expression. */
  onExpression: (text: string) => void;
}

/** A plain value, edited as what it is; the source gets it as Python writes it. */
export function ValueField(props: ValueFieldProps) {
  switch (props.takes.kind) {
    case 'flag':
      return <FlagField {...props} />;
    case 'choice':
      return <ChoiceField {...props} choices={props.takes.choices} />;
    case 'list':
      return <ListField {...props} of={props.takes.of} />;
    case 'integer':
    case 'number':
      return <NumberField {...props} isWhole={props.takes.kind === 'integer'} />;
    case 'text':
      return <TextField {...props} />;
  }
}

const common = ({ id, label, isWrong, describedBy, isRequired }: ValueFieldProps) =>
  ({ id, 'aria-label': label, 'aria-describedby': describedBy, 'aria-invalid': isWrong, 'aria-required': isRequired, error: isWrong, size: 'xs' }) as const;

const keysOf = ({ onCommit, onRevert }: ValueFieldProps) => (event: React.KeyboardEvent) => {
  if (event.key === 'Enter') onCommit();
  if (event.key === 'Escape' && onRevert()) event.stopPropagation();
};

const shown = (text: string | null): string => {
  const value = text === null ? undefined : literalOf(text);
  return value === undefined || value === null ? '' : String(value);
};

function TextField(props: ValueFieldProps) {
  const { text, byDefault, onWrite, onCommit } = props;
  return (
    <TextInput
      {...common(props)}
      value={shown(text)}
      placeholder={shown(byDefault) || undefined}
      onChange={(event) => onWrite(written(event.currentTarget.value, text ?? ''))}
      onBlur={() => onCommit()}
      onKeyDown={keysOf(props)}
      autoComplete="off"
      spellCheck={false}
    />
  );
}

function NumberField(props: ValueFieldProps & { isWhole: boolean }) {
  const { text, byDefault, isWhole, onWrite, onCommit, onExpression } = props;
  const onKeyDown = (event: React.KeyboardEvent<HTMLInputElement>) => {
    const { value, selectionStart, selectionEnd } = event.currentTarget;
    const [from, to] = [selectionStart ?? value.length, selectionEnd ?? value.length];
    const isTyped = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
    // A letter that no number has would be left out: “5 * 60” is meant, not 560.
    if (!isTyped || ofNumber(event.key, from, isWhole)) return keysOf(props)(event);
    event.preventDefault();
    onExpression(value.slice(0, from) + event.key + value.slice(to));
  };
  return (
    <NumberInput
      {...common(props)}
      value={text ?? ''}
      placeholder={byDefault ?? undefined}
      allowDecimal={!isWhole}
      clampBehavior="none"
      hideControls
      onChange={(value) => onWrite(String(value))}
      onBlur={() => onCommit()}
      onKeyDown={onKeyDown}
    />
  );
}

const ofNumber = (letter: string, at: number, isWhole: boolean): boolean => /\d/.test(letter) || (letter === '.' && !isWhole) || (letter === '-' && at === 0);

function FlagField(props: ValueFieldProps) {
  const { text, byDefault, onCommit } = props;
  if (text !== null) {
    const value = literalOf(text) === true;
    return <Switch {...common(props)} size="sm" checked={value} label={value ? 'yes' : 'no'} onChange={(event) => onCommit(written(event.currentTarget.checked))} />;
  }
  return <ChoiceField {...props} choices={[true, false]} byDefault={byDefault} />;
}

const plainWords = (value: Plain): string => (value === true ? 'yes' : value === false ? 'no' : String(value ?? 'None'));

function ChoiceField(props: ValueFieldProps & { choices: readonly Plain[] }) {
  const { text, byDefault, choices, isRequired, onCommit } = props;
  const at = text === null ? -1 : choices.findIndex((choice) => choice === literalOf(text));
  const usual = byDefault === null ? undefined : literalOf(byDefault);
  return (
    <Select
      {...common(props)}
      data={choices.map((choice, index) => ({ value: String(index), label: plainWords(choice) }))}
      value={at < 0 ? null : String(at)}
      placeholder={usual === undefined || Array.isArray(usual) ? 'Choose one' : plainWords(usual as Plain)}
      allowDeselect={!isRequired}
      clearable={!isRequired && text !== null}
      searchable={choices.length > 8}
      onChange={(chosen) => onCommit(chosen === null ? null : written(choices[Number(chosen)] ?? null))}
    />
  );
}

function ListField(props: ValueFieldProps & { of: 'text' | 'integer' | 'number' | 'flag' }) {
  const { text, of, onCommit } = props;
  const value: Literal | undefined = text === null ? [] : literalOf(text);
  const items = Array.isArray(value) ? value.map(String) : [];
  const itemOf = (item: string): string => (of === 'text' ? written(item) : of === 'flag' ? (/^(yes|true)$/i.test(item) ? 'True' : 'False') : item.trim());
  return (
    <TagsInput
      {...common(props)}
      value={items}
      onChange={(next) => onCommit(`[${next.map(itemOf).join(', ')}]`)}
      splitChars={[',']}
      acceptValueOnBlur
      className={classes['tags'] ?? ''}
      placeholder={items.length === 0 ? 'Enter adds one' : ''}
    />
  );
}
