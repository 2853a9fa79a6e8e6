import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { toApiError } from '@/lib/errors';
import { Sentence } from '@/ui/sentence';
import { usePasswordSignIn } from './api';
import classes from './sign-in.module.css';

/** Login and password. The session that comes of it leads on by itself. */
export function PasswordForm() {
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const signIn = usePasswordSignIn();
  const submit = (event: React.SubmitEvent) => {
    event.preventDefault();
    signIn.mutate({ login, password });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <TextInput
          label="Login"
          value={login}
          onChange={(event) => setLogin(event.currentTarget.value)}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          data-autofocus
          required
          withAsterisk={false}
        />
        <PasswordInput
          label="Password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          autoComplete="current-password"
          required
          withAsterisk={false}
        />
        {signIn.error ? (
          <p role="alert" className={classes['problem']}>
            <Sentence>{toApiError(signIn.error).message}</Sentence>
          </p>
        ) : null}
        <Button type="submit" loading={signIn.isPending} disabled={!login.trim() || !password}>
          Sign in
        </Button>
      </Stack>
    </form>
  );
}
