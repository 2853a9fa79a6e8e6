import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { type Draft, importProblem, pathProblem } from './draft';

interface PathDialogProps {
  title: string;
  action: string;
  opened: boolean;
  draft: Draft;
  /** The path to begin with; of a file that is renamed, its own. */
  initial: string;
  onClose: () => void;
  onChoose: (path: string) => void;
}

/** Asks for a file's path. */
export function PathDialog(props: PathDialogProps) {
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={props.title} closeButtonProps={{ 'aria-label': 'Close' }}>
      <Question {...props} />
    </Modal>
  );
}

function Question({ action, draft, initial, onClose, onChoose }: PathDialogProps) {
  const [path, setPath] = useState(initial);
  const [asked, setAsked] = useState(false);
  const trimmed = path.trim();
  const problem = trimmed === initial && initial !== '' ? null : pathProblem(draft, trimmed);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (problem) return;
        if (trimmed !== initial) onChoose(trimmed);
        onClose();
      }}
    >
      <Stack gap="sm">
        <TextInput
          data-autofocus
          label="Path"
          description={(problem === null && importProblem(trimmed)) || 'From the top of the source; folders come by themselves.'}
          placeholder="lib/text.py"
          value={path}
          onFocus={(event) => event.currentTarget.setSelectionRange(...nameIn(path))}
          onChange={(event) => setPath(event.currentTarget.value)}
          error={asked ? problem : null}
          classNames={{ input: 'mono' }}
          spellCheck={false}
          autoComplete="off"
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit">{action}</Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Where the name of a path is, without its folder and its ending: what one mostly changes. */
function nameIn(path: string): [number, number] {
  const from = path.lastIndexOf('/') + 1;
  const to = path.lastIndexOf('.');
  return [from, to > from ? to : path.length];
}
