import { Button, Group, Modal, Stack, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Question } from './actions';
import type { Apply } from './use-edits';

interface AskDialogProps {
  question: Question;
  apply: Apply;
  onDone: () => void;
  onClose: () => void;
}

/** Asks for the words that an edit needs; a refusal keeps them, and says why. */
export function AskDialog(props: AskDialogProps) {
  return (
    <Modal opened onClose={props.onClose} title={props.question.title} closeButtonProps={{ 'aria-label': 'Close' }}>
      <Asking {...props} />
    </Modal>
  );
}

function Asking({ question, apply, onDone, onClose }: AskDialogProps) {
  const [words, setWords] = useState(question.initial);
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const Field = question.isLong ? Textarea : TextInput;
  const submit = async (event: React.SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    const refused = await apply(question.operation(words));
    setBusy(false);
    setProblem(refused);
    if (refused === null) onDone();
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack gap="sm">
        <Field
          data-autofocus
          label={question.label}
          description={question.description}
          value={words}
          onFocus={(event: React.FocusEvent<HTMLInputElement | HTMLTextAreaElement>) => !question.isLong && event.currentTarget.select()}
          onChange={(event: React.ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) => setWords(event.currentTarget.value)}
          error={problem}
          {...(question.isLong ? { autosize: true, minRows: 2, maxRows: 10 } : { classNames: { input: 'mono' } })}
          spellCheck={question.isLong ?? false}
          autoComplete="off"
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={isBusy}>
            {question.action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
