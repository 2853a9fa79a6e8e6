import { Button, Select } from '@mantine/core';
import { useMemo, useState } from 'react';
import { shortSha, subject } from '@/lib/format';
import type { Source } from '@/lib/types';
import { Time } from '@/ui/time';
import { begin, contested, type Draft, statusOf, textOf, together } from './draft';
import { DiffView } from './diff-view';
import classes from './editor.module.css';

interface ConflictProps {
  draft: Draft;
  /** What somebody else has saved since. */
  theirs: Source;
  onChange: (path: string, text: string) => void;
  onLoadTheirs: () => void;
  onKeepMine: () => void;
  /** Goes on with the changes of both. */
  onMerge: (both: Draft) => void;
}

/** Somebody else saved meanwhile: shows both sides of each file that was changed here, and asks how to go on. */
export function Conflict({ draft, theirs, onChange, onLoadTheirs, onKeepMine, onMerge }: ConflictProps) {
  const both = contested(draft, theirs);
  const merge = useMemo(() => together(draft, theirs), [draft, theirs]);
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
          {saying(both.length, merge !== null)}
        </div>
        <Button variant="default" onClick={onLoadTheirs}>
          Load theirs, drop mine
        </Button>
        {both.length > 0 && (
          <Button variant="default" onClick={onKeepMine}>
            {merge ? 'Keep mine, drop theirs in these files' : 'Keep the right side'}
          </Button>
        )}
        {merge && <Button onClick={() => onMerge(merge)}>Merge both</Button>}
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

/** What lies between the two, and what becomes of it. */
function saying(both: number, canMerge: boolean): string {
  if (both === 0) return 'You changed different files: both can be kept.';
  if (canMerge) return 'You changed different places of the files marked below: both can be kept.';
  return 'You both changed the same places of the files marked below. Take over what you want of theirs by the arrows; what is on the right then takes the place of theirs.';
}
