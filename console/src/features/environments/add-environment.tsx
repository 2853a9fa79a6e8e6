import { Button, Checkbox, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { slugOf } from '@/lib/format';
import { quote } from '@/lib/shell';
import type { Environment } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { formErrors } from '@/ui/form-errors';
import { notifyDone } from '@/ui/notify';
import { useAddEnvironment } from './api';
import { PLANES } from './words';

interface AddEnvironmentProps {
  environments: readonly Environment[];
  opened: boolean;
  onClose: () => void;
}

const END = 'at the end';

/** Asks for what a new environment is called, where it comes in the order of promotion, and what runs it. */
export function AddEnvironment({ opened, onClose, ...rest }: AddEnvironmentProps) {
  return (
    <Modal opened={opened} onClose={onClose} title="Add an environment" closeButtonProps={{ 'aria-label': 'Close' }}>
      <Form onClose={onClose} {...rest} />
    </Modal>
  );
}

function Form({ environments, onClose }: Omit<AddEnvironmentProps, 'opened'>) {
  const [name, setName] = useState('');
  const [before, setBefore] = useState(environments.find((each) => each.is_production)?.slug ?? END);
  const [plane, setPlane] = useState<Environment['data_plane']>('process');
  const [isProduction, setIsProduction] = useState(false);
  const add = useAddEnvironment();
  const { fields, rest } = formErrors(add.error, ['name', 'slug', 'before', 'data_plane']);
  const typed = name.trim();
  const slug = slugOf(typed);
  const wish = { name: typed, before: before === END ? null : before, data_plane: plane, is_production: isProduction };
  const submit = (event: React.SubmitEvent) => {
    event.preventDefault();
    if (!typed || add.isPending) return;
    add.mutate(wish, {
      onSuccess: (made) => {
        notifyDone(`${made.name} is there.`);
        onClose();
      },
    });
  };
  const options = [
    typed ? quote(typed) : 'NAME',
    ...(wish.before ? [`--before ${wish.before}`] : []),
    ...(plane === 'process' ? [] : [`--run-on ${plane}`]),
    ...(isProduction ? ['--production'] : []),
  ];
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <TextInput
          label="Name"
          description={slug ? `Its address is ${slug}, and remains so when it is renamed.` : 'Such as Staging.'}
          data-autofocus
          required
          maxLength={80}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={fields['name'] ?? fields['slug']}
        />
        <Select
          label="In the order of promotion"
          data={[...environments.map((each) => ({ value: each.slug, label: `Before ${each.name}` })), { value: END, label: 'At the end' }]}
          value={before}
          allowDeselect={false}
          onChange={(chosen) => setBefore(chosen ?? END)}
          error={fields['before']}
        />
        <Select
          label="Executions run on"
          data={PLANES}
          value={plane}
          allowDeselect={false}
          onChange={(chosen) => setPlane(PLANES.find((each) => each.value === chosen)?.value ?? plane)}
          error={fields['data_plane']}
        />
        <Checkbox
          label="Production"
          description="What is changed there takes a role that names production."
          checked={isProduction}
          onChange={(event) => setIsProduction(event.currentTarget.checked)}
        />
        {rest && (
          <Text role="alert" c="red" size="sm">
            {rest}
          </Text>
        )}
        <CliHint command={`environment add ${options.join(' ')}`} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={add.isPending} disabled={!typed}>
            Add the environment
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
