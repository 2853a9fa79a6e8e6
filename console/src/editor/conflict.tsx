import { Button, Select } from '@mantine/core';
import { useState } from 'react';
import { shortSha, subject } from '@/lib/format';
import type { Source } from '@/lib/types';
import { Time } from '@/ui/time';
import { begin, contested, type Draft, statusOf, textOf } from './draft';
import { DiffView } from './diff-view';
import classes from './editor.module.css';

interface ConflictProps {
  draft: Draft;
  /** What somebody else has saved since. */
  theirs: Source;
  onChange: (path: string, text: string) => void;
  onLoadTheirs: () => void;
  onKeepMine: () => void;
}

/** Somebody else saved meanwhile: shows both sides of each file that was changed here, and asks how to go on. */
export function Conflict({ draft, theirs, onChange, onLoadTheirs, onKeepMine }: ConflictProps) {
  const both = contested(draft, theirs);
  const paths = Object.keys(draft.edits).sort((a, b) => Number(both.includes(b)) - Number(both.includes(a)) || a.localeCompare(b));
  const [chosen, setChosen] = useState(paths[0] ?? '');
  const path = paths.includes(chosen) ? chosen : (paths[0] ?? '');
  const their = begin(theirs).base[path] ?? null;
  const mine = textOf(draft, path);
  const { commit } = theirs;
  return (
    <section className={classes['main']} aria-label="Somebody saved meanwhile">
      <div className={classes['notice']}>
        <div role="alert">
          <strong>
            {commit.author} saved “{subject(commit.message)}” <Time at={commit.at} />
          </strong>{' '}
          (<code className="mono">{shortSha(commit.sha)}</code>), after you began.{' '}
          {both.length > 0 ? 'You both changed the files marked below: with yours on top, what is on the right is saved.' : 'You changed different files, so yours can go on top of theirs.'}
        </div>
        <Button variant="default" onClick={onLoadTheirs}>
          Load theirs, drop mine
        </Button>
        <Button onClick={onKeepMine}>Keep mine on top</Button>
      </div>
      <div className={classes['bar']}>
        <Select
          aria-label="File"
          size="xs"
          w={320}
          data={paths.map((each) => ({ value: each, label: both.includes(each) ? `${each} (changed by both)` : each }))}
          value={path}
          allowDeselect={false}
          onChange={(value) => value && setChosen(value)}
        />
      </div>
      <div className={classes['headings']}>
        <span>Theirs{their === null && ': not there'}</span>
        <span>Mine{statusOf(draft, path) === 'deleted' && ': deleted'}</span>
      </div>
      {mine === null ? (
        <div className={classes['blank']}>You deleted this file.</div>
      ) : (
        <DiffView key={path} path={path} theirs={their ?? ''} mine={mine} onChange={(text) => onChange(path, text)} />
      )}
    </section>
  );
}
