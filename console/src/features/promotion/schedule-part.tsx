import { isRemarkable, dayName, monthName, remarksOf } from '@/lib/calendar';
import { count, plural } from '@/lib/format';
import { full } from '@/lib/time';
import type { Review } from '@/lib/types';
import { DueCalendar } from '@/ui/due-calendar';
import classes from './promotion.module.css';

type Plan = Review['after'];

interface SchedulePartProps {
  before: Plan | null;
  after: Plan;
  target: string;
  stale: boolean;
}

/** The next 90 days as they are in the target and as they would be, side by side. */
export function SchedulePart({ before, after, target, stale }: SchedulePartProps) {
  if (before && isAlike(before, after)) {
    return (
      <>
        <p className={classes['note']}>The schedule of {target} stays as it is.</p>
        <OnePlan title={`${target} now and then`} plan={after} stale={stale} />
      </>
    );
  }
  return (
    <div className={classes['plans']}>
      {before ? <OnePlan title={`${target} now`} plan={before} stale={stale} /> : <p className={classes['note']}>Nothing falls due in {target} now.</p>}
      <OnePlan title={`${target} then`} plan={after} stale={stale} />
      {before && <Months before={before} after={after} />}
    </div>
  );
}

/** Whether both are due alike, as far as a calendar tells. */
function isAlike(one: Plan, other: Plan): boolean {
  const days = ({ calendar }: Plan) => calendar.days.map(({ count: due, due: [first], overlapping }) => [due, first, overlapping]);
  return one.words.join() === other.words.join() && JSON.stringify(days(one)) === JSON.stringify(days(other));
}

function OnePlan({ title, plan: { words, calendar }, stale }: { title: string; plan: Plan; stale: boolean }) {
  const days = calendar.days.filter(isRemarkable).slice(0, 6);
  return (
    <section className={classes['plan']} aria-label={`Schedule: ${title}`}>
      <h4 className={classes['planTitle']}>{title}</h4>
      <p className={classes['note']}>
        {words.length > 0 ? words.join('; ') : 'No schedule: it runs by hand.'} <span className={classes['soft']}>{plural(calendar.total, 'due time')} in 90 days.</span>
      </p>
      {calendar.total > 0 && (
        <>
          <p className={classes['soft']}>
            First: {calendar.first.slice(0, 3).map((at) => full(at, calendar.zone)).join('; ')}.
          </p>
          <DueCalendar calendar={calendar} label={`Due times: ${title}`} stale={stale} />
          {days.length > 0 && (
            <ul className={classes['remarks']}>
              {days.map((day) => (
                <li key={day.date}>
                  <strong>{dayName(day.date)}</strong>: {remarksOf(day).join(' ')}
                </li>
              ))}
            </ul>
          )}
          <p className={classes['soft']}>{calendar.overlaps ? calendar.overlaps.sentence : 'Overlaps are foretold once executions have been measured.'}</p>
        </>
      )}
    </section>
  );
}

/** How many are due each month, before and after. */
function Months({ before, after }: { before: Plan; after: Plan }) {
  const was = new Map(before.calendar.months.map(({ month, count: due }) => [month, due]));
  return (
    <table className={classes['months']} aria-label="Due times by month">
      <thead>
        <tr>
          <th scope="col">Month</th>
          <th scope="col">Now</th>
          <th scope="col">Then</th>
        </tr>
      </thead>
      <tbody>
        {after.calendar.months.map(({ month, count: due }) => (
          <tr key={month}>
            <th scope="row">{monthName(month)}</th>
            <td>{count(was.get(month) ?? 0)}</td>
            <td>{count(due)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
