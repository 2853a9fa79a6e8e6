import { IconArrowsExchange, IconCalendarOff, IconStackFront } from '@tabler/icons-react';
import { useId, useMemo, useState } from 'react';
import { byMonth, dayName, intensity, isRemarkable, type Month, remarksOf } from '@/lib/calendar';
import { count, plural } from '@/lib/format';
import { clock } from '@/lib/time';
import type { Calendar, CalendarDay } from '@/lib/types';
import classes from './due-calendar.module.css';
import { Fold } from './fold';

interface DueCalendarProps {
  calendar: Calendar;
  /** What it shows, for those who listen. */
  label: string;
  /** It is asked for anew. */
  stale?: boolean;
}

/** Months of day cells: the more is due, the stronger the colour; marks for clock changes, days left out and overlaps. */
export function DueCalendar({ calendar, label, stale = false }: DueCalendarProps) {
  const months = useMemo(() => byMonth(calendar), [calendar]);
  const most = useMemo(() => Math.max(0, ...calendar.days.map((day) => day.count)), [calendar]);
  const [chosen, setChosen] = useState<string | null>(null);
  const about = useId();
  const day = calendar.days.find(({ date }) => date === chosen) ?? calendar.days.find((each) => each.count > 0) ?? calendar.days[0];
  return (
    <div className={classes['calendar']} role="group" aria-label={label} data-stale={stale || undefined}>
      <div className={classes['months']} onKeyDown={walk}>
        {months.map((month) => (
          <MonthGrid key={month.key} month={month} most={most} zone={calendar.zone} chosen={day?.date} onChoose={setChosen} about={about} />
        ))}
      </div>
      <p id={about} className={classes['about']}>
        {day && <About day={day} zone={calendar.zone} />}
      </p>
      <Legend calendar={calendar} />
      <Fold title="As a table" summary={`${plural(calendar.days.filter((each) => each.count > 0).length, 'day')} with due times`}>
        <DayTable calendar={calendar} label={label} />
      </Fold>
    </div>
  );
}

interface MonthGridProps {
  month: Month;
  most: number;
  zone: string;
  chosen: string | undefined;
  onChoose: (date: string) => void;
  about: string;
}

const WEEKDAYS = ['M', 'T', 'W', 'T', 'F', 'S', 'S'];

function MonthGrid({ month, most, zone, chosen, onChoose, about }: MonthGridProps) {
  return (
    <div className={classes['month']} role="group" aria-label={`${month.name}, ${count(month.count)} due`}>
      <p className={classes['monthName']} aria-hidden>
        {month.name} <span className={classes['soft']}>{count(month.count)}</span>
      </p>
      <div className={classes['grid']}>
        {WEEKDAYS.map((letter, index) => (
          <span key={index} aria-hidden className={classes['weekday']}>
            {letter}
          </span>
        ))}
        {month.days.map((day, index) => (
          <button
            key={day.date}
            type="button"
            className={classes['day']}
            style={index === 0 ? { gridColumnStart: month.offset + 1 } : undefined}
            data-level={intensity(day.count, most)}
            data-chosen={day.date === chosen || undefined}
            tabIndex={day.date === chosen ? 0 : -1}
            aria-label={spoken(day, zone)}
            aria-describedby={day.date === chosen && isRemarkable(day) ? about : undefined}
            onFocus={() => onChoose(day.date)}
            onMouseEnter={() => onChoose(day.date)}
            onClick={() => onChoose(day.date)}
          >
            {Number(day.date.slice(8))}
            <Marks day={day} />
          </button>
        ))}
      </div>
    </div>
  );
}

/** A shape for each, beside the colour. */
function Marks({ day }: { day: CalendarDay }) {
  if (!isRemarkable(day)) return null;
  return (
    <span aria-hidden className={classes['marks']}>
      {day.changes.length > 0 && <IconArrowsExchange size={11} stroke={2.2} />}
      {day.left_out.length > 0 && <IconCalendarOff size={11} stroke={2.2} />}
      {day.overlapping > 0 && <IconStackFront size={11} stroke={2.2} />}
    </span>
  );
}

/** One stop of the Tab key for all days: the arrows walk along them, up and down by a week. */
function walk(event: React.KeyboardEvent<HTMLElement>): void {
  const days = [...event.currentTarget.querySelectorAll<HTMLButtonElement>('button')];
  const at = days.findIndex((day) => day === document.activeElement);
  const next = { ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - 7, ArrowDown: at + 7, Home: 0, End: days.length - 1 }[event.key];
  if (at < 0 || next === undefined) return;
  event.preventDefault();
  days[Math.max(0, Math.min(days.length - 1, next))]?.focus();
}

const spoken = (day: CalendarDay, zone: string): string => `${dayName(day.date)}: ${dueWords(day, zone, 3)}`;

/** "3 due, at 08:00, 09:00, 10:00"; "86,400 due, first at 00:00, 00:00:01, 00:00:02" */
function dueWords({ count: due, due: listed }: CalendarDay, zone: string, most: number): string {
  if (due === 0) return 'nothing due';
  const shown = listed.slice(0, most).map((at) => clock(at, zone, { seconds: new Date(at).getTime() % 60_000 !== 0 }));
  return `${count(due)} due, ${due > shown.length ? 'first ' : ''}at ${shown.join(', ')}`;
}

function About({ day, zone }: { day: CalendarDay; zone: string }) {
  return (
    <>
      <strong>{dayName(day.date)}</strong>: {dueWords(day, zone, 8)}.
      {remarksOf(day).map((remark) => (
        <span key={remark} className={classes['remark']}>
          {remark}
        </span>
      ))}
    </>
  );
}

function Legend({ calendar }: { calendar: Calendar }) {
  const has = (test: (day: CalendarDay) => boolean) => calendar.days.some(test);
  return (
    <p className={classes['legend']} aria-hidden>
      <span>Days of {calendar.zone}</span>
      <span className={classes['levels']}>
        fewer {[1, 2, 3, 4].map((level) => <i key={level} className={classes['level']} data-level={level} />)} more
      </span>
      {has((day) => day.changes.length > 0) && (
        <span>
          <IconArrowsExchange size={12} /> clocks change
        </span>
      )}
      {has((day) => day.left_out.length > 0) && (
        <span>
          <IconCalendarOff size={12} /> left out
        </span>
      )}
      {has((day) => day.overlapping > 0) && (
        <span>
          <IconStackFront size={12} /> overlaps expected
        </span>
      )}
    </p>
  );
}

function DayTable({ calendar, label }: { calendar: Calendar; label: string }) {
  const days = calendar.days.filter((day) => day.count > 0 || isRemarkable(day));
  return (
    <div className={classes['scroller']} tabIndex={0} role="region" aria-label={`${label}, day by day`}>
      <table className={classes['table']}>
        <thead>
          <tr>
            <th scope="col">Day</th>
            <th scope="col">Due</th>
            <th scope="col">Times in {calendar.zone}</th>
          </tr>
        </thead>
        <tbody>
          {days.map((day) => (
            <tr key={day.date}>
              <th scope="row">{dayName(day.date)}</th>
              <td>{count(day.count)}</td>
              <td>{[dueWords(day, calendar.zone, 8), ...remarksOf(day)].join('. ')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
