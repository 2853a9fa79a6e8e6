/** Instants and durations in words. An instant is the API's ISO 8601 text or a Date; a duration is in seconds. */

export type Instant = string | Date;

export const localZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

export const toDate = (at: Instant): Date => (at instanceof Date ? at : new Date(at));

/** Seconds from `from` to `to`; negative when `to` is earlier. */
export const secondsBetween = (from: Instant, to: Instant): number =>
  (toDate(to).getTime() - toDate(from).getTime()) / 1000;

/** How long, in at most two units: "41 ms", "1.2 s", "3 min 12 s", "2 h 5 min", "4 d 3 h". */
export function duration(seconds: number): string {
  if (seconds < 0) return `−${duration(-seconds)}`;
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 9.95) return `${trim(seconds.toFixed(1))} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return pair(Math.floor(whole / 60), 'min', whole % 60, 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return pair(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.round(seconds / 3600);
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

/** How far away, in one unit and without a sub-second part: "12 s", "4 min", "3 h", "9 d". */
export function distance(seconds: number): string {
  const s = Math.abs(seconds);
  if (s < 60) return `${Math.floor(s)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 48 * 3600) return `${Math.floor(s / 3600)} h`;
  if (s < 60 * 86400) return `${Math.floor(s / 86400)} d`;
  return `${Math.floor(s / (30.44 * 86400))} months`;
}

/** "in 12 s", "3 min ago", "now". */
export function relative(at: Instant, now: Instant): string {
  const seconds = secondsBetween(now, at);
  if (Math.abs(seconds) < 1) return 'now';
  return seconds > 0 ? `in ${distance(seconds)}` : `${distance(seconds)} ago`;
}

/** What is left until `at`, ticking by the second below an hour: "12 s", "4 min 03 s", "3 h 20 min". Never below 0 s. */
export function countdown(at: Instant, now: Instant): string {
  const left = Math.max(0, Math.ceil(secondsBetween(now, at)));
  if (left < 60) return `${left} s`;
  if (left < 3600) return `${Math.floor(left / 60)} min ${String(left % 60).padStart(2, '0')} s`;
  return duration(left);
}

/** The clock in `zone`: "08:00", or "08:00:05" with seconds. */
export function clock(at: Instant, zone: string, { seconds = false }: { seconds?: boolean } = {}): string {
  return format(at, zone, { hour: '2-digit', minute: '2-digit', ...(seconds && { second: '2-digit' }), hourCycle: 'h23' });
}

/** The day in `zone`: "Sun 22 Nov", with the year when it is not `now`'s. */
export function day(at: Instant, zone: string, now: Instant = new Date()): string {
  const sameYear = format(at, zone, { year: 'numeric' }) === format(now, zone, { year: 'numeric' });
  return format(at, zone, { weekday: 'short', day: 'numeric', month: 'short', ...(!sameYear && { year: 'numeric' }) })
    .replaceAll(',', '');
}

/** Day and clock with the zone's short name: "Sun 22 Nov 08:00:05 Colombo". */
export function full(at: Instant, zone: string): string {
  return `${day(at, zone)} ${clock(at, zone, { seconds: true })} ${zoneName(zone)}`;
}

/** The part of a zone's name that people say: "Asia/Colombo" is "Colombo". */
export const zoneName = (zone: string): string => (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ');

const formats = new Map<string, Intl.DateTimeFormat>();

/** Making a format is slow (a list shows hundreds of times), so each is made once. */
function format(at: Instant, zone: string, options: Intl.DateTimeFormatOptions): string {
  const key = `${zone} ${JSON.stringify(options)}`;
  let found = formats.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat('en-GB', { timeZone: zone, ...options });
    formats.set(key, found);
  }
  return found.format(toDate(at));
}

const trim = (text: string): string => text.replace(/\.0$/, '');
const pair = (big: number, unit: string, small: number, smallUnit: string): string =>
  small ? `${big} ${unit} ${small} ${smallUnit}` : `${big} ${unit}`;
