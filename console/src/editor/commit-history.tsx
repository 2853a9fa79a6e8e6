import { memo } from 'react';
import { shortSha, subject } from '@/lib/format';
import type { ComponentRef } from '@/lib/types';
import { Async, Loading } from '@/ui/states';
import { Time } from '@/ui/time';
import { useHistory } from './api';
import classes from './commit-history.module.css';

interface CommitHistoryProps {
  component: ComponentRef;
  head: string;
  /** The commit that is looked at; null for the newest, with what is being edited. */
  viewed: string | null;
  onView: (sha: string | null) => void;
}

/** What was saved, newest first; an older one can be looked at. */
export const CommitHistory = memo(function CommitHistory({ component, head, viewed, onView }: CommitHistoryProps) {
  const history = useHistory(component, head);
  return (
    <nav className={classes['history']} aria-label="History">
      <h2 className={classes['title']}>History</h2>
      <Async query={history} loading={<div className={classes['waiting']}><Loading lines={3} height={28} /></div>} failed="The history could not be loaded.">
        {(commits) => (
          <ol className={classes['list']}>
            {commits.map((commit) => {
              const isHead = commit.sha === head;
              return (
                <li key={commit.sha}>
                  <button
                    type="button"
                    className={classes['commit']}
                    aria-current={(viewed ?? head) === commit.sha ? 'true' : undefined}
                    onClick={() => onView(isHead ? null : commit.sha)}
                  >
                    <span className={classes['message']}>{subject(commit.message)}</span>
                    <span className={classes['facts']}>
                      <code className="mono">{shortSha(commit.sha)}</code> · {commit.author} · <Time at={commit.at} />
                    </span>
                  </button>
                </li>
              );
            })}
          </ol>
        )}
      </Async>
    </nav>
  );
});
