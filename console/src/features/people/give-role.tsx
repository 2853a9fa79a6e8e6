import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { formErrors } from '@/ui/form-errors';
import { CliHint } from '@/ui/cli-hint';
import { notifyDone } from '@/ui/notify';
import { useGrant, type Wanted } from './api';
import { LEAST, RoleFields, roleOptions } from './role-fields';

interface GiveRoleProps {
  opened: boolean;
  onClose: () => void;
  /** Who gets it; asked for where it is not given. */
  person?: { called: string; name: string } | undefined;
  /** The only project that it may be in. */
  project?: string | undefined;
}

/** Gives somebody a role. */
export function GiveRole({ opened, onClose, ...rest }: GiveRoleProps) {
  const title = rest.person ? `Give ${rest.person.name} a role` : 'Add a member';
  return (
    <Modal opened={opened} onClose={onClose} title={title} closeButtonProps={{ 'aria-label': 'Close' }}>
      <Form onClose={onClose} {...rest} />
    </Modal>
  );
}

function Form({ onClose, person, project }: Omit<GiveRoleProps, 'opened'>) {
  const [login, setLogin] = useState('');
  const [wanted, setWanted] = useState<Wanted>({ ...LEAST, project: project ?? null });
  const grant = useGrant();
  const { fields, rest } = formErrors(grant.error, ['role', 'project', 'environment']);
  const who = person?.called ?? login.trim();
  const submit = (event: React.SubmitEvent) => {
    event.preventDefault();
    grant.mutate(
      { person: who, ...wanted },
      {
        onSuccess: (known) => {
          notifyDone(`${known.name} has the role.`);
          onClose();
        },
      },
    );
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {!person && (
          <TextInput
            label="Login"
            description="Of somebody who has an account here; an administrator of the installation invites others."
            data-autofocus
            required
            value={login}
            onChange={(event) => setLogin(event.currentTarget.value)}
            autoCapitalize="none"
            spellCheck={false}
          />
        )}
        <RoleFields wanted={wanted} onChange={setWanted} fixed={project} />
        {[rest, ...Object.values(fields)].filter(Boolean).map((sentence) => (
          <Text key={sentence} role="alert" c="red" size="sm">
            {sentence}
          </Text>
        ))}
        <CliHint command={`person grant ${who || 'LOGIN'} ${wanted.role}${roleOptions(wanted)}`} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={grant.isPending} disabled={!who}>
            Give the role
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
