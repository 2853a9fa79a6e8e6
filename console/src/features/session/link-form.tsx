import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { CliHint } from '@/ui/cli-hint';
import classes from './sign-in.module.css';

/** Says where a fresh address comes from, and takes one that is pasted. */
export function LinkForm({ onToken }: { onToken: (token: string) => void }) {
  const [pasted, setPasted] = useState('');
  const submit = (event: React.SubmitEvent) => {
    event.preventDefault();
    const token = tokenOf(pasted) ?? pasted.trim();
    if (token) onToken(token);
  };
  return (
    <div className={classes['ask']}>
      <div className={classes['step']}>
        <span>For a fresh address, on the machine that runs Clockhouse:</span>
        <CliHint command="sign-in" />
      </div>
      <form onSubmit={submit} className={classes['form']}>
        <TextInput
          label="Or paste the address here"
          placeholder={`${window.location.origin}/sign-in#token=…`}
          value={pasted}
          onChange={(event) => setPasted(event.currentTarget.value)}
          autoComplete="off"
          spellCheck={false}
          className={classes['input'] ?? ''}
        />
        <Button type="submit" size="sm" variant="default" disabled={!pasted.trim()}>
          Use it
        </Button>
      </form>
    </div>
  );
}

/** The token in an address or its fragment; null when there is none. */
export function tokenOf(text: string): string | null {
  return /[#&?]token=([^&\s]+)/.exec(text)?.[1] ?? null;
}
