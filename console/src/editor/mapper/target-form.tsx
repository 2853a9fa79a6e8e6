import { Button } from '@mantine/core';
import { useId, useState } from 'react';
import type { Drawn } from '@/flow/mapping';
import type { MapperTarget } from '@/lib/types';
import { useFault, useSurroundings } from '../form/api';
import { Drafts, useDraft } from '../form/drafts';
import { ExpressionField } from '../form/expression-field';
import classes from './mapper.module.css';
import { wordsOf } from './rows';

interface TargetFormProps {
  target: MapperTarget;
  drawn: Drawn;
  /** Of the function. */
  path: number[];
  onSet: (text: string | null) => Promise<string | null>;
}

/** The chosen field of what goes out: its value as an expression, and what is wrong with it. */
export function TargetForm({ target, drawn, path, onSet }: TargetFormProps) {
  const [drafts] = useState(() => new Drafts());
  const draft = useDraft(drafts, 'value', target.text, onSet);
  const body = drawn.flow.body.nodes[path[0] ?? 0]?.branches.at(-1)?.body;
  const surroundings = useSurroundings(drawn, body?.nodes.at(-1)?.path ?? path);
  const fault = useFault(draft.typed || null, 'expression', 'keyword');
  const describedBy = useId();
  const wrong = draft.refused ?? fault;
  const title = wordsOf(target.way) || 'The result';
  return (
    <section className={classes['chosen']} aria-label={title}>
      <span className={classes['title']}>
        {title} {target.type && <code>{target.type}</code>}
      </span>
      <div className={classes['value']}>
        <ExpressionField
          label={`Value of ${title}`}
          value={draft.text ?? ''}
          onChange={draft.write}
          onApply={draft.commit}
          onRevert={draft.revert}
          surroundings={surroundings}
          isWrong={wrong !== null}
          describedBy={describedBy}
          hint="An expression"
        />
        <div id={describedBy} className={classes['told']}>
          {wrong !== null ? (
            <p className={classes['wrong']} role="alert">
              {wrong}
            </p>
          ) : (
            target.problem && <p className={classes['wrong']}>{target.problem}</p>
          )}
        </div>
      </div>
      <Button variant="default" disabled={draft.typed === null || draft.typed === ''} onClick={() => draft.commit()}>
        Apply
      </Button>
    </section>
  );
}
