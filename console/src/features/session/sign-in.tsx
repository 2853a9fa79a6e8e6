import { Loader } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import { Navigate, useLocation, useNavigate } from 'react-router';
import { addresses } from '@/lib/addresses';
import { cameFrom } from '@/lib/came-from';
import { toApiError } from '@/lib/errors';
import { Fold } from '@/ui/fold';
import { Sentence } from '@/ui/sentence';
import { useExchange, useSession, useWays } from './api';
import { LinkForm, tokenOf } from './link-form';
import { PasswordForm } from './password-form';
import classes from './sign-in.module.css';

/** Signs in with the one-time token of the address, or with a password; says where to get a fresh address. */
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

  if (exchange.data) return <Navigate to={addresses.welcome} replace state={{ from: cameFrom(state) }} />;
  if (session.data) return <Navigate to={cameFrom(state)} replace />;
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
  const ways = useWays();
  if (ways.isPending) return <Busy />;
  const passwords = ways.data?.passwords ?? false;
  return (
    <div className={classes['ask']}>
      <h1 className={classes['title']}>Sign in</h1>
      {error ? (
        <p role="alert" className={classes['problem']}>
          <Sentence>{toApiError(error).message}</Sentence>
        </p>
      ) : null}
      {passwords ? (
        <>
          <PasswordForm />
          <Fold title="Sign in with a link">
            <LinkForm onToken={onToken} />
          </Fold>
        </>
      ) : (
        <>
          {!error && (
            <p className={classes['text']}>
              Clockhouse signs you in with an address of its own. It printed one in the terminal when it started: open that.
            </p>
          )}
          <LinkForm onToken={onToken} />
        </>
      )}
    </div>
  );
}
