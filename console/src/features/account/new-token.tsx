import { Button, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { ROLES } from '@/lib/roles';
import { quote } from '@/lib/shell';
import { beginningOf } from './days';
import type { NewToken, Role } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { formErrors } from '@/ui/form-errors';
import { Time } from '@/ui/time';
import { ToldOnce } from '@/ui/told-once';
import { useMakeToken, useProjects } from './api';

interface NewTokenDialogProps {
  opened: boolean;
  onClose: () => void;
  /** The service account that it is for; one's own otherwise. */
  service?: string | undefined;
}

/** Asks what a token is to be good for, and shows it, which is told this once. */
export function NewTokenDialog({ opened, onClose, service }: NewTokenDialogProps) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={service ? `New token for ${service}` : 'New token'}
      closeButtonProps={{ 'aria-label': 'Close' }}
      closeOnClickOutside={false}
    >
      <Steps onClose={onClose} service={service} />
    </Modal>
  );
}

const ALL = 'all';
const EVERY = ''; // no slug
const LIVES = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: '365 days' },
  { value: 'date', label: 'Until a date…' },
];

function Steps({ onClose, service }: { onClose: () => void; service: string | undefined }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role | null>(null);
  const [project, setProject] = useState<string | null>(null);
  const [life, setLife] = useState('90');
  const [date, setDate] = useState('');
  const projects = useProjects();
  const make = useMakeToken();
  if (make.data) return <Made token={make.data} onClose={onClose} />;

  const { fields, rest } = formErrors(make.error, ['name', 'role', 'project', 'days', 'expires_at']);
  const end: Partial<NewToken> = life === 'date' ? { expires_at: beginningOf(date) } : { days: Number(life) };
  const wanted = name.trim();
  const words = [
    `token create ${quote(wanted || 'NAME')}`,
    ...(role ? [`--role ${role}`] : []),
    ...(project ? [`--project ${project}`] : []),
    life === 'date' ? `--until ${date || 'YYYY-MM-DD'}` : `--days ${life}`,
    ...(service ? [`--service ${service}`] : []),
  ];
  const submit = (event: React.SubmitEvent) => {
    event.preventDefault();
    make.mutate({ name: wanted, role, project, service: service ?? null, ...end });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <TextInput
          label="Name"
          description="What it is for, such as laptop or nightly pipeline."
          data-autofocus
          required
          maxLength={80}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={fields['name']}
        />
        <Select
          label="Role at most"
          description="Never more than the owner has. The least that does is best."
          data={[{ value: ALL, label: 'All that the owner may' }, ...ROLES.map(({ value, label, may }) => ({ value, label: `${label}: ${may}` }))]}
          value={role ?? ALL}
          allowDeselect={false}
          onChange={(chosen) => setRole(ROLES.find((each) => each.value === chosen)?.value ?? null)}
          error={fields['role']}
        />
        <Select
          label="Project"
          description="One, if it is to be good for that alone."
          data={[{ value: EVERY, label: 'All that the owner sees' }, ...(projects.data ?? []).map(({ slug, name: title }) => ({ value: slug, label: title }))]}
          value={project ?? EVERY}
          allowDeselect={false}
          searchable
          nothingFoundMessage="No such project"
          onChange={(chosen) => setProject(chosen === EVERY ? null : chosen)}
          error={fields['project'] ?? (projects.error && 'The projects could not be loaded.')}
        />
        <Select
          label="Good for"
          data={LIVES}
          value={life}
          allowDeselect={false}
          onChange={(chosen) => setLife(chosen ?? '90')}
          error={fields['days']}
        />
        {life === 'date' && (
          <TextInput
            type="date"
            label="The first day that it is no good on"
            value={date}
            onChange={(event) => setDate(event.currentTarget.value)}
            error={fields['expires_at']}
            required
          />
        )}
        {rest && (
          <Text role="alert" c="red" size="sm">
            {rest}
          </Text>
        )}
        <CliHint command={words.join(' ')} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={make.isPending} disabled={!wanted || (life === 'date' && !date)}>
            Make the token
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Made({ token, onClose }: { token: { name: string | null; token: string; expires_at: string | null }; onClose: () => void }) {
  return (
    <Stack gap="sm">
      <Text size="sm">
        This is {token.name}. It is shown this once; should it get lost, withdraw it and make another one. Programs find it in{' '}
        <code className="mono">CLOCKHOUSE_TOKEN</code>.
      </Text>
      <ToldOnce label="The token">{token.token}</ToldOnce>
      {token.expires_at && (
        <Text size="sm" c="var(--ink-soft)">
          It is good until <Time at={token.expires_at} as="clock" />.
        </Text>
      )}
      <Group justify="flex-end">
        <Button onClick={onClose}>I have the token</Button>
      </Group>
    </Stack>
  );
}
