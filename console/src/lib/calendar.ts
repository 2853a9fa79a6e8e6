/** Days of a calendar: told by their date alone, which is the same on every clock. */
import type { Calendar, CalendarDay } from './types';

export interface Month {
  /** "2026-12" */
  key: string;
  name: string;
  count: number;
  /** Empty places before the first day, so that it stands below its weekday; Monday is the first. */
  offset: number;
  days: CalendarDay[];
}

const named = (date: string, options: Intl.DateTimeFormatOptions): string =>
  new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', ...options }).format(new Date(`${date}T00:00:00Z`));

/** "Mon 23 Nov" */
export const dayName = (date: string): string => named(date, { weekday: 'short', day: 'numeric', month: 'short' }).replaceAll(',', '');

/** "December 2026" */
export const monthName = (month: string): string => named(`${month}-01`, { month: 'long', year: 'numeric' });

/** The days by month, in their order. */
export function byMonth({ days, months }: Pick<Calendar, 'days' | 'months'>): Month[] {
  return months.map(({ month, count }) => {
    const own = days.filter((day) => day.date.startsWith(month));
    const first = own[0] ? new Date(`${own[0].date}T00:00:00Z`).getUTCDay() : 1;
    return { key: month, name: monthName(month), count, offset: (first + 6) % 7, days: own };
  });
}

/** How strongly a day is coloured, 0 to 4: by the order of magnitude where days differ much. */
export function intensity(count: number, most: number): number {
  if (count === 0 || most === 0) return 0;
  return Math.max(1, Math.ceil((4 * Math.log(count + 1)) / Math.log(most + 1)));
}

/** Whether there is more to say of a day than its due times. */
export const isRemarkable = (day: CalendarDay): boolean => day.changes.length > 0 || day.left_out.length > 0 || day.overlapping > 0;

/** What is out of the ordinary on a day, as sentences. */
export function remarksOf(day: CalendarDay): string[] {
  const reasons = new Set(day.left_out.map(({ why }) => why ?? 'the day is left out'));
  const missing = day.left_out.reduce((sum, { count }) => sum + count, 0);
  return [
    ...day.changes.map(({ sentence }) => sentence),
    ...(missing > 0 ? [`${missing.toLocaleString('en-GB')} left out: ${[...reasons].join(', ')}.`] : []),
    ...(day.overlapping > 0 ? [overlapWords(day)] : []),
  ];
}

function overlapWords({ overlapping, skipped }: CalendarDay): string {
  const told = `${overlapping.toLocaleString('en-GB')} probably due while one before still runs`;
  return skipped > 0 ? `${told}; ${skipped.toLocaleString('en-GB')} of them skipped.` : `${told}.`;
}
