import { Badge, Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconUserPlus } from '@tabler/icons-react';
import type { Person } from '@/lib/types';
import { Page, Section } from '@/ui/page';
import { Async, Loading } from '@/ui/states';
import { Time } from '@/ui/time';
import { usePeople } from './api';
import { Invite } from './invite';
import classes from './people.module.css';
import { PersonMenu, type TokenDialog } from './person-menu';
import { RoleList } from './role-list';

interface PeopleProps {
  tokenDialog: TokenDialog;
  /** What follows once the people are there. */
  children?: React.ReactNode;
}

/** Everybody who has an account here, with their roles. */
export function People({ tokenDialog, children }: PeopleProps) {
  const people = usePeople();
  const [inviting, { open, close }] = useDisclosure();
  const invite = (
    <Button leftSection={<IconUserPlus size={15} aria-hidden />} onClick={open}>
      Invite…
    </Button>
  );
  return (
    <Page title="People" lead="Who has an account here, and what they may." actions={people.data && invite}>
      <Async query={people} loading={<Loading lines={4} height={44} />} failed="The people could not be loaded.">
        {(all) => (
          <>
            <Section title="Accounts">
              <div className={classes['panel']}>
                <table className={classes['table']} aria-label="Accounts">
                  <thead>
                    <tr>
                      <th scope="col">Who</th>
                      <th scope="col">Roles</th>
                      <th scope="col">Signed in</th>
                      <th scope="col">
                        <span className={classes['quiet']}>Actions</span>
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {all.map((each) => (
                      <Row key={each.id} person={each} tokenDialog={tokenDialog} />
                    ))}
                  </tbody>
                </table>
              </div>
            </Section>
            {children}
          </>
        )}
      </Async>
      <Invite opened={inviting} onClose={close} />
    </Page>
  );
}

function Row({ person, tokenDialog }: { person: Person; tokenDialog: TokenDialog }) {
  return (
    <tr>
      <th scope="row">
        <Who person={person} />
      </th>
      <td data-wide>
        <RoleList person={person} />
      </td>
      <td className={classes['when']} data-label="Signed in">{person.signed_in_at ? <Time at={person.signed_in_at} /> : <span className={classes['soft']}>{person.kind === 'service' ? '—' : 'Never yet'}</span>}</td>
      <td className={classes['action']}>
        <PersonMenu person={person} tokenDialog={tokenDialog} />
      </td>
    </tr>
  );
}

/** A name, what sets the account apart, and the login. */
export function Who({ person }: { person: Person }) {
  const state = person.disabled_at ? 'Disabled' : person.kind === 'service' ? 'Service' : person.signed_in_at ? null : 'Invited';
  return (
    <>
      {person.name}{' '}
      {state && (
        <Badge variant="light" size="sm" radius="sm" tt="none" color={state === 'Disabled' ? 'red' : 'iris'}>
          {state}
        </Badge>
      )}
      {person.login && person.login !== person.name && <span className={classes['soft']}>{person.login}</span>}
    </>
  );
}
