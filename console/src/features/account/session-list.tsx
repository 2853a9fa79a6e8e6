import { Badge, Button } from '@mantine/core';
import { programOf } from '@/lib/program';
import type { OpenSession } from '@/lib/types';
import { notifyDone, notifyFailed } from '@/ui/notify';
import { Section } from '@/ui/page';
import { Async } from '@/ui/states';
import { Time } from '@/ui/time';
import classes from './account.module.css';
import { useEndOthers, useEndSession, useSessions } from './api';

/** Where one is signed in, each to be ended. */
export function SessionList() {
  const sessions = useSessions();
  const endOthers = useEndOthers();
  const others = (sessions.data ?? []).filter((each) => !each.is_this).length;
  const end = () =>
    endOthers.mutate(undefined, {
      onSuccess: () => notifyDone('You are signed out everywhere else.'),
      onError: (error) => notifyFailed('You are still signed in there', error),
    });
  return (
    <Section
      title="Where you are signed in"
      aside={
        others > 0 && (
          <Button variant="default" size="compact-sm" onClick={end} loading={endOthers.isPending}>
            Sign out everywhere else
          </Button>
        )
      }
    >
      <Async query={sessions} failed="Your sessions could not be loaded.">
        {(all) => (
          <div className={classes['panel']}>
            <table className={classes['table']} aria-label="Sessions">
              <thead>
                <tr>
                  <th scope="col">With</th>
                  <th scope="col">From</th>
                  <th scope="col">Since</th>
                  <th scope="col">Last used</th>
                  <th scope="col">
                    <span className={classes['quiet']}>Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {all.map((each) => (
                  <Row key={each.id} session={each} />
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Async>
    </Section>
  );
}

function Row({ session }: { session: OpenSession }) {
  const end = useEndSession();
  const program = programOf(session.program) ?? 'Unknown';
  const click = () => end.mutate(session.id, { onError: (error) => notifyFailed('This session has not ended', error) });
  return (
    <tr>
      <th scope="row">
        {program}{' '}
        {session.is_this && (
          <Badge variant="light" size="sm" radius="sm" tt="none">
            This one
          </Badge>
        )}
      </th>
      <td className="mono" data-label="From">{session.address ?? '—'}</td>
      <td data-label="Since">
        <Time at={session.created_at} />
      </td>
      <td data-label="Last used">{session.used_at ? <Time at={session.used_at} /> : '—'}</td>
      <td className={classes['action']}>
        {!session.is_this && (
          <Button variant="subtle" size="compact-sm" onClick={click} loading={end.isPending} aria-label={`Sign out ${program} from ${session.address ?? 'nowhere'}`}>
            Sign out
          </Button>
        )}
      </td>
    </tr>
  );
}
