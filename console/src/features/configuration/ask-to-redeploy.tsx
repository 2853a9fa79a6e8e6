import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import { useState } from 'react';
import { quote } from '@/lib/shell';
import type { ComponentRef, Configuration } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { formErrors } from '@/ui/form-errors';
import { May } from '@/ui/may';
import { notifyDone } from '@/ui/notify';
import { useAskToRedeploy } from './api';

interface AskToRedeployProps {
  of: ComponentRef;
  place: Configuration['environments'][number];
}

/** Asks others to approve of the same release with what is set now. */
export function AskToRedeploy({ of, place }: AskToRedeployProps) {
  const [asking, setAsking] = useState(false);
  return (
    <>
      {/* Others decide whether it is deployed: who may deploy anywhere may ask. */}
      <May do="operate" project={of.project}>
        <Button variant="default" size="compact-sm" onClick={() => setAsking(true)}>
          Ask to redeploy {place.name}…
        </Button>
      </May>
      <Modal opened={asking} onClose={() => setAsking(false)} title={`Ask to redeploy ${place.name}`} closeButtonProps={{ 'aria-label': 'Close' }}>
        <Question of={of} place={place} onClose={() => setAsking(false)} />
      </Modal>
    </>
  );
}

function Question({ of, place, onClose }: AskToRedeployProps & { onClose: () => void }) {
  const [note, setNote] = useState('');
  const ask = useAskToRedeploy(of);
  const errors = formErrors(ask.error, ['note']);
  const submit = (event: React.SubmitEvent) => {
    event.preventDefault();
    const done = () => {
      notifyDone(`Others are asked to approve of what is set for ${place.name}.`);
      onClose();
    };
    ask.mutate({ environment: place.slug, note: note.trim() }, { onSuccess: done });
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        <Text size="sm">
          What is deployed to {place.name} has to be approved. What is set now is what is asked for: the same release, schedules and limits; a pause stays.
        </Text>
        <Textarea
          data-autofocus
          label="Note for those who approve"
          rows={2}
          maxLength={1000}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
          error={errors.fields['note'] ?? errors.rest}
        />
        <CliHint command={`${redeployCommand(of, place.slug)}${note.trim() && ` --note ${quote(note.trim())}`}`} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={ask.isPending}>
            Ask to redeploy {place.name}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

export const redeployCommand = ({ project, component }: ComponentRef, environment: string): string => `config redeploy ${project}/${component} -e ${environment}`;
