import { IconAlertTriangle, IconCheck, IconLoader2, IconMinus } from '@tabler/icons-react';
import type { Step } from '@/lib/types';
import { type Instant, secondsBetween } from '@/lib/time';
import { Duration } from '@/ui/time';
import classes from './steps.module.css';

const MARKS = {
  started: { Icon: IconLoader2, label: 'under way' },
  finished: { Icon: IconCheck, label: 'finished' },
  failed: { Icon: IconAlertTriangle, label: 'failed' },
  stopped: { Icon: IconMinus, label: 'stopped' },
} as const;

/** The steps of a build, each with its time, drawn against the longest. One that was under way when the build ended has stopped then. */
export function Steps({ steps, endedAt }: { steps: readonly Step[]; endedAt: Instant | null }) {
  const shown = steps.map((step) => (endedAt !== null && step.state === 'started' ? stopped(step, endedAt) : step));
  const longest = Math.max(...shown.map((step) => step.took_s ?? 0), 0.001);
  return (
    <ol className={classes['steps']} aria-label="Steps">
      {shown.map((step) => {
        const { Icon, label } = MARKS[step.state];
        return (
          <li key={step.name} className={classes['step']} data-state={step.state}>
            <Icon size={15} stroke={2} aria-label={label} className={classes['mark']} />
            <span className={classes['name']} title={step.name}>{step.name}</span>
            <span className={classes['bar']} aria-hidden>
              <span style={{ width: `${step.took_s === null ? 0 : Math.max(1, (step.took_s / longest) * 100)}%` }} />
            </span>
            <span className={classes['took']}>{step.took_s === null ? <Duration since={step.at} /> : <Duration seconds={step.took_s} />}</span>
          </li>
        );
      })}
    </ol>
  );
}

const stopped = (step: Step, at: Instant) => ({ ...step, state: 'stopped' as const, took_s: Math.max(0, secondsBetween(step.at, at)) });
