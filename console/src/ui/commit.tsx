import { Tooltip } from '@mantine/core';
import { shortSha, subject } from '@/lib/format';
import type { Commit as CommitValue } from '@/lib/types';
import classes from './commit.module.css';
import { Time } from './time';

/** A commit: its message's first line, its short hash, who and when. */
export function Commit({ commit }: { commit: CommitValue }) {
  return (
    <span className={classes['commit']}>
      <span className={classes['message']} title={commit.message}>
        {subject(commit.message)}
      </span>
      <span className={classes['facts']}>
        <Sha sha={commit.sha} /> · {commit.author} · <Time at={commit.at} />
      </span>
    </span>
  );
}

/** A commit's short hash; the whole one on hover. */
export function Sha({ sha }: { sha: string }) {
  return (
    <Tooltip label={sha}>
      <code className="mono">{shortSha(sha)}</code>
    </Tooltip>
  );
}
