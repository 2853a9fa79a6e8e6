import { addresses } from '@/lib/addresses';
import { plural } from '@/lib/format';
import type { Build, ComponentRef } from '@/lib/types';
import { Commit } from '@/ui/commit';
import { TextLink } from '@/ui/link';
import { BuildOutcome } from '@/ui/outcome';
import { Time } from '@/ui/time';
import classes from './build-card.module.css';

interface BuildCardProps {
  component: ComponentRef;
  /** The newest of all, whatever became of it. */
  newest: Build | undefined;
  /** The newest that can be deployed. */
  ready: Build | undefined;
  /** In which words the next card differs from it. */
  ahead: string | null;
  actions: React.ReactNode;
}

/** Where a release begins: the newest build, as the first card of the way to production. */
export function BuildCard({ component, newest, ready, ahead, actions }: BuildCardProps) {
  return (
    <article className={classes['card']} aria-label="Build">
      <header className={classes['header']}>
        <h2 className={classes['name']}>Build</h2>
        {newest && <BuildOutcome status={newest.status} />}
      </header>
      {newest ? (
        <div className={classes['part']}>
          <Commit commit={newest.commit} />
          <p className={classes['soft']}>
            <TextLink to={addresses.build(component, newest.number)}>Build {newest.number}</TextLink>, <Time at={newest.created_at} /> by {newest.requested_by}
          </p>
        </div>
      ) : (
        <p className={classes['none']}>Nothing has been built yet.</p>
      )}
      {newest?.problem && (
        <div className={classes['part']}>
          <p className={classes['problem']}>{newest.problem.message}</p>
        </div>
      )}
      {newest && ready && ready !== newest && (
        <div className={classes['part']}>
          <p className={classes['soft']}>
            The newest that can be deployed is <TextLink to={addresses.build(component, ready.number)}>build {ready.number}</TextLink>.
          </p>
        </div>
      )}
      {ready && (
        <div className={classes['part']}>
          <p className={classes['soft']}>{ready.settings.length > 0 ? `Asks for ${plural(ready.settings.length, 'value')}.` : 'Asks for no configuration.'}</p>
          {ahead && <p className={classes['soft']}>{ahead}</p>}
        </div>
      )}
      {actions && <footer className={classes['actions']}>{actions}</footer>}
    </article>
  );
}
