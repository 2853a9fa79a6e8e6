import { Button } from '@mantine/core';
import { type Drawn, nodeOf } from '@/flow/mapping';
import { lineOf, titleOf } from '@/flow/words';
import editor from '../editor.module.css';
import { type Drafts, useRefused } from './drafts';

interface UnappliedProps {
  drafts: Drafts;
  drawn: Drawn | null;
  /** The step whose form is open: it says so itself. */
  open: string | null;
  /** The form of this step is wanted. */
  onEdit: (id: string) => void;
}

/** What was typed into the form of a step that is not in view, and is not in the source since that has refused it. */
export function Unapplied({ drafts, drawn, open, onEdit }: UnappliedProps) {
  const refused = useRefused(drafts);
  const left = refused.flatMap((each) => {
    const node = drawn && each.id !== open ? nodeOf(drawn, each.id) : null;
    return node ? [{ ...each, node }] : [];
  });
  return left.map(({ key, id, text, why, node }) => (
    <div key={key} className={editor['notice']} role="status">
      <span title={why}>
        Not applied to {titleOf(node)} <span className="mono">{lineOf(node)}</span>: <code className="mono">{text}</code>
      </span>
      <Button variant="default" size="xs" onClick={() => onEdit(id)}>
        Edit
      </Button>
      <Button variant="subtle" size="xs" onClick={() => drafts.set(key, null)}>
        Throw away
      </Button>
    </div>
  ));
}
