import { nodeOf } from '@/flow/mapping';
import type { StepPanelProps } from '../side-panel';
import classes from './step-form.module.css';

/** What a step is made of. */
export function StepForm({ drawn, selected }: StepPanelProps) {
  const node = nodeOf(drawn, selected);
  if (!node) return null;
  const fields = [...node.fields, ...node.branches.flatMap((branch) => branch.fields)];
  return (
    <dl className={classes['fields']}>
      {fields.map((field) => (
        <div key={field.range[0]}>
          <dt>{field.name}</dt>
          <dd className="mono">{field.text}</dd>
        </div>
      ))}
    </dl>
  );
}
