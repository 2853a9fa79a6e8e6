import { count } from '@/lib/format';
import { STATES } from '@/lib/outcome';
import type { Outcomes, State } from '@/lib/types';
import { totals } from './buckets';
import classes from './legend.module.css';

interface LegendProps {
  outcomes: Outcomes;
  hidden: readonly State[];
  onHide: (hidden: State[]) => void;
}

/** The outcomes that occur, with their patterns and counts; each can be left out. */
export function Legend({ outcomes, hidden, onHide }: LegendProps) {
  const toggle = (state: State) =>
    onHide(hidden.includes(state) ? hidden.filter((each) => each !== state) : [...hidden, state]);
  return (
    <div className={classes['legend']} role="group" aria-label="Outcomes shown">
      {totals(outcomes).map(([state, total]) => (
        <button
          key={state}
          type="button"
          className={classes['item']}
          aria-pressed={!hidden.includes(state)}
          onClick={() => toggle(state)}
        >
          <span
            className={classes['swatch']}
            data-state={state}
            style={{ '--colour': STATES[state].colour } as React.CSSProperties}
            aria-hidden
          />
          {STATES[state].label} <span className={classes['count']}>{count(total)}</span>
        </button>
      ))}
      <span className={classes['key']}>
        <span className={classes['stroke']} aria-hidden /> Duration p50
      </span>
      <span className={classes['key']}>
        <span className={classes['stroke']} data-dashed aria-hidden /> p95
      </span>
    </div>
  );
}
