import { Button } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useState } from 'react';
import { addresses } from '@/lib/addresses';
import { count, plural } from '@/lib/format';
import { secondsBetween } from '@/lib/time';
import type { AlertTrial, TriedIncident } from '@/lib/types';
import { TextLink } from '@/ui/link';
import { Failed, Loading } from '@/ui/states';
import { Duration, Time } from '@/ui/time';
import classes from './alerts.module.css';
import { useTrial } from './api';
import { type Named, nameIn, type Rule } from './words';

const WAIT_MS = 350;
const FEW = 5;
const DAY_S = 86_400;
/** More a day than this, on average, and nobody reads them any more. */
const MOST_A_DAY = 2;

interface TrialProps {
  project: string;
  /** null: the rule is not whole yet. */
  rule: Rule | null;
  components: readonly Named[];
  environments: readonly Named[];
}

/** What the rule would have told in the last 30 days; it follows what is typed. */
export function Trial({ project, rule, components, environments }: TrialProps) {
  const [asked] = useDebouncedValue(rule, WAIT_MS);
  const trial = useTrial(project, asked);
  return (
    <section className={classes['trial']} aria-label="Dry run" aria-live="polite" aria-busy={trial.isFetching}>
      {rule === null ? (
        <p className={classes['soft']}>What it would have told in the last 30 days is said here.</p>
      ) : trial.data ? (
        <Tried trial={trial.data} project={project} components={components} environments={environments} isOld={trial.isPlaceholderData || asked !== rule} />
      ) : trial.error ? (
        <Failed error={trial.error} title="The rule could not be tried." onRetry={() => void trial.refetch()} />
      ) : (
        <Loading lines={2} height={18} />
      )}
    </section>
  );
}

interface TriedProps extends Omit<TrialProps, 'rule'> {
  trial: AlertTrial;
  /** It is of what the rule was a moment ago. */
  isOld: boolean;
}

function Tried({ trial, project, components, environments, isOld }: TriedProps) {
  const [all, setAll] = useState(false);
  const shown = all ? trial.incidents : trial.incidents.slice(0, FEW);
  const days = Math.max(1, secondsBetween(trial.since, trial.until) / DAY_S);
  const aDay = trial.count / days;
  return (
    <div data-old={isOld || undefined} className={classes['tried']}>
      <p className={classes['verdict']}>{verdict(trial)}</p>
      {!trial.is_whole && (
        <p className={classes['soft']}>
          There are very many executions: those due since <Time at={trial.since} as="full" /> were looked at.
        </p>
      )}
      {trial.ends === 0 && trial.count === 0 && <Warning>Nothing has run there in the last 30 days, so that there is nothing to try it on.</Warning>}
      {aDay > MOST_A_DAY && (
        <Warning>That is about {Math.round(aDay)} a day. Who is told so often soon looks no more: ask for more of it in a row, or give it more time.</Warning>
      )}
      {shown.length > 0 && (
        <ol className={classes['moments']}>
          {shown.map((each) => (
            <li key={`${each.component} ${each.environment} ${each.began_at}`}>
              <Moment incident={each} project={project} components={components} environments={environments} />
            </li>
          ))}
        </ol>
      )}
      {trial.incidents.length > FEW && (
        <div>
          <Button variant="subtle" size="compact-xs" onClick={() => setAll(!all)}>
            {all ? 'Fewer' : trial.count > trial.incidents.length ? `The latest ${trial.incidents.length}` : `All ${trial.incidents.length}`}
          </Button>
        </div>
      )}
    </div>
  );
}

function verdict({ count: times, ends, is_whole }: AlertTrial): string {
  const when = is_whole ? 'In the last 30 days' : 'Of those';
  if (times > 0) return `${when} this would have told ${times === 1 ? 'once' : times === 2 ? 'twice' : `${count(times)} times`}.`;
  return ends === 0 ? `${when} this would have told nothing.` : `${when} this would have told nothing: there is nothing of the kind in ${plural(ends, 'execution')}.`;
}

function Warning({ children }: { children: React.ReactNode }) {
  return (
    <p className={classes['warning']}>
      <IconAlertTriangle size={15} stroke={1.8} aria-hidden />
      <span>{children}</span>
    </p>
  );
}

interface MomentProps extends Omit<TrialProps, 'rule'> {
  incident: TriedIncident;
}

function Moment({ incident, project, components, environments }: MomentProps) {
  const at = <Time at={incident.began_at} as="full" />;
  return (
    <>
      {incident.opened_by ? <TextLink to={addresses.execution({ project, component: incident.component }, incident.opened_by)}>{at}</TextLink> : at}{' '}
      <span className={classes['soft']}>
        {nameIn(components, incident.component)} in {nameIn(environments, incident.environment)},{' '}
        {incident.over_at ? (
          <>
            for <Duration seconds={Math.max(0, secondsBetween(incident.began_at, incident.over_at))} />
          </>
        ) : (
          'lasts'
        )}
        . {incident.reason}
      </span>
    </>
  );
}
