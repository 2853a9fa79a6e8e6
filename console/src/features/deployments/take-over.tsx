import { Button } from '@mantine/core';
import type { Trigger } from '@/lib/types';
import { Value } from './change-list';
import type { Change } from './changes';
import classes from './take-over.module.css';

interface TakeOverProps {
  /** The name of the environment that has other values. */
  source: string;
  /** What is otherwise there; `after` is what it has. */
  apart: readonly Change[];
  words: (trigger: Trigger) => React.ReactNode;
  onTake: (changes: readonly Change[]) => void;
}

/** What another environment has otherwise, each to be taken over with one click; nothing where all is the same. */
export function TakeOver({ source, apart, words, onTake }: TakeOverProps) {
  if (apart.length === 0) return null;
  return (
    <div className={classes['other']} role="group" aria-label={`Different in ${source}`}>
      <p className={classes['head']}>
        Different in {source}
        {apart.length > 1 && (
          <Button variant="subtle" size="compact-xs" onClick={() => onTake(apart)}>
            Take over all {apart.length}
          </Button>
        )}
      </p>
      <dl className={classes['list']}>
        {apart.map((change) => (
          <div key={change.name} className={classes['row']}>
            <dt className={change.part === 'setting' ? 'mono' : undefined}>{change.name}</dt>
            <dd>
              <span className={classes['value']}>
                <Value shown={change.after} words={words} />
              </span>
              <Button variant="default" size="compact-xs" aria-label={`Take over ${change.name} from ${source}`} onClick={() => onTake([change])}>
                Take over
              </Button>
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
