import { Button, Loader } from '@mantine/core';
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

/** What the way back from a provider may say: never a sentence of the address, which anybody can make up. */
const REFUSALS: Readonly<Record<string, string>> = {
  away: 'The provider does not answer as it should. Try again, or sign in another way.',
  stranger: 'The provider knows you, but nobody has invited you to this Clockhouse. Ask an administrator.',
  refused: 'The sign-in with the provider did not work. Begin again; if it goes on, ask an administrator.',
};

/** Signs in with the one-time token of the address, or with a password; says where to get a fresh address. */
export function SignIn() {
  useDocumentTitle('Sign in · Clockhouse');
  const { hash, state, search } = useLocation();
  const refusal = REFUSALS[new URLSearchParams(search).get('openid') ?? ''] ?? null;
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
  return <Ask error={exchange.error} refusal={refusal} to={cameFrom(state)} onToken={setToken} />;
}

function Busy() {
  return (
    <p className={classes['busy']} role="status">
      <Loader size="xs" /> Signing you in…
    </p>
  );
}

interface AskProps {
  error: unknown;
  /** Why a provider's way did not lead in. */
  refusal: string | null;
  /** Where the person wanted to go. */
  to: string;
  onToken: (token: string) => void;
}

function Ask({ error, refusal, to, onToken }: AskProps) {
  const ways = useWays();
  if (ways.isPending) return <Busy />;
  const passwords = ways.data?.passwords ?? false;
  return (
    <div className={classes['ask']}>
      <h1 className={classes['title']}>Sign in</h1>
      {error || refusal ? (
        <p role="alert" className={classes['problem']}>
          <Sentence>{error ? toApiError(error).message : (refusal ?? '')}</Sentence>
        </p>
      ) : null}
      {ways.error && (
        <div role="alert" className={classes['problem']}>
          <Sentence>{`How to sign in here could not be asked for. ${toApiError(ways.error).message}`}</Sentence>
          <Button variant="subtle" size="compact-sm" onClick={() => void ways.refetch()} loading={ways.isFetching}>
            Try again
          </Button>
        </div>
      )}
      {(ways.data?.providers ?? []).map((each) => (
        <Button key={each.url} component="a" href={`${each.url}?to=${encodeURIComponent(to)}`} variant={passwords ? 'default' : 'filled'}>
          Sign in with {each.name}
        </Button>
      ))}
      {passwords ? (
        <>
          <PasswordForm />
          <Fold title="Sign in with a link">
            <LinkForm onToken={onToken} />
          </Fold>
        </>
      ) : (
        <>
          {!error && !ways.error && (
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
