import { ActionIcon } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { roleWords } from '@/lib/roles';
import type { Membership, Person } from '@/lib/types';
import { notifyDone, notifyFailed } from '@/ui/notify';
import { called, useRevoke } from './api';
import classes from './people.module.css';

interface RoleListProps {
  person: Person;
  /** Which of them may be taken away here. */
  isOurs?: (grant: Membership) => boolean;
}

/** Somebody's roles, each to be taken away. */
export function RoleList({ person, isOurs = () => true }: RoleListProps) {
  const revoke = useRevoke();
  const take = (grant: Membership) =>
    revoke.mutate(
      { person: called(person), grant: grant.id },
      {
        onSuccess: () => notifyDone(`${person.name} is no longer ${roleWords(grant).toLowerCase()}.`),
        onError: (error) => notifyFailed(`${person.name} keeps the role`, error),
      },
    );
  if (person.grants.length === 0) return <span className={classes['soft']}>No role</span>;
  return (
    <ul className={classes['roles']}>
      {person.grants.map((grant) => (
        <li key={grant.id} className={classes['role']} data-fixed={!isOurs(grant) || undefined}>
          {roleWords(grant)}
          {isOurs(grant) && (
            <ActionIcon
              size={18}
              variant="subtle"
              aria-label={`Take away: ${roleWords(grant)}, of ${person.name}`}
              onClick={() => take(grant)}
              disabled={revoke.isPending}
            >
              <IconX size={12} aria-hidden />
            </ActionIcon>
          )}
        </li>
      ))}
    </ul>
  );
}
