/** Where many schedules start at the same minute, and where there is room. */
import type { Cron } from '@/lib/types';

const CROWDED = 5;

export interface Crowd {
  /** How many are due at the same minute. */
  here: number;
  /** The minute of the schedule's own clock at which fewest are, and how many. */
  quietest: number;
  there: number;
}

/** Whether a cron of a fixed minute is due with many others; `due` is one of its due times, `counts` are by UTC minute. */
export function crowdOf(expression: string, due: string | undefined, counts: readonly number[]): Crowd | null {
  const own = minuteOf(expression);
  if (own === null || due === undefined || counts.length !== 60) return null;
  const utc = new Date(due).getUTCMinutes();
  const here = counts[utc] ?? 0;
  const there = Math.min(...counts);
  if (here < CROWDED || there * 2 > here) return null;
  // The nearest of the quietest ones: people mean about that time.
  const away = Array.from({ length: 60 }, (_, step) => step).find((step) => counts[(utc + step) % 60] === there) ?? 0;
  return { here, quietest: (own + away) % 60, there };
}

/** The same expression at another minute; `H` spreads it by the component's name. */
export function atMinute(trigger: Cron, minute: number | 'H'): Cron {
  const fields = fieldsOf(trigger.expression);
  fields[fields.length - 5] = String(minute);
  return { ...trigger, expression: fields.join(' ') };
}

const ALIASES: Readonly<Record<string, string>> = { '@hourly': '0 * * * *', '@daily': '0 0 * * *', '@midnight': '0 0 * * *', '@weekly': '0 0 * * 0', '@monthly': '0 0 1 * *' };

const fieldsOf = (expression: string): string[] => {
  const text = expression.trim();
  return (ALIASES[text.toLowerCase()] ?? text).split(/\s+/);
};

function minuteOf(expression: string): number | null {
  const fields = fieldsOf(expression);
  const minute = fields.length === 5 || fields.length === 6 ? fields[fields.length - 5] : undefined;
  return minute !== undefined && /^\d{1,2}$/.test(minute) && Number(minute) < 60 ? Number(minute) : null;
}
