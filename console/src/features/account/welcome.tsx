import { Button, Loader, Text } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useState } from 'react';
import { Navigate, useLocation } from 'react-router';
import { cameFrom } from '@/lib/came-from';
import { isUnauthenticated } from '@/lib/errors';
import { addresses } from '@/lib/addresses';
import { Failed } from '@/ui/states';
import { useAccount } from './api';
import { Introduction } from './introduction';

const LATER = 'clockhouse.password-later';

/** After a link: asks for a name and a password of one's own, once; whoever has one, or wants none now, just goes on. */
export function Welcome() {
  useDocumentTitle('Welcome · Clockhouse');
  const { state } = useLocation();
  const account = useAccount();
  const [isOver, setOver] = useState(() => window.localStorage.getItem(LATER) !== null);
  const onward = <Navigate to={cameFrom(state)} replace />;
  if (isOver) return onward;
  if (isUnauthenticated(account.error)) return <Navigate to={addresses.signIn} replace />;
  if (account.error) return <Failed error={account.error} onRetry={() => void account.refetch()} />;
  if (!account.data) return <Loader size="xs" />;
  if (account.data.has_password || account.data.is_linked) return onward;
  const later = () => {
    window.localStorage.setItem(LATER, '1');
    setOver(true);
  };
  return (
    <>
      <div>
        <h1 style={{ margin: '0 0 6px', fontSize: '1.25rem', fontWeight: 620 }}>{account.data.login === null ? 'Welcome to Clockhouse' : `Welcome, ${account.data.name}`}</h1>
        <Text c="var(--ink-soft)" size="sm">
          {account.data.login === null
            ? 'The link has signed you in as the administrator, and is used up. Say who you are, and choose a password to come back with.'
            : 'The link has signed you in, and is used up. Choose a password to come back with.'}
        </Text>
      </div>
      <Introduction account={account.data} onDone={() => setOver(true)}>
        <Button variant="subtle" onClick={later}>
          Later
        </Button>
      </Introduction>
    </>
  );
}
