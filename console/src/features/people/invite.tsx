import { Button, Group, Modal, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { quote } from '@/lib/shell';
import type { Invited } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { formErrors } from '@/ui/form-errors';
import { ToldOnce } from '@/ui/told-once';
import { useInvite, type Wanted } from './api';
import { LEAST, RoleFields, roleOptions } from './role-fields';

/** Asks who comes, and shows the link of their first sign-in, which is told this once. */
export function Invite({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title="Invite somebody"
      closeButtonProps={{ 'aria-label': 'Close' }}
      closeOnClickOutside={false}
    >
      <Steps onClose={onClose} />
    </Modal>
  );
}

type Kind = 'person' | 'service';

function Steps({ onClose }: { onClose: () => void }) {
  const [kind, setKind] = useState<Kind>('person');
  const [login, setLogin] = useState('');
  const [name, setName] = useState('');
  const [wanted, setWanted] = useState<Wanted>(LEAST);
  const invite = useInvite();
  const { fields, rest } = formErrors(invite.error, ['login', 'name', 'role']);
  if (invite.data) return <Told person={invite.data} onClose={onClose} />;
  const isService = kind === 'service';
  const submit = (event: React.SubmitEvent) => {
    event.preventDefault();
    invite.mutate({ kind, login: login.trim(), name: name.trim() || login.trim(), grants: [wanted] });
  };
  const command = `person invite ${quote(login.trim() || 'LOGIN')}${name.trim() ? ` --name ${quote(name.trim())}` : ''}${isService ? ' --service' : ''} --role ${wanted.role}${roleOptions(wanted)}`;
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <SegmentedControl
          aria-label="Kind"
          data={[
            { value: 'person', label: 'A person' },
            { value: 'service', label: 'A service account' },
          ]}
          value={kind}
          onChange={(chosen) => setKind(chosen === 'service' ? 'service' : 'person')}
        />
        <TextInput
          label="Login"
          description={isService ? 'A short name. It has tokens alone, and never signs in.' : 'An address for mail, or a short name.'}
          data-autofocus
          required
          maxLength={100}
          value={login}
          onChange={(event) => setLogin(event.currentTarget.value)}
          error={fields['login']}
          autoCapitalize="none"
          spellCheck={false}
        />
        <TextInput
          label="Name"
          description="For people to read."
          placeholder={login.trim()}
          maxLength={80}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={fields['name']}
        />
        <RoleFields wanted={wanted} onChange={setWanted} />
        {(rest ?? fields['role']) && (
          <Text role="alert" c="red" size="sm">
            {rest ?? fields['role']}
          </Text>
        )}
        <CliHint command={command} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={invite.isPending} disabled={!login.trim()}>
            {isService ? 'Make the account' : 'Make the link'}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** What to send to whom. */
export function Told({ person, onClose }: { person: Invited; onClose: () => void }) {
  return (
    <Stack gap="sm">
      {person.url === null ? (
        <Text size="sm">{person.name} has an account. Make a token for it, from the menu beside its name.</Text>
      ) : (
        <>
          <Text size="sm">
            Send this link to {person.name}. It signs in once, within 7 days, and asks for a password. It is shown this once.
          </Text>
          <ToldOnce label="The link">{person.url}</ToldOnce>
        </>
      )}
      <Group justify="flex-end">
        <Button onClick={onClose}>{person.url === null ? 'Close' : 'I have the link'}</Button>
      </Group>
    </Stack>
  );
}
