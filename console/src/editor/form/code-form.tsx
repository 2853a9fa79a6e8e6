import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { type Drawn, idOf } from '@/flow/mapping';
import type { FlowNode } from '@/flow/model';
import { copySteps } from '../flow-api';
import type { Apply } from '../use-edits';
import type { Surroundings } from './api';
import { type Drafts, useDraft } from './drafts';
import { ExpressionField } from './expression-field';
import classes from './form.module.css';

interface CodeFormProps {
  drawn: Drawn;
  node: FlowNode;
  surroundings: Surroundings;
  apply: Apply;
  drafts: Drafts;
}

/** A step that has no fields of its own, as the code that it is. */
export function CodeForm({ drawn, node, surroundings, apply, drafts }: CodeFormProps) {
  const path = [...node.path];
  const { text, flow } = drawn;
  const code = useQuery({
    queryKey: ['code', text, path.join('.')],
    queryFn: () => copySteps(text, flow.anchors, path, 1),
    staleTime: Infinity,
    gcTime: 60_000,
    placeholderData: (before) => before,
  });
  const describedBy = useId();
  const current = code.data?.replace(/\s+$/, '') ?? null;
  const draft = useDraft(drafts, `${idOf(drawn, node)} code`, current, (words) => apply({ op: 'replace', path, code: words ?? '', exact: false }));
  if (current === null) return null;
  const wrong = draft.refused ?? (draft.typed === null ? (node.problem ?? null) : null);
  return (
    <div className={classes['field']} data-wrong={wrong !== null || undefined}>
      <span className={classes['label']}>Python</span>
      <ExpressionField
        label="Python"
        block
        value={draft.text ?? ''}
        onChange={draft.write}
        onApply={draft.commit}
        onRevert={draft.revert}
        surroundings={surroundings}
        isWrong={wrong !== null}
        describedBy={describedBy}
      />
      <div id={describedBy} className={classes['told']}>
        <p>Ctrl-Enter puts it into the source.</p>
        {wrong !== null && (
          <p className={classes['wrong']} role="alert">
            {wrong}
          </p>
        )}
      </div>
      <div className={classes['buttons']}>
        <Button variant="default" disabled={draft.typed === null} onClick={() => draft.commit()}>
          Apply
        </Button>
      </div>
    </div>
  );
}
