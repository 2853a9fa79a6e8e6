import { ActionIcon, Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useState } from 'react';
import type { Person } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { ConfirmByName } from '@/ui/confirm-by-name';
import { notifyDone, notifyFailed } from '@/ui/notify';
import { called, useRemove, useSetDisabled } from './api';
import { GiveRole } from './give-role';
import { NewLink } from './new-link';

/** Shows the dialog in which a service account gets a token. */
export type TokenDialog = (service: string, opened: boolean, onClose: () => void) => React.ReactNode;

/** What may be done about somebody's account. */
export function PersonMenu({ person, tokenDialog }: { person: Person; tokenDialog: TokenDialog }) {
  const [dialog, show] = useState<'role' | 'token' | 'link' | 'remove' | null>(null);
  const setDisabled = useSetDisabled();
  const remove = useRemove();
  const close = () => show(null);
  const who = called(person);
  const failed = (error: unknown) => notifyFailed('Nothing has changed', error);
  const disabled = person.disabled_at === null;
  const toggle = () =>
    setDisabled.mutate(
      { person: who, disabled },
      { onSuccess: () => notifyDone(`${person.name} is ${disabled ? 'disabled' : 'enabled'}.`), onError: failed },
    );
  const confirm = () =>
    remove.mutate(who, {
      onSuccess: () => {
        notifyDone(`${person.name} is removed.`);
        close();
      },
    });
  return (
    <>
      <Menu position="bottom-end" width={200}>
        <Menu.Target>
          <ActionIcon variant="subtle" aria-label={`More about ${person.name}`}>
            <IconDots size={16} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => show('role')}>Give a role…</Menu.Item>
          {person.kind === 'service' && <Menu.Item onClick={() => show('token')}>New token…</Menu.Item>}
          {person.kind === 'person' && !person.disabled_at && (
            <Menu.Item onClick={() => show('link')}>New sign-in link…</Menu.Item>
          )}
          <Menu.Item onClick={toggle}>{disabled ? 'Disable' : 'Enable'}</Menu.Item>
          <Menu.Item onClick={() => show('remove')}>Remove…</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <GiveRole opened={dialog === 'role'} onClose={close} person={{ called: who, name: person.name }} />
      {tokenDialog(who, dialog === 'token', close)}
      <NewLink opened={dialog === 'link'} onClose={close} person={{ called: who, name: person.name }} />
      <ConfirmByName
        opened={dialog === 'remove'}
        onClose={close}
        title={`Remove ${person.name}`}
        name={who}
        action="Remove the account"
        onConfirm={confirm}
        busy={remove.isPending}
        error={remove.error}
      >
        The account goes with its roles and tokens. What {person.name} did keeps the name.
        <div style={{ marginTop: 8 }}>
          <CliHint command={`person remove ${who}`} />
        </div>
      </ConfirmByName>
    </>
  );
}
