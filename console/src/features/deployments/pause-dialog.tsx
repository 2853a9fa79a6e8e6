import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { toApiError } from '@/lib/errors';
import type { ComponentRef, Environment } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { notifyDone } from '@/ui/notify';
import { usePause } from './api';
import { nameOf, quoted } from './command';

interface DialogProps {
  component: ComponentRef;
  environment: Environment;
  opened: boolean;
  onClose: () => void;
}

/** Asks why, so that the next person who looks knows. */
export function PauseDialog(props: DialogProps) {
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={`Pause ${props.environment.name}`} closeButtonProps={{ 'aria-label': 'Close' }}>
      <Question {...props} />
    </Modal>
  );
}

function Question({ component, environment, onClose }: DialogProps) {
  const [note, setNote] = useState('');
  const pause = usePause(component, environment.slug);
  const submit = (event: React.SubmitEvent) => {
    event.preventDefault();
    pause.mutate(note.trim(), {
      onSuccess: () => {
        notifyDone(`${environment.name} is paused.`);
        onClose();
      },
    });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Text size="sm">What falls due is recorded as skipped until somebody resumes it. What runs now goes on, and “Run now” still works.</Text>
        <TextInput
          data-autofocus
          label="Note"
          description="Why, for those who find it paused."
          maxLength={500}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
          error={pause.error && toApiError(pause.error).message}
          autoComplete="off"
        />
        <CliHint command={`pause ${nameOf(component)} --environment ${environment.slug}${note.trim() ? ` --note ${quoted(note.trim())}` : ''}`} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={pause.isPending}>
            Pause
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
