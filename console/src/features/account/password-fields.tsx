import { Button, Checkbox, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Person } from '@/lib/types';
import { formErrors } from '@/ui/form-errors';
import { useChangePassword, useTokens } from './api';

interface PasswordFieldsProps {
  account: Person;
  onDone: () => void;
  /** Beside the button. */
  children?: React.ReactNode;
}

/** Asks for the old password where there is one, for a login where there is none, and for the new password. */
export function PasswordFields({ account, onDone, children }: PasswordFieldsProps) {
  const [login, setLogin] = useState('');
  const [old, setOld] = useState('');
  const [password, setPassword] = useState('');
  const [withTokens, setWithTokens] = useState(false);
  const tokens = useTokens();
  const change = useChangePassword();
  const { fields, rest } = formErrors(change.error, ['login', 'old', 'new']);
  const needsLogin = account.login === null;
  const isReady = password !== '' && (!account.has_password || old !== '') && (!needsLogin || login.trim() !== '');
  const submit = (event: React.SubmitEvent) => {
    event.preventDefault();
    const body = { old: account.has_password ? old : null, new: password, login: needsLogin ? login.trim() : null, withdraw_tokens: withTokens };
    change.mutate(body, {
      onSuccess: () => {
        setOld('');
        setPassword('');
        setWithTokens(false);
        onDone();
      },
    });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {needsLogin ? (
          <TextInput
            label="Login"
            description="An address for mail, or a short name."
            value={login}
            onChange={(event) => setLogin(event.currentTarget.value)}
            error={fields['login']}
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
          />
        ) : (
          // For the browser's password manager, which keeps both together.
          <input type="hidden" name="username" autoComplete="username" value={account.login ?? ''} />
        )}
        {account.has_password && (
          <PasswordInput
            label="Present password"
            value={old}
            onChange={(event) => setOld(event.currentTarget.value)}
            error={fields['old']}
            autoComplete="current-password"
          />
        )}
        <PasswordInput
          label={account.has_password ? 'New password' : 'Password'}
          description="At least 12 characters. Several words are good."
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          error={fields['new']}
          autoComplete="new-password"
        />
        {account.has_password && Boolean(tokens.data?.length) && (
          <Checkbox
            label="Withdraw my access tokens, too"
            description="If somebody else may know the password. Programs that show such a token are refused from then on."
            checked={withTokens}
            onChange={(event) => setWithTokens(event.currentTarget.checked)}
          />
        )}
        {rest && (
          <Text role="alert" c="red" size="sm">
            {rest}
          </Text>
        )}
        <div style={{ display: 'flex', flexWrap: 'wrap', gap: 8 }}>
          <Button type="submit" loading={change.isPending} disabled={!isReady}>
            {account.has_password ? 'Change the password' : 'Set the password'}
          </Button>
          {children}
        </div>
      </Stack>
    </form>
  );
}
