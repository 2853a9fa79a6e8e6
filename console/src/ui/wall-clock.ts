/** What a date-time input of the reader's own clock holds, and the instant that it means. */

/** "2026-11-22T08:00" on the reader's clock. */
export function wallClockOf(at: Date): string {
  const two = (number: number) => String(number).padStart(2, '0');
  return `${String(at.getFullYear()).padStart(4, '0')}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** The instant as ISO 8601 in UTC; null while the input is empty or unfinished. */
export function instantOfWallClock(wall: string): string | null {
  const at = new Date(wall);
  return wall === '' || Number.isNaN(at.getTime()) ? null : at.toISOString();
}

export const hasPassed = (instant: string): boolean => Date.parse(instant) <= Date.now();
