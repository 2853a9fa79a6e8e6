import { Textarea } from '@mantine/core';
import type { FlowNode } from '@/flow/model';
import { type Drafts, useDraft } from './drafts';

interface NoteFieldProps {
  id: string;
  node: FlowNode;
  /** The whole source. */
  source: string;
  drafts: Drafts;
  onSet: (text: string) => Promise<string | null>;
}

/** Words about the step, which are a comment above it in the source. */
export function NoteField({ id, node, source, drafts, onSet }: NoteFieldProps) {
  const isComment = node.kind === 'comment';
  const draft = useDraft(drafts, `${id} note`, isComment ? wordsOf(source.slice(...node.range)) : (node.note?.text ?? ''), (text) => onSet(text ?? ''));
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) draft.commit();
    if (event.key === 'Escape' && draft.revert()) event.stopPropagation();
  };
  return (
    <Textarea
      size="xs"
      rows={Math.min(8, (draft.text ?? '').split('\n').length)}
      label={isComment ? 'Comment' : 'Note'}
      description={isComment ? undefined : 'A comment above the step.'}
      value={draft.text ?? ''}
      error={draft.refused}
      disabled={node.is_off === true}
      onChange={(event) => draft.write(event.currentTarget.value)}
      onBlur={() => draft.commit()}
      onKeyDown={onKeyDown}
    />
  );
}

/** A comment without its marks. */
const wordsOf = (comment: string): string =>
  comment
    .split('\n')
    .map((line) => line.trim().replace(/^#+\s*/, ''))
    .join('\n');
