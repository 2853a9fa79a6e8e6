import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { localZone, zoneName } from '@/lib/time';
import { quote } from '@/lib/shell';
import { CliHint } from './cli-hint';
import { formErrors } from './form-errors';
import { hasPassed, instantOfWallClock } from './wall-clock';

export interface PauseWish {
  note: string;
  until: string | null;
}

interface PauseQuestionProps {
  /** What a pause means for what is paused here. */
  children: React.ReactNode;
  /** The command that does the same, without its options. */
  command: string;
  onPause: (wish: PauseWish) => void;
  onCancel: () => void;
  busy: boolean;
  error: unknown;
}

/** Asks why, so that the next person who looks knows, and until when. */
export function PauseQuestion({ children, command, onPause, onCancel, busy, error }: PauseQuestionProps) {
  const [note, setNote] = useState('');
  const [wall, setWall] = useState('');
  const wish: PauseWish = { note: note.trim(), until: instantOfWallClock(wall) };
  const errors = formErrors(error, ['note', 'until']);
  // Looked at when it is sent: a minute that was to come may have passed while the note was written.
  const [isPast, setPast] = useState(false);
  const submit = (event: React.SubmitEvent) => {
    event.preventDefault();
    const past = wish.until !== null && hasPassed(wish.until);
    setPast(past);
    if (!past) onPause(wish);
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        <Text size="sm">{children}</Text>
        <TextInput
          data-autofocus
          label="Note"
          description="Why, for those who find it paused."
          maxLength={500}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
          error={errors.fields['note'] ?? errors.rest}
          autoComplete="off"
        />
        <TextInput
          type="datetime-local"
          label="Until"
          description={`By the clocks of ${zoneName(localZone())}. It goes on by itself then; leave it empty to resume by hand.`}
          value={wall}
          onChange={(event) => {
            setWall(event.currentTarget.value);
            setPast(false);
          }}
          error={isPast ? 'Choose a time that is still to come, or leave it empty.' : errors.fields['until']}
        />
        <CliHint command={[command, ...(wish.note ? ['--note', quote(wish.note)] : []), ...(wish.until ? ['--until', wish.until] : [])].join(' ')} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" loading={busy}>
            Pause
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
