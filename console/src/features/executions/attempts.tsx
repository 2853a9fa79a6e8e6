import { duration, secondsBetween } from '@/lib/time';
import type { ExecutionDetail, State } from '@/lib/types';
import { Outcome } from '@/ui/outcome';
import { Time } from '@/ui/time';
import classes from './execution-view.module.css';

interface Try {
  number: number;
  state: State;
  startedAt: string | null;
  finishedAt: string | null;
  reason: string | null;
  ranOn: string | null;
}

/** The tries of an execution, the present one last. */
export function Attempts({ execution }: { execution: ExecutionDetail }) {
  const tries: Try[] = [
    ...execution.attempts.map((each) => ({
      number: each.number,
      state: each.state,
      startedAt: each.started_at,
      finishedAt: each.finished_at,
      reason: each.reason?.sentence ?? null,
      ranOn: each.ran_on,
    })),
    {
      number: execution.attempt,
      state: execution.state,
      startedAt: execution.started_at,
      finishedAt: execution.finished_at,
      reason: execution.reason?.sentence ?? null,
      ranOn: execution.ran_on,
    },
  ];
  const apart = new Set(tries.map((each) => each.ranOn)).size > 1;
  return (
    <ol className={classes['attempts']}>
      {tries.map((each) => (
        <li key={each.number} className={classes['attempt']}>
          <span className={classes['number']} aria-label={`Attempt ${each.number}`}>
            {each.number}
          </span>
          <span className={classes['try']}>
            <span className={classes['tryHead']}>
              <Outcome state={each.state} />
              <span className={classes['soft']}>
                {each.startedAt && each.finishedAt && `${duration(secondsBetween(each.startedAt, each.finishedAt))} · `}
                {each.startedAt ? <Time at={each.startedAt} as="clock" /> : 'did not start'}
                {apart && each.ranOn && ` on ${each.ranOn}`}
              </span>
            </span>
            {each.reason && <span className={classes['soft']}>{each.reason}</span>}
          </span>
        </li>
      ))}
    </ol>
  );
}
