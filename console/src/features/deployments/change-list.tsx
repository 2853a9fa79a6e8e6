import { IconArrowRight } from '@tabler/icons-react';
import type { Trigger } from '@/lib/types';
import { type Change, policyWords, type Shown } from './changes';
import classes from './change-list.module.css';

interface ChangeListProps {
  changes: readonly Change[];
  words: (trigger: Trigger) => React.ReactNode;
}

/** What will not be as it is: a row per part, before and after. */
export function ChangeList({ changes, words }: ChangeListProps) {
  return (
    <dl className={classes['list']}>
      {changes.map(({ name, part, before, after }) => (
        <div key={`${part} ${name}`} className={classes['row']}>
          <dt className={part === 'setting' ? 'mono' : undefined}>{name}</dt>
          <dd>
            <span className={classes['before']}>
              <Value shown={before} words={words} />
            </span>
            <IconArrowRight size={13} stroke={2} aria-label="becomes" className={classes['arrow']} />
            <span className={classes['after']}>
              <Value shown={after} words={words} />
            </span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** A value in words, or the schedules that it is. */
export function Value({ shown, words }: { shown: Shown; words: ChangeListProps['words'] }) {
  if (shown === undefined) return <em>not set</em>;
  if (typeof shown === 'string') return <>{shown}</>;
  if (shown.length === 0) return <em>by hand only</em>;
  return (
    <>
      {shown.map((schedule, index) => {
        const policies = policyWords(schedule);
        return (
          <span key={index} className={classes['schedule']}>
            {words(schedule.trigger)}
            {policies && ` (${policies})`}
          </span>
        );
      })}
    </>
  );
}
