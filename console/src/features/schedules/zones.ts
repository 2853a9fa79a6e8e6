/** Time zones, and the way between a wall clock in one and an instant. */
import { localZone } from '@/lib/time';

/** Every zone the browser knows, the reader's own and UTC first. */
export function allZones(): string[] {
  return [...new Set([localZone(), 'UTC', ...Intl.supportedValuesOf('timeZone')])];
}

/** How far `zone` is ahead of UTC at an instant, in minutes. */
export function offsetMinutes(zone: string, at: Date): number {
  const wall = new Date(`${wallOf(at, zone)}Z`);
  return Math.round((wall.getTime() - Math.floor(at.getTime() / 60_000) * 60_000) / 60_000);
}

/** "UTC+5:30" */
export function offsetName(zone: string, at: Date): string {
  const minutes = offsetMinutes(zone, at);
  if (minutes === 0) return 'UTC';
  const hours = Math.floor(Math.abs(minutes) / 60);
  const rest = Math.abs(minutes) % 60;
  return `UTC${minutes < 0 ? '−' : '+'}${hours}${rest ? `:${String(rest).padStart(2, '0')}` : ''}`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Making a format is slow, and a list of zones needs hundreds. */
function formatOf(zone: string): Intl.DateTimeFormat {
  let found = formats.get(zone);
  if (!found) {
    found = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    formats.set(zone, found);
  }
  return found;
}

/** The wall clock of `zone` at an instant, as a date-time input writes it: "2026-11-22T08:00". */
export function wallOf(at: Date, zone: string): string {
  const parts = formatOf(zone).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((each) => each.type === type)?.value ?? '';
  return `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}`;
}

/**
 * The instant at which the clocks of `zone` show `wall`; null when `wall` is no date-time. A time that a clock change
 * repeats is its first pass, one that it skips is as long after the change as it was meant to be.
 */
export function instantOf(wall: string, zone: string): Date | null {
  const asUtc = new Date(`${wall}Z`);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(wall) || Number.isNaN(asUtc.getTime())) return null;
  const day = 86_400_000;
  const before = offsetMinutes(zone, new Date(asUtc.getTime() - day));
  const after = offsetMinutes(zone, new Date(asUtc.getTime() + day));
  const candidates = [before, after].map((offset) => new Date(asUtc.getTime() - offset * 60_000));
  return candidates.find((each) => wallOf(each, zone) === wall.slice(0, 16)) ?? candidates[0] ?? null;
}
