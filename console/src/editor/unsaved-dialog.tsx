import { Button, Group, Modal, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ComponentRef, Source } from '@/lib/types';
import { Time } from '@/ui/time';
import { sourceQuery } from './api';
import { begin, type Draft, rebase } from './draft';
import type { Unsaved } from './unsaved';

// As much of an instant as tells its minute.
const MINUTES = '2026-03-01T11:32'.length;

interface UnsavedDialogProps {
  component: ComponentRef;
  source: Source;
  found: Unsaved;
  onBring: (draft: Draft) => void;
  onDiscard: () => void;
}

/** Asks what becomes of changes that were left unsaved; nothing else is done before that. */
export function UnsavedDialog({ component, source, found, onBring, onDiscard }: UnsavedDialogProps) {
  const client = useQueryClient();
  const [isBusy, setBusy] = useState(false);
  const bring = async () => {
    setBusy(true);
    onBring(await draftOf(found, source, () => client.fetchQuery(sourceQuery(component, found.parent))));
  };
  const paths = Object.keys(found.edits).sort();
  return (
    <Modal opened onClose={() => undefined} withCloseButton={false} closeOnEscape={false} closeOnClickOutside={false} title="Changes that were not saved">
      <Text size="sm">
        You have changes from <Time at={`${found.at.slice(0, MINUTES)}Z`} as="clock" /> that were not saved: <span className="mono">{paths.slice(0, 5).join(', ')}</span>
        {paths.length > 5 && ` and ${paths.length - 5} more`}.{found.parent !== source.commit.sha && ` ${source.commit.author} has saved a newer commit since; the two can be compared.`}
      </Text>
      <Group justify="flex-end" gap="xs" mt="md">
        <Button variant="default" onClick={onDiscard} disabled={isBusy}>
          Discard
        </Button>
        <Button data-autofocus onClick={() => void bring()} loading={isBusy}>
          Bring them back
        </Button>
      </Group>
    </Modal>
  );
}

/** The changes on the commit that they were made to; on the newest, where that one is gone. */
async function draftOf({ parent, edits }: Unsaved, source: Source, older: () => Promise<Source>): Promise<Draft> {
  const on = (base: Source) => rebase({ parent, base: {}, edits }, base);
  if (parent === source.commit.sha) return on(source);
  try {
    return { ...on(await older()), edits };
  } catch {
    return { ...on(source), parent: begin(source).parent };
  }
}
