import { Button, NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Mapper } from '@/lib/types';
import type { Apply } from '../use-edits';
import classes from './mapper.module.css';

interface SampleFormProps {
  mapper: Mapper;
  /** What to begin with: an input, or the output when empty; null for whichever comes first. */
  first: string | null;
  apply: Apply;
  onDone: () => void;
}

/** Types from a piece of JSON, for an input or for what goes out. */
export function SampleForm({ mapper, first, apply, onDone }: SampleFormProps) {
  const [whose, setWhose] = useState(first ?? mapper.sources[0]?.name ?? '');
  const [name, setName] = useState('');
  const [sample, setSample] = useState('');
  const [refused, setRefused] = useState<string | null>(null);
  const suggested = whose ? whose.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase()) : 'Result';
  const save = async () => {
    const told = await apply({ op: 'map_sample', function: mapper.function, parameter: whose || null, name: name.trim() || suggested, sample });
    if (told === null) onDone();
    else setRefused(told);
  };
  return (
    <form
      className={classes['sample']}
      aria-label="Types from a sample"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <NativeSelect size="xs" label="For" value={whose} onChange={(event) => setWhose(event.currentTarget.value)} data={[...mapper.sources.map((each) => ({ value: each.name, label: each.name })), { value: '', label: 'the output' }]} />
      <TextInput size="xs" label="Name of the type" placeholder={suggested} value={name} onChange={(event) => setName(event.currentTarget.value)} autoComplete="off" />
      <Textarea
        size="xs"
        label="A sample, as JSON"
        className={classes['json'] ?? ''}
        classNames={{ input: 'mono' }}
        rows={5}
        value={sample}
        onChange={(event) => {
          setSample(event.currentTarget.value);
          setRefused(null);
        }}
        error={refused}
        spellCheck={false}
      />
      <div className={classes['buttons']}>
        <Button type="submit" disabled={!sample.trim()}>
          Make types
        </Button>
        <Button variant="default" onClick={onDone}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
