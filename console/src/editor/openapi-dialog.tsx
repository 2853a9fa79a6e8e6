import { Button, FileInput, Group, Modal, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, api } from '@/lib/api';
import { formErrors } from '@/ui/form-errors';
import { type Draft, textOf } from './draft';

interface OpenApiDialogProps {
  opened: boolean;
  draft: Draft;
  onClose: () => void;
  /** The module that was made, to be saved with the rest. */
  onMade: (path: string, code: string) => void;
}

/** Asks for an OpenAPI file, of which a client of the component's own is made. */
export function OpenApiDialog(props: OpenApiDialogProps) {
  return (
    <Modal opened={props.opened} onClose={props.onClose} title="Client from an OpenAPI file" closeButtonProps={{ 'aria-label': 'Close' }}>
      <Question {...props} />
    </Modal>
  );
}

function Question({ draft, onClose, onMade }: OpenApiDialogProps) {
  const [file, setFile] = useState<File | null>(null);
  const make = useMutation({
    mutationFn: async (chosen: File) => answer(api.POST('/api/v1/flows/client', { body: { text: await chosen.text() } })),
    onSuccess: (made) => {
      onMade(freePath(draft, made.path), made.code);
      onClose();
    },
  });
  const { fields, rest } = formErrors(make.error, ['text']);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (file) make.mutate(file);
      }}
    >
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          Its operations become methods with names and types in a module of this component, which the flow offers as a connection. Change it as you
          like.
        </Text>
        <FileInput
          data-autofocus
          label="File"
          description="OpenAPI 3.0 or 3.1, as JSON or YAML"
          placeholder="Choose a file"
          accept=".json,.yaml,.yml,application/json,application/yaml"
          value={file}
          onChange={(chosen) => {
            make.reset();
            setFile(chosen);
          }}
          error={fields['text'] ?? rest}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" disabled={!file} loading={make.isPending}>
            Make the client
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** The path, with a number where there is such a file already. */
function freePath(draft: Draft, path: string): string {
  let found = path;
  for (let number = 2; textOf(draft, found) !== null; number += 1) found = path.replace(/\.py$/, `_${number}.py`);
  return found;
}
