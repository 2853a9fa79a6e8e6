import { duration, localZone, zoneName } from '@/lib/time';
import type { Execution } from '@/lib/types';
import { Duration } from '@/ui/time';
import { foremost, type Phase, phasesOf } from './phases';
import classes from './phase-line.module.css';
import { everyZone, exactClock } from './words';

/** From due to ended on one line: when each phase was reached, and how long it took to get there. */
export function PhaseLine({ execution }: { execution: Execution }) {
  const phases = phasesOf(execution);
  const most = foremost(phases);
  const lastAt = phases.findLast((each) => each.at !== null)?.at ?? execution.due_at;
  return (
    <ol className={classes['phases']} aria-label={`Phases, in the time of ${zoneName(localZone())}`}>
      {phases.map((phase) => (
        <li
          key={phase.name}
          className={classes['phase']}
          data-reached={phase.at !== null || undefined}
          data-present={phase.present || undefined}
          data-longest={phase === most || undefined}
        >
          {phase.spent && (
            <span className={classes['span']}>
              <span className={classes['took']}>
                <Took phase={phase} since={lastAt} />
              </span>
              <span className={classes['bar']} />
              <span className={classes['spent']}>{phase.spent}</span>
            </span>
          )}
          <span className={classes['stop']}>
            <span className={classes['name']}>{phase.name}</span>
            <span className={classes['dot']} />
            <At phase={phase} />
          </span>
        </li>
      ))}
    </ol>
  );
}

function Took({ phase, since }: { phase: Phase; since: string }) {
  if (phase.took !== null) return duration(phase.took);
  return phase.present ? <Duration since={since} /> : null;
}

function At({ phase }: { phase: Phase }) {
  if (phase.at === null) return <span className={classes['at']}>{phase.present ? '…' : '–'}</span>;
  const zone = localZone();
  return (
    <time className={classes['at']} dateTime={phase.at} title={everyZone(phase.at)}>
      {exactClock(phase.at, zone)}
    </time>
  );
}
