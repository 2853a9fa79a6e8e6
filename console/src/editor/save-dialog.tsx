import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import { useState } from 'react';
import { isConflict, toApiError } from '@/lib/errors';
import type { Commit, ComponentRef } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { useSave } from './api';
import { changesOf, type Draft, filesOf, suggestMessage } from './draft';
import classes from './editor.module.css';

interface SaveDialogProps {
  component: ComponentRef;
  draft: Draft;
  opened: boolean;
  onClose: () => void;
  onSaved: (commit: Commit) => void;
  /** Somebody else has saved since this draft was begun. */
  onConflict: () => void;
}

/** Saves what was changed as a commit, with a message that says what and why. */
export function SaveDialog(props: SaveDialogProps) {
  return (
    <Modal opened={props.opened} onClose={props.onClose} title="Save as a commit" closeButtonProps={{ 'aria-label': 'Close' }}>
      <Question {...props} />
    </Modal>
  );
}

const WORDS = { same: '', changed: 'changed', added: 'added', deleted: 'deleted' } as const;

function Question({ component, draft, onClose, onSaved, onConflict }: SaveDialogProps) {
  const [message, setMessage] = useState(() => suggestMessage(draft));
  const save = useSave(component);
  const submit = () => {
    if (!message.trim()) return;
    save.mutate(
      { parent: draft.parent, message: message.trim(), changes: changesOf(draft) },
      { onSuccess: onSaved, onError: (error) => isConflict(error) && onConflict() },
    );
  };
  const error = save.error && !isConflict(save.error) ? toApiError(save.error) : null;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Stack gap="sm">
        <ul className={classes['paths']} aria-label="Changes">
          {filesOf(draft)
            .filter((file) => file.status !== 'same')
            .map((file) => (
              <li key={file.path}>
                <code className="mono">{file.path}</code>
                <span className={classes['soft']}>{WORDS[file.status]}</span>
              </li>
            ))}
        </ul>
        <Textarea
          data-autofocus
          label="Message"
          description="What changes, and why. Ctrl-Enter saves."
          rows={3}
          resize="vertical"
          maxLength={2000}
          value={message}
          onChange={(event) => setMessage(event.currentTarget.value)}
          onFocus={(event) => event.currentTarget.select()}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
            event.preventDefault();
            submit();
          }}
          error={message.trim() ? error?.fields['message'] : 'Write a message.'}
        />
        {error && !error.fields['message'] && (
          <Text size="sm" role="alert" c="var(--mantine-color-error)">
            {[error.message, ...Object.values(error.fields)].join(' ')}
          </Text>
        )}
        <CliHint command={`component push ${component.project}/${component.component} --message …`} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Go on editing
          </Button>
          <Button type="submit" loading={save.isPending} disabled={!message.trim()}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
