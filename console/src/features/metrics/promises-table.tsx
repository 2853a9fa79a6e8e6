import { count, percent } from '@/lib/format';
import { STATES } from '@/lib/outcome';
import { duration } from '@/lib/time';
import type { Environment, Promised, State } from '@/lib/types';
import { Glyph } from '@/ui/outcome';
import classes from './promises-table.module.css';

interface PromisesTableProps {
  /** One for each environment in which a schedule promised something. */
  places: readonly Promised[];
  environments: readonly Environment[];
  /** The only environment that is looked at, if so. */
  chosen: string | null;
  onChoose: (environment: string | null) => void;
}

const UNDELIVERED: readonly State[] = ['skipped', 'missed', 'queued'];

/** What was promised and what was delivered, by environment: a click looks at one of them, another one at all. */
export function PromisesTable({ places, environments, chosen, onChoose }: PromisesTableProps) {
  const nameOf = (slug: string) => environments.find((each) => each.slug === slug)?.name ?? slug;
  const states = UNDELIVERED.filter((state) => places.some((each) => (each.counts[state] ?? 0) > 0));
  const undecided = places.some((each) => each.undecided > 0);
  return (
    <div className={classes['scroller']} tabIndex={0} role="region" aria-label="Promised and delivered by environment">
      <table className={classes['table']}>
        <thead>
          <tr>
            <th scope="col">Environment</th>
            <th scope="col">Promised</th>
            <th scope="col">Delivered</th>
            {states.map((state) => (
              <th key={state} scope="col">
                <span className={classes['state']}>
                  <Glyph shape={STATES[state].shape} colour={STATES[state].colour} size={11} />
                  {STATES[state].label}
                </span>
              </th>
            ))}
            {undecided && (
              <th scope="col" title="Due, and not decided yet: while a server runs, only what waits for the end of a pause.">
                Undecided
              </th>
            )}
            <th scope="col" title="From due to the first line of the task, of the last 300">
              Late p50
            </th>
            <th scope="col">Late p99</th>
          </tr>
        </thead>
        <tbody>
          {places.map((place) => (
            <tr key={place.environment} data-chosen={chosen === place.environment || undefined}>
              <th scope="row">
                <button type="button" className={classes['choose']} aria-pressed={chosen === place.environment} onClick={() => onChoose(chosen === place.environment ? null : place.environment)}>
                  {nameOf(place.environment)}
                </button>
              </th>
              <td>{count(place.promised)}</td>
              <td>
                {count(place.delivered)} <span className={classes['soft']}>{percent(place.delivered, place.promised)}</span>
              </td>
              {states.map((state) => (
                <td key={state}>{place.counts[state] ? count(place.counts[state]) : <None />}</td>
              ))}
              {undecided && <td>{place.undecided > 0 ? count(place.undecided) : <None />}</td>}
              <td>{place.late_p50_s === null ? <None /> : duration(place.late_p50_s)}</td>
              <td>{place.late_p99_s === null ? <None /> : duration(place.late_p99_s)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function None() {
  return <span className={classes['soft']}>–</span>;
}
