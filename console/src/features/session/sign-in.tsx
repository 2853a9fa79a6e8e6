import { Button, Loader, TextInput } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import { Navigate, useLocation, useNavigate } from 'react-router';
import { addresses } from '@/lib/addresses';
import { toApiError } from '@/lib/errors';
import { CliHint } from '@/ui/cli-hint';
import { Sentence } from '@/ui/sentence';
import { useExchange, useSession } from './api';
import classes from './sign-in.module.css';

/** Signs in with the one-time token of the address; says where to get a fresh address when that cannot be. */
export function SignIn() {
  useDocumentTitle('Sign in · Clockhouse');
  const { hash, state } = useLocation();
  const navigate = useNavigate();
  const [token, setToken] = useState(() => tokenOf(hash));
  // An address opened in this very tab changes the hash and nothing else.
  const opened = tokenOf(hash);
  if (opened && opened !== token) setToken(opened);
  const exchange = useExchange(token);
  // Somebody who is signed in already and opens a used address just goes on.
  const session = useSession(!token || exchange.isError);

  useEffect(() => {
    // The token must not stay in the address bar or in the history.
    if (hash) void navigate(addresses.signIn, { replace: true, state: state as unknown });
  }, [hash, state, navigate]);

  if (session.data) return <Navigate to={from(state)} replace />;
  if (token ? exchange.isPending : session.isPending) return <Busy />;
  return <Ask error={exchange.error} onToken={setToken} />;
}

function Busy() {
  return (
    <p className={classes['busy']} role="status">
      <Loader size="xs" /> Signing you in…
    </p>
  );
}

function Ask({ error, onToken }: { error: unknown; onToken: (token: string) => void }) {
  const [pasted, setPasted] = useState('');
  const submit = (event: React.SubmitEvent) => {
    event.preventDefault();
    const token = tokenOf(pasted) ?? pasted.trim();
    if (token) onToken(token);
  };
  return (
    <div className={classes['ask']}>
      <h1 className={classes['title']}>Sign in</h1>
      {error ? (
        <p role="alert" className={classes['problem']}>
          <Sentence>{toApiError(error).message}</Sentence>
        </p>
      ) : (
        <p className={classes['text']}>
          Clockhouse signs you in with an address of its own. It printed one in the terminal when it started: open that.
        </p>
      )}
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
        <Button type="submit" size="sm" disabled={!pasted.trim()}>
          Sign in
        </Button>
      </form>
    </div>
  );
}

/** The token in an address or its fragment; null when there is none. */
function tokenOf(text: string): string | null {
  return /[#&?]token=([^&\s]+)/.exec(text)?.[1] ?? null;
}

/** Where the person wanted to go before signing in: an address of ours, nothing else. */
function from(state: unknown): string {
  const wanted = typeof state === 'object' && state !== null && 'from' in state ? state.from : null;
  return typeof wanted === 'string' && /^\/(?!\/)/.test(wanted) ? wanted : addresses.home;
}
