import { Button, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { slugOf } from '@/lib/format';
import type { Person } from '@/lib/types';
import { formErrors } from '@/ui/form-errors';
import { useChangeAccount, useChangePassword } from './api';

interface IntroductionProps {
  account: Person;
  onDone: () => void;
  /** Beside the button. */
  children: React.ReactNode;
}

/** Asks somebody who has come by a link what to call them, what they sign in with, and for a password of their own. */
export function Introduction({ account, onDone, children }: IntroductionProps) {
  const [name, setName] = useState(account.name);
  const [typedLogin, setLogin] = useState<string | null>(null);
  const [password, setPassword] = useState('');
  const rename = useChangeAccount();
  const change = useChangePassword();
  const refused = formErrors(rename.error ?? change.error, ['name', 'login', 'new']);
  const login = account.login ?? typedLogin ?? loginOf(name);
  const submit = async () => {
    rename.reset();
    change.reset();
    if (name.trim() !== account.name) await rename.mutateAsync({ name: name.trim() });
    await change.mutateAsync({ old: null, new: password, login: account.login === null ? login.trim() : null });
    onDone();
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit().catch(() => undefined); // what was refused stands at its field
      }}
    >
      <Stack gap="sm">
        <TextInput
          label="Name"
          description="What commits and histories call you."
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          onFocus={(event) => event.currentTarget.select()}
          maxLength={80}
          error={refused.fields['name'] ?? (rename.error ? refused.rest : null)}
          autoComplete="name"
          data-autofocus
        />
        {account.login === null ? (
          <TextInput
            label="Login"
            description="What you sign in with: a short name, or an address for mail."
            value={login}
            onChange={(event) => setLogin(event.currentTarget.value)}
            error={refused.fields['login']}
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
          />
        ) : (
          // Also for the browser's password manager, which keeps both together.
          <TextInput label="Login" description="You were invited under it." value={login} autoComplete="username" readOnly />
        )}
        <PasswordInput
          label="Password"
          description="At least 12 characters. Several words are good."
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          error={refused.fields['new']}
          autoComplete="new-password"
        />
        {refused.rest && !rename.error && (
          <Text role="alert" c="red" size="sm">
            {refused.rest}
          </Text>
        )}
        <div style={{ display: 'flex', flexWrap: 'wrap', gap: 8 }}>
          <Button type="submit" loading={rename.isPending || change.isPending} disabled={!name.trim() || !login.trim() || !password}>
            Set the password
          </Button>
          {children}
        </div>
      </Stack>
    </form>
  );
}

/** What somebody of this name might sign in with, until they say otherwise. */
const loginOf = (name: string): string => slugOf(name.trim()).replaceAll('-', '.');
