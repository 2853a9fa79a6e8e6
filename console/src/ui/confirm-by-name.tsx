import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { toApiError } from '@/lib/errors';

interface ConfirmByNameProps {
  opened: boolean;
  onClose: () => void;
  title: string;
  /** What will be gone, in plain words. */
  children: React.ReactNode;
  /** What has to be typed. */
  name: string;
  /** The button's words: "Delete the component". */
  action: string;
  onConfirm: () => void;
  busy?: boolean;
  error?: unknown;
}

/** Asks for a name to be typed before something is gone for good. */
export function ConfirmByName(props: ConfirmByNameProps) {
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={props.title} closeButtonProps={{ 'aria-label': 'Close' }}>
      <Question {...props} />
    </Modal>
  );
}

function Question({ children, name, action, onConfirm, onClose, busy = false, error }: ConfirmByNameProps) {
  const [typed, setTyped] = useState('');
  const matches = typed.trim() === name;
  const submit = (event: React.SubmitEvent) => {
    event.preventDefault();
    if (matches) onConfirm();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <div>{children}</div>
        <TextInput
          data-autofocus
          label={
            <>
              Type <span className="mono">{name}</span> to confirm
            </>
          }
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          autoComplete="off"
          spellCheck={false}
        />
        {error ? (
          <Text role="alert" c="red" size="sm">
            {toApiError(error).message}
          </Text>
        ) : null}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Keep it
          </Button>
          <Button type="submit" color="red" disabled={!matches} loading={busy}>
            {action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
