import { count } from '@/lib/format';
import { STATES } from '@/lib/outcome';
import { duration, localZone, zoneName } from '@/lib/time';
import type { Outcomes, State } from '@/lib/types';
import { Glyph } from '@/ui/outcome';
import { spanOf, spanWords, totals } from './buckets';
import classes from './buckets-table.module.css';
import type { Span } from './window';

interface BucketsTableProps {
  outcomes: Outcomes;
  hidden: readonly State[];
  picked: Span | null;
  onPick: (span: Span) => void;
}

/** The chart's numbers, newest first; buckets in which nothing was due are left out. */
export function BucketsTable({ outcomes, hidden, picked, onPick }: BucketsTableProps) {
  const states = totals(outcomes)
    .map(([state]) => state)
    .filter((state) => !hidden.includes(state));
  const buckets = outcomes.buckets.filter((bucket) => Object.values(bucket.counts).some((each) => (each ?? 0) > 0)).toReversed();
  return (
    <div className={classes['scroller']} tabIndex={0} role="region" aria-label="Outcomes by time">
      <table className={classes['table']}>
        <thead>
          <tr>
            <th scope="col">Due, {zoneName(localZone())}</th>
            {states.map((state) => (
              <th key={state} scope="col">
                <span className={classes['state']}>
                  <Glyph shape={STATES[state].shape} colour={STATES[state].colour} size={11} />
                  {STATES[state].label}
                </span>
              </th>
            ))}
            <th scope="col">p50</th>
            <th scope="col">p95</th>
          </tr>
        </thead>
        <tbody>
          {buckets.map((bucket) => {
            const span = spanOf(bucket, outcomes);
            return (
              <tr key={bucket.at} data-picked={picked?.start === span.start || undefined}>
                <th scope="row">
                  <button type="button" className={classes['pick']} onClick={() => onPick(span)} aria-pressed={picked?.start === span.start}>
                    {spanWords(span)}
                  </button>
                </th>
                {states.map((state) => (
                  <td key={state}>{bucket.counts[state] ? count(bucket.counts[state]) : <span className={classes['none']}>–</span>}</td>
                ))}
                <td>{bucket.duration_p50_s === null ? '–' : duration(bucket.duration_p50_s)}</td>
                <td>{bucket.duration_p95_s === null ? '–' : duration(bucket.duration_p95_s)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
