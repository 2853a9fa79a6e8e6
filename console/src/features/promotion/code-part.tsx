import { Badge } from '@mantine/core';
import { plural } from '@/lib/format';
import type { Comparison, ComponentRef } from '@/lib/types';
import { Commit } from '@/ui/commit';
import { Fold } from '@/ui/fold';
import { Section } from '@/ui/page';
import { Async, Loading } from '@/ui/states';
import { useComparison } from './api';
import classes from './promotion.module.css';

/** Draws two texts side by side. */
export type Diff = (path: string, before: string, after: string) => React.ReactNode;

interface CodePartProps {
  component: ComponentRef;
  /** The commit in the target now; null when nothing is there. */
  before: string | null;
  after: string;
  target: string;
  diff: Diff;
}

/** The commits between what runs in the target and what would, and each file that is not the same. */
export function CodePart({ component, before, after, target, diff }: CodePartProps) {
  const comparison = useComparison(component, before, after);
  return (
    <Section title="Code" aside={comparison.data && <span className={classes['soft']}>{summary(comparison.data)}</span>}>
      <Async query={comparison} loading={<Loading lines={3} />} failed="The code could not be compared.">
        {(found) => (
          <div className={classes['stack']}>
            <Commits found={found} target={target} />
            {found.files.map((file) => (
              <Fold key={file.path} title={file.path} summary={<Lines file={file} />}>
                {file.before === null && file.after === null ? (
                  <p className={classes['soft']}>It is no text, or there is too much of it to be shown.</p>
                ) : (
                  diff(file.path, file.before ?? '', file.after ?? '')
                )}
              </Fold>
            ))}
          </div>
        )}
      </Async>
    </Section>
  );
}

function Commits({ found, target }: { found: Comparison; target: string }) {
  if (found.before === null) return <p className={classes['note']}>Nothing is deployed in {target} now: all of the code is new there.</p>;
  if (found.direction === 'same') return <p className={classes['note']}>The same commit runs in {target} now.</p>;
  if (found.direction === 'apart') return <p className={classes['note']}>Neither of the two commits leads to the other, as far as was looked: only their files are compared.</p>;
  return (
    <>
      {found.direction === 'back' && (
        <p role="note" className={classes['warning']}>
          This takes {target} back to an older commit. These changes go away there:
        </p>
      )}
      <ol className={classes['commits']} aria-label={found.direction === 'back' ? 'Commits taken back' : `Commits that are new in ${target}`}>
        {found.commits.map((commit) => (
          <li key={commit.sha}>
            <Commit commit={commit} />
          </li>
        ))}
      </ol>
    </>
  );
}

const KINDS = { added: 'new', removed: 'gone', changed: '' } as const;

function Lines({ file }: { file: Comparison['files'][number] }) {
  return (
    <span className={classes['lines']}>
      {KINDS[file.kind] && (
        <Badge size="xs" variant="default">
          {KINDS[file.kind]}
        </Badge>
      )}
      {file.added !== null && (
        <span className="number">
          +{file.added} −{file.removed}
        </span>
      )}
    </span>
  );
}

function summary({ direction, commits, files }: Comparison): string {
  if (direction === 'same') return 'no difference';
  return [direction === 'apart' ? '' : plural(commits.length, 'commit'), plural(files.length, 'file')].filter(Boolean).join(', ');
}
