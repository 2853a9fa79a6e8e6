import { Button, Group, Modal, PasswordInput, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import type { Channel } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { formErrors } from '@/ui/form-errors';
import { May } from '@/ui/may';
import { notifyDone } from '@/ui/notify';
import { useAddChannel, useRenameChannel, useReplaceAddress } from './api';
import classes from './channels.module.css';
import { FORMS, lookOf } from './kinds';

interface AddChannelProps {
  project: string;
  onAdded?: (name: string) => void;
  label?: string;
}

/** The way to another channel. */
export function AddChannel({ project, onAdded, label = 'Add a channel…' }: AddChannelProps) {
  const [opened, { open, close }] = useDisclosure();
  return (
    <>
      <May do="administer" project={project}>
        <Button variant="default" size="compact-sm" onClick={open}>
          {label}
        </Button>
      </May>
      <Modal opened={opened} onClose={close} size="lg" title="New channel" closeButtonProps={{ 'aria-label': 'Close' }}>
        <Add
          project={project}
          onDone={(name) => {
            close();
            if (name !== null) onAdded?.(name);
          }}
        />
      </Modal>
    </>
  );
}

function Add({ project, onDone }: { project: string; onDone: (name: string | null) => void }) {
  const [name, setName] = useState('');
  const [address, setAddress] = useState('');
  const add = useAddChannel(project);
  const { fields, rest } = formErrors(add.error, ['name', 'address']);
  const typed = name.trim();
  const submit = (event: React.SubmitEvent) => {
    event.preventDefault();
    // It may stand in the form of a rule, which is not sent by it.
    event.stopPropagation();
    add.mutate(
      { name: typed, address: address.trim() },
      {
        onSuccess: (made) => {
          notifyDone(`${made.name} is added: ${lookOf(made.kind).label}${made.host ? ` at ${made.host}` : ''}. Send it a test message.`);
          onDone(made.name);
        },
      },
    );
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        <TextInput
          data-autofocus
          label="Name"
          description="What alerts call it: small letters, digits and dashes."
          placeholder="ops"
          required
          maxLength={60}
          autoComplete="off"
          spellCheck={false}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={fields['name']}
        />
        <AddressField value={address} onChange={setAddress} error={fields['address']} />
        {rest && (
          <Text role="alert" c="red" size="sm">
            {rest}
          </Text>
        )}
        <CliHint command={`channel add ${project} ${typed || 'NAME'}`} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={() => onDone(null)}>
            Cancel
          </Button>
          <Button type="submit" loading={add.isPending} disabled={!typed || !address.trim()}>
            Add the channel
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface AddressFieldProps {
  /** What it is of at first. */
  kind?: string;
  value: string;
  onChange: (value: string) => void;
  error: React.ReactNode;
}

/** An address, which is a secret, with what one of each kind looks like. */
function AddressField({ kind: first = 'email', value, onChange, error }: AddressFieldProps) {
  const [kind, setKind] = useState(Object.hasOwn(FORMS, first) ? first : 'other');
  const form = FORMS[kind];
  return (
    <div className={classes['address']}>
      <SegmentedControl size="xs" aria-label="What an address looks like" data={Object.entries(FORMS).map(([each, { label }]) => ({ value: each, label }))} value={kind} onChange={setKind} />
      <p className={classes['advice']}>
        {form?.advice} <code className="mono">{form?.example}</code>
      </p>
      <PasswordInput
        label="Address"
        description="It is sealed like a secret, and never shown again."
        required
        autoComplete="new-password"
        spellCheck={false}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        error={error}
      />
    </div>
  );
}

interface DialogProps {
  project: string;
  channel: Channel;
  onClose: () => void;
}

/** Another address in the place of the one that it has. */
export function ReplaceAddress({ project, channel, onClose }: DialogProps) {
  const [address, setAddress] = useState('');
  const replace = useReplaceAddress(project, channel.name);
  const { fields, rest } = formErrors(replace.error, ['address']);
  const submit = (event: React.SubmitEvent) => {
    event.preventDefault();
    const done = () => {
      notifyDone(`${channel.name} has another address now.`);
      onClose();
    };
    replace.mutate(address.trim(), { onSuccess: done });
  };
  return (
    <Modal opened onClose={onClose} size="lg" title={`Replace the address of ${channel.name}`} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          <Text size="sm">What waits to be told is sent to the new one at once.</Text>
          <AddressField kind={channel.kind} value={address} onChange={setAddress} error={fields['address']} />
          {rest && (
            <Text role="alert" c="red" size="sm">
              {rest}
            </Text>
          )}
          <CliHint command={`channel set ${project} ${channel.name}`} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={replace.isPending} disabled={!address.trim()}>
              Replace it
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

export function RenameChannel({ project, channel, onClose }: DialogProps) {
  const [name, setName] = useState(channel.name);
  const rename = useRenameChannel(project, channel.name);
  const { fields, rest } = formErrors(rename.error, ['name']);
  const typed = name.trim();
  const submit = (event: React.SubmitEvent) => {
    event.preventDefault();
    if (typed) rename.mutate(typed, { onSuccess: onClose });
  };
  return (
    <Modal opened onClose={onClose} title={`Rename ${channel.name}`} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          <TextInput
            data-autofocus
            label="Name"
            description="Alerts go on telling it. A clockhouse.yaml that names it has to name it anew."
            required
            maxLength={60}
            autoComplete="off"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={fields['name']}
          />
          {rest && (
            <Text role="alert" c="red" size="sm">
              {rest}
            </Text>
          )}
          <CliHint command={`channel rename ${project} ${channel.name} ${typed || 'NAME'}`} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={rename.isPending} disabled={!typed || typed === channel.name}>
              Rename
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
