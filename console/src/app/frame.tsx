import { IconListDetails, IconServer2 } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Navigate, NavLink, Outlet, ScrollRestoration, useLocation, useNavigation } from 'react-router';
import { useSession } from '@/features/session/api';
import { addresses } from '@/lib/addresses';
import { listen } from '@/lib/events';
import { refresh } from '@/lib/query';
import type { Session } from '@/lib/types';
import { Failed } from '@/ui/states';
import { Breadcrumb } from './breadcrumb';
import { ColourScheme } from './colour-scheme';
import classes from './frame.module.css';
import { Logo } from './logo';
import { Outage } from './outage';
import { UserMenu } from './user-menu';

/** What stands around every page: the header, and the live connection that keeps lists fresh. */
export function Frame() {
  const session = useSession();
  const { pathname, search } = useLocation();
  if (session.isPending) return null;
  if (session.data) return <SignedIn session={session.data} />;
  if (session.data === null) return <Navigate to={addresses.signIn} replace state={{ from: pathname + search }} />;
  return (
    <main className={classes['unreachable']}>
      <Failed title="Clockhouse cannot be reached." error={session.error} onRetry={() => void session.refetch()} />
    </main>
  );
}

function SignedIn({ session }: { session: Session }) {
  const client = useQueryClient();
  const navigation = useNavigation();
  const [connected, setConnected] = useState(true);
  useEffect(
    () => listen({ onChange: (topics) => refresh(client, topics), onConnected: setConnected }),
    [client],
  );
  return (
    <div className={classes['frame']}>
      <a href="#main" className={classes['skip']}>
        Skip to the content
      </a>
      <header className={classes['header']}>
        <NavLink to={addresses.home} className={classes['brand'] ?? ''} aria-label="Clockhouse: all projects">
          <Logo />
          <span className={classes['name']}>Clockhouse</span>
        </NavLink>
        <Breadcrumb />
        <p role="status" className={classes['connection']}>
          {!connected && 'The server does not answer. Trying again…'}
        </p>
        <nav className={classes['tools']} aria-label="Main">
          <NavLink to={addresses.allExecutions} className={classes['tool'] ?? ''} title="The executions of all projects">
            <IconListDetails size={17} stroke={1.7} aria-hidden />
            <span className={classes['toolName']}>All executions</span>
          </NavLink>
          <NavLink to={addresses.environments} className={classes['tool'] ?? ''} title="Where releases are deployed">
            <IconServer2 size={17} stroke={1.7} aria-hidden />
            <span className={classes['toolName']}>Environments</span>
          </NavLink>
          <ColourScheme />
          <UserMenu session={session} />
        </nav>
        <div className={classes['progress']} data-busy={navigation.state !== 'idle' || undefined} />
      </header>
      <Outage />
      <main id="main" className={classes['body']} tabIndex={-1}>
        <Outlet />
      </main>
      <ScrollRestoration />
    </div>
  );
}
