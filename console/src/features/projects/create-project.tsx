import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { addresses } from '@/lib/addresses';
import { NO_SLUG, slugOf } from '@/lib/format';
import { quote } from '@/lib/shell';
import { CliHint } from '@/ui/cli-hint';
import { formErrors } from '@/ui/form-errors';
import { useMay } from '@/ui/may';
import { useCreateProject } from './api';

/** Asks for a name and goes to the new project. */
export function CreateProject({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} title="New project" closeButtonProps={{ 'aria-label': 'Close' }}>
      <Form onClose={onClose} />
    </Modal>
  );
}

function Form({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const create = useCreateProject();
  const navigate = useNavigate();
  const isAdministrator = useMay('administer', { project: null });
  const slug = slugOf(name);
  const { fields, rest } = formErrors(create.error, ['name', 'slug', 'description']);

  const submit = (event: React.SubmitEvent) => {
    event.preventDefault();
    create.mutate(
      { name: name.trim(), description: description.trim() },
      { onSuccess: (project) => void navigate(addresses.project(project.slug)) },
    );
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <TextInput
          label="Name"
          placeholder="Operations"
          data-autofocus
          required
          maxLength={80}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={fields['name'] ?? fields['slug']}
          description={
            slug
              ? `Its address: /projects/${slug}`
              : name.trim()
                ? NO_SLUG
                : 'It holds tasks that belong together.'
          }
        />
        <TextInput
          label="Description"
          placeholder="Backups, digests and housekeeping"
          maxLength={500}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
          error={fields['description']}
        />
        {!isAdministrator && (
          <Text size="sm" c="var(--ink-soft)">
            You will administer it. To change what is marked as production there takes a role that says so.
          </Text>
        )}
        {rest && (
          <Text role="alert" c="red" size="sm">
            {rest}
          </Text>
        )}
        <CliHint command={`project create ${quote(name.trim() || 'NAME')}`} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending} disabled={!slug}>
            Create the project
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
