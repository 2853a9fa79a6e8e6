/** Common cron expressions as choices, and the way back: what a person picks and what they write stay in step. */

export type Preset =
  | { kind: 'minutes'; every: number }
  | { kind: 'hourly'; minute: number }
  | { kind: 'daily'; hour: number; minute: number }
  | { kind: 'weekdays'; hour: number; minute: number }
  | { kind: 'weekly'; days: number[]; hour: number; minute: number }
  | { kind: 'monthly'; day: number | 'last'; hour: number; minute: number };

export type PresetKind = Preset['kind'];

/** Divisors of an hour: other numbers would leave a shorter step at its end. */
export const MINUTE_STEPS = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30] as const;

/** Monday first; the number is cron's. */
export const WEEKDAYS: readonly (readonly [day: number, name: string])[] = [
  [1, 'Mon'],
  [2, 'Tue'],
  [3, 'Wed'],
  [4, 'Thu'],
  [5, 'Fri'],
  [6, 'Sat'],
  [0, 'Sun'],
];

export function toExpression(preset: Preset): string {
  switch (preset.kind) {
    case 'minutes':
      return preset.every === 1 ? '* * * * *' : `*/${preset.every} * * * *`;
    case 'hourly':
      return `${preset.minute} * * * *`;
    case 'daily':
      return `${preset.minute} ${preset.hour} * * *`;
    case 'weekdays':
      return `${preset.minute} ${preset.hour} * * 1-5`;
    case 'weekly':
      return `${preset.minute} ${preset.hour} * * ${[...preset.days].sort((a, b) => a - b).join(',')}`;
    case 'monthly':
      return `${preset.minute} ${preset.hour} ${preset.day === 'last' ? 'L' : preset.day} * *`;
  }
}

const ALIASES: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
};

/** The choice that an expression stands for; null when it is none of them. */
export function fromExpression(expression: string): Preset | null {
  const text = expression.trim().toLowerCase();
  const fields = (ALIASES[text] ?? text).split(/\s+/);
  if (fields.length !== 5) return null;
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields;
  if (month !== '*') return null;
  return frequent(minute, hour, day, weekday) ?? timed(whole(minute, 59), whole(hour, 23), day, weekday);
}

function frequent(minute: string, hour: string, day: string, weekday: string): Preset | null {
  if (hour !== '*' || day !== '*' || weekday !== '*') return null;
  const every = minute === '*' ? 1 : whole(/^\*\/(\d+)$/.exec(minute)?.[1] ?? '', 30);
  if (MINUTE_STEPS.some((step) => step === every)) return { kind: 'minutes', every: every ?? 1 };
  const at = whole(minute, 59);
  return at === null ? null : { kind: 'hourly', minute: at };
}

function timed(minute: number | null, hour: number | null, day: string, weekday: string): Preset | null {
  if (minute === null || hour === null) return null;
  if (day === '*' && weekday === '*') return { kind: 'daily', hour, minute };
  if (day === '*') {
    if (weekday === '1-5' || weekday === 'mon-fri') return { kind: 'weekdays', hour, minute };
    const days = weekday.split(',').map(weekdayOf);
    return days.every((each) => each !== null) ? { kind: 'weekly', days: [...new Set(days)], hour, minute } : null;
  }
  if (weekday !== '*') return null;
  if (day === 'l') return { kind: 'monthly', day: 'last', hour, minute };
  const date = whole(day, 31);
  return date ? { kind: 'monthly', day: date, hour, minute } : null;
}

const NAMES = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

function weekdayOf(text: string): number | null {
  const named = NAMES.indexOf(text);
  if (named >= 0) return named;
  const number = whole(text, 7);
  return number === 7 ? 0 : number;
}

function whole(text: string, most: number): number | null {
  if (!/^\d{1,2}$/.test(text)) return null;
  return Number(text) <= most ? Number(text) : null;
}

/** Another kind of choice that keeps the time of day as far as both have one. */
export function asKind(kind: PresetKind, from: Preset | null): Preset {
  const minute = from && 'minute' in from ? from.minute : 0;
  const hour = from && 'hour' in from ? from.hour : 8;
  switch (kind) {
    case 'minutes':
      return { kind, every: 5 };
    case 'hourly':
      return { kind, minute };
    case 'daily':
    case 'weekdays':
      return { kind, hour, minute };
    case 'weekly':
      return { kind, days: [1], hour, minute };
    case 'monthly':
      return { kind, day: 1, hour, minute };
  }
}
