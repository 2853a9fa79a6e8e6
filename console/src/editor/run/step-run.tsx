import type { FlowNode } from '@/flow/model';
import { lineOf, titleOf } from '@/flow/words';
import type { Frame } from '@/lib/types';
import { type StepEvidence, valueOf } from './evidence';
import classes from './run.module.css';

interface StepRunProps {
  node: FlowNode;
  known: StepEvidence;
  /** Says which step it is. */
  isNamed: boolean;
}

/** What the last run, or the execution that was opened, has shown of a step. */
export function StepRun({ node, known, isNamed }: StepRunProps) {
  const { mark, note, frame } = known;
  const value = note && valueOf(node, note);
  return (
    <section className={classes['step']} aria-label="Last run" data-state={mark.state} data-stale={mark.isStale || undefined}>
      <p className={classes['words']}>
        {isNamed && <strong>{`${titleOf(node)} ${lineOf(node)}`.trim()}: </strong>}
        {mark.words.replace(/\. Value: [^]*?(\. Changed since)?$/, '$1')}.
      </p>
      {value !== null && (
        <dl className={classes['values']}>
          <div>
            <dt>{node.kind === 'foreach' ? 'Last item' : 'Last value'}</dt>
            <dd>
              <code>{value}</code> <span className={classes['type']}>{note?.type}</span>
            </dd>
          </div>
        </dl>
      )}
      {frame && <Values frame={frame} />}
    </section>
  );
}

/** What the variables held where it failed. */
export function Values({ frame }: { frame: Frame }) {
  if (frame.variables.length === 0) return null;
  return (
    <>
      <h3>Values when it failed</h3>
      <dl className={classes['values']}>
        {frame.variables.map((variable) => (
          <div key={variable.name}>
            <dt className="mono">{variable.name}</dt>
            <dd>
              <code>{variable.text}</code> <span className={classes['type']}>{variable.type}</span>
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
